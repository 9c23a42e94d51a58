// Whole conversations. An input is text: each line is said to the daemon, as the role that its first character names, with
// names that were heard before in the place of `$0` to `$9`; or it is something that happens meanwhile. At the end, what a
// start finds on the disk has to be what was there.

internal import JSONRPC
@testable internal import SessionServer
internal import Sessions

/// How a conversation goes on; a disk that is sick gets well by the same byte.
private let (later, sweep, snapshot, kill, sickness) = (
    UInt8(ascii: "+"), UInt8(ascii: "~"), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "%")
)

func fuzzConversation(_ input: [UInt8]) {
    var host = Host(on: MemoryDisk(), now: Instant(milliseconds: 1_700_000_000_000))
    var names: [[UInt8]] = [Array("0123456789abcdef".utf8)]
    for line in input.split(separator: UInt8(ascii: "\n")).prefix(64) {
        let rest = line.dropFirst()
        switch line[line.startIndex] {
        case later: host.now = host.now.advanced(by: Milliseconds(Int64(1) << Int64(rest.first ?? 0) % 36))
        case sweep: host.sweep()
        case snapshot: host.takeSnapshot()
        case sickness: if host.disk.isSick { host.heal() } else { host.disk.isSick = true }
        case kill: host = compared(host, names)
        case let letter:
            let role: Role =
                letter == UInt8(ascii: "r") ? .reader : letter == UInt8(ascii: "A") ? .administrator : .application
            let told = host.answer(expanded(Array(rest), names), as: role)
            check(told)
            names += heard(in: told)
        }
    }
    if host.service.statistics.errors[-32603] != nil { fail("the daemon blames itself") }
    host = compared(host, names)
    host.now = .distantFuture
    host.sweep()
    if host.service.store.sessionCount != 0 || host.service.store.tombstoneCount != 0
        || host.service.store.payloadBytes != 0
    {
        fail("at the end of time something is left")
    }
}

/// Kills it and starts it again, and makes sure that every name means the same as before.
private func compared(_ host: Host, _ names: [[UInt8]]) -> Host {
    host.heal()
    // With a lookup's touch, too, which else waits for the next commit and may be lost.
    host.sweep()
    let new = host.restarted()
    for name in names {
        for (method, parameter) in [("session.lookup", "token"), ("session.inspect", "id")] {
            let text = String(decoding: name, as: UTF8.self)
            let line = Array(
                #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"\#(parameter)":"\#(text)"}}"#.utf8
            )
            let role: Role = method == "session.lookup" ? .reader : .administrator
            let (before, after) = (host.answer(line, as: role), new.answer(line, as: role))
            if before != after {
                fail(
                    "\(String(decoding: before, as: UTF8.self)) before and \(String(decoding: after, as: UTF8.self)) after"
                )
            }
        }
    }
    return new
}

/// Puts names in the place of `$0` to `$9`, the newest first.
private func expanded(_ line: [UInt8], _ names: [[UInt8]]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = line[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "$"), let digit = rest.first, digit &- UInt8(ascii: "0") < 10 {
            rest.removeFirst()
            result += names[names.count - 1 - min(Int(digit - UInt8(ascii: "0")), names.count - 1)]
        } else {
            result.append(byte)
        }
    }
    return result
}

/// The tokens and ids in an answer.
private func heard(in answer: [UInt8]) -> [[UInt8]] {
    ["\"token\":\"", "{\"id\":\""]
        .compactMap { words in
            let words = Array(words.utf8)
            guard answer.count > words.count else { return nil }
            let place = (0..<(answer.count - words.count))
                .first { answer[$0..<($0 + words.count)].elementsEqual(words) }
            return place.map { Array(answer[($0 + words.count)...].prefix { $0 != UInt8(ascii: "\"") }) }
        }
}

/// Makes sure that what was answered is nothing, or one line of JSON-RPC.
private func check(_ told: [UInt8]) {
    guard let end = told.last else { return }
    guard end == UInt8(ascii: "\n"), ReferenceJSON.faults(in: told).isEmpty,
        told.starts(with: "{\"jsonrpc\":\"2.0\",\"id\":".utf8)
            || told.starts(with: "[{\"jsonrpc\":\"2.0\",\"id\":".utf8)
    else { fail("no answer: \(String(decoding: told, as: UTF8.self))") }
}
