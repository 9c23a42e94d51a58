// Conversations that make sense: half of the time libFuzzer's changes are left to it, half of the time a line is put in,
// taken out or doubled, and lines that are put in are requests as the method table describes them.

internal import CFuzzer
@testable internal import SessionServer

/// libFuzzer asks for the next input here.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32) -> Int {
    var generator = SplitMix64(seed: UInt64(seed))
    guard name == "conversation", generator.oneIn(2) else { return unsafe LLVMFuzzerMutate(data, size, limit) }
    var lines = unsafe Array(UnsafeBufferPointer(start: data, count: size)).split(separator: UInt8(ascii: "\n"))
        .map { Array($0) }
    let place = Int.random(in: 0...lines.count, using: &generator)
    switch generator.next() % 8 {
    case 0 where place < lines.count: lines.remove(at: place)
    case 1 where place < lines.count: lines.insert(lines[place], at: place)
    case 2: lines.insert(Array("+!~=%".utf8.randomElement(using: &generator).map { [$0, 44] } ?? []), at: place)
    case 3:
        let requests = (0..<Int.random(in: 2...9, using: &generator))
            .map { _ in request(using: &generator).dropFirst() }
        lines.insert(Array("a[\(requests.joined(separator: ","))]".utf8), at: place)
    default: lines.insert(Array(request(using: &generator).utf8), at: place)
    }
    let bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")])).prefix(limit)
    for (offset, byte) in bytes.enumerated() { unsafe data[offset] = byte }
    return bytes.count
}

/// A line with a request that its method takes.
private func request(using generator: inout SplitMix64) -> String {
    let method = Method.table[Int.random(in: 0..<Method.table.count, using: &generator)]
    var members: [String] = []
    for parameter in method.parameters where parameter.isRequired || generator.oneIn(3) {
        members.append("\"\(parameter.name.rawValue)\":\(value(of: parameter.kind, using: &generator))")
    }
    let role = ["a", "a", "a", "r", "A"].randomElement(using: &generator) ?? "a"
    let list = members.joined(separator: ",")
    return #"\#(role){"jsonrpc":"2.0","id":1,"method":"\#(method.name)","params":{\#(list)}}"#
}

private func value(of kind: Parameter.Kind, using generator: inout SplitMix64) -> String {
    let choices: [String] =
        switch kind {
        case .presentedToken, .chosenToken, .sessionID, .tokenOrID: (0...9).map { "\"$\($0)\"" }
        case .userID: [#""ann""#, #""bob""#, #""\u00e9""#]
        case .object: ["{}", #"{"a":1}"#, #"{"a":{"b":[1,2.50,null]}}"#, #"{"a":null}"#]
        case .text: [#""x""#, "null"]
        case .duration: ["1", "1000", "60000", "3155760000000", "0"]
        case .instant: ["1700000001000", "1800000000000", "9007199254740991"]
        case .integer: ["1", "2", "1000", "4294967295"]
        case .flag: ["true", "false"]
        case .onlyTrue: ["true"]
        case .changes: [#"["revoked"]"#, "[]"]
        case .cursor: ["null", #""1700000000000.AAAAAAAAAAAAAAAAAAAAAA""#]
        }
    return choices.randomElement(using: &generator) ?? "null"
}
