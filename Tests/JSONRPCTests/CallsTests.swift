// Asking a line which methods it would call, before it is carried out: what `calls` says is what `answer` then does.

import Testing

@testable import JSONRPC

@Suite("Asking whether a line calls a method")
struct CallsTests {
    static let update = #"{"jsonrpc":"2.0","id":1,"method":"update"}"#

    static let lines: [String] = [
        update, #"{"jsonrpc":"2.0","method":"update"}"#, " \(update) \r", #"{"jsonrpc":"2.0","method":"\u0075pdate"}"#,
        #"{"jsonrpc":"2.0","method":"update","params":[1]}"#, "[\(update)]", "[1,\(update),2]", "[\(update),\(update)]",
        "[{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"echo\"},\(update)]",
        "[\([String](repeating: update, count: 100).joined(separator: ","))]",
        // None of these calls it.
        #"{"jsonrpc":"2.0","id":1,"method":"updated"}"#, #"{"jsonrpc":"2.0","id":1,"method":"Update"}"#,
        #"{"jsonrpc":"2.0","id":"update","method":"echo","params":{"method":"update"}}"#, #"{"method":"update"}"#,
        #"{"jsonrpc":"2.0","id":true,"method":"update"}"#, #"{"jsonrpc":"2.0","method":"update","x":1}"#,
        #"{"jsonrpc":"2.0","method":"update","params":1}"#, "\(update) x", "\(update)\(update)", "[\(update)",
        "[[\(update)]]",
        "[\(update)]]", "[\(update),]", "[\(update),nul]", "[]", "", " ", "1", #""update""#, #"["update"]"#, "{}",
        #"[{"jsonrpc":"2.0","id":2,"method":"echo"}]"#,
        "[\([String](repeating: update, count: 101).joined(separator: ","))]",
    ]

    @Test("a line calls a method if carrying it out does", arguments: lines)
    func agrees(_ line: String) {
        let bytes = Array(line.utf8)
        let isCalled = calls("update", in: bytes.span)
        #expect(isCalled == Exchange(line).called.contains("update"))
    }

    @Test("the first ten lines do call it and no other does")
    func table() {
        let calling = Self.lines.indices.filter { Exchange(Self.lines[$0]).called.contains("update") }
        #expect(calling == Array(0..<10))
    }
}
