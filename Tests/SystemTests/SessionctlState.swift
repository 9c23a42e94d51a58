// `sessionctl state` as a test runs it.

import Foundation

/// Prints what a state directory holds.
func dump(_ directory: String, through: [String] = []) async throws -> ProcessResult {
    try await RunningProcess(through + [try Package.tool(), "state", "dump", directory]).end()
}

/// Loads a dump into a directory.
func load(_ dump: String, into directory: String, through: [String] = []) async throws -> ProcessResult {
    let command = through + [try Package.tool(), "state", "load", directory]
    return try await RunningProcess(command, input: .bytes(Data(dump.utf8))).end()
}

/// A dump of so many sessions, as `dump` would print it.
func madeDump(_ count: Int) -> String {
    var lines = [#"{"format":"sessiond-state","version":1,"sequence":\#(count),"epochs":[]}"#]
    lines.reserveCapacity(count + 2)
    for number in 0..<count {
        // Sixteen bytes whose last ones are the number: their texts are in the order of the numbers.
        let bytes = (0..<16).map { UInt8(truncatingIfNeeded: $0 < 8 ? 0 : number >> (8 * (15 - $0))) }
        let id = Data(bytes).base64EncodedString().prefix(22).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        let digits = String(number, radix: 16)
        let hash = String(repeating: "0", count: 64 - digits.count) + digits
        lines.append(
            #"{"type":"session","id":"\#(String(id))","sequence":\#(number + 1),"tokenHash":"\#(hash)","#
                + #""userId":"user-\#(number)","createdAt":1700000000000,"authenticatedAt":1700000000000,"#
                + #""touchedAt":1700000000000,"expiresAt":4102444800000,"lifetimeEndsAt":null,"ttl":604800000,"#
                + #""version":1,"ip":null,"userAgent":null,"data":{"n":\#(number)}}"#
        )
    }
    lines.append(#"{"type":"end"}"#)
    return lines.joined(separator: "\n") + "\n"
}
