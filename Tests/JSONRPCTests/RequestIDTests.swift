// An id is the caller's: it is echoed byte for byte, never read as a number or respelled. One that is neither a
// string nor a number nor null makes an invalid request, whose answer has a null id.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Ids")
struct RequestIDTests {
    static let ids = [
        "0", "-0", "1", "-1", "1.0", "1.50", "1e3", "1E3", "1E+03", "-0.0e-0", "1e400", "9007199254740993",
        "123456789012345678901234567890", "0.1", "null", #""""#, #"" ""#, #""a""#, #""\u0041""#, #""\u00e9""#,
        #""\u00E9""#, "\"é€😀\"", #""\uD83D\uDE00""#, #""\/""#, #""/""#, #""\"\\\b\f\n\r\t""#, #""null""#, #""1""#,
        "\"\u{7F}\"", "\"\(String(repeating: "long", count: 500))\"",
    ]

    @Test(
        "an id is echoed byte for byte with a result",
        .rule("an `id` that is a string, a number or null comes back byte for byte"),
        arguments: ids
    )
    func echoedWithResult(_ id: String) {
        let exchange = Exchange(#"{"jsonrpc":"2.0","id":\#(id),"method":"update"}"#)
        #expect(exchange.answer == "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"result\":true}\n")
    }

    @Test("an id is echoed byte for byte with an error", arguments: ids)
    func echoedWithError(_ id: String) {
        let exchange = Exchange(#"{"method":"no","jsonrpc":"2.0","id" : \#(id) }"#)
        let error = #"{"code":-32601,"message":"method not found: no"}"#
        #expect(exchange.answer == "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"error\":\(error)}\n")
    }

    @Test("an id is echoed byte for byte in a batch and in an invalid request", arguments: ids)
    func echoedInBatch(_ id: String) {
        let exchange = Exchange(#"[{"jsonrpc":"2.0","id":\#(id),"method":"update"},{"jsonrpc":"1","id":\#(id)}]"#)
        let first = #"{"jsonrpc":"2.0","id":\#(id),"result":true}"#
        let second = #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":-32600,"#
        #expect(exchange.answer.hasPrefix("[\(first),\(second)"))
    }

    @Test("an id is found wherever it stands and however its name is spelled")
    func places() {
        let lines = [
            #"{"id":"x","jsonrpc":"2.0","method":"echo","params":{"id":"y"}}"#,
            #"{"params":{"id":"y"},"method":"echo","jsonrpc":"2.0","id":"x"}"#,
            #"{"jsonrpc":"2.0","\u0069d":"x","method":"echo","params":{"id":"y"}}"#,
        ]
        for line in lines {
            #expect(Exchange(line).answer == "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"id\":\"y\"}}\n")
        }
    }

    @Test(
        "an id of another kind makes an invalid request, answered with a null id",
        arguments: ["true", "false", "[]", "[1]", "{}", #"{"id":1}"#]
    )
    func wrongKind(_ id: String) throws {
        let exchange = Exchange(#"{"jsonrpc":"2.0","id":\#(id),"method":"update"}"#)
        #expect(try exchange.outcomes() == [Outcome("null", code: -32600)])
        #expect(exchange.answer.contains("id must be a string, a number or null"))
        #expect(exchange.called.isEmpty)
    }

    @Test("an id of another kind is what is wrong, whatever else is")
    func wrongKindFirst() throws {
        let exchange = Exchange(#"{"jsonrpc":"1.0","method":7,"id":[]}"#)
        #expect(try exchange.outcomes() == [Outcome("null", code: -32600)])
        #expect(exchange.answer.contains("id must be"))
    }

    @Test("a null id is an id and wants an answer")
    func nullIsAnID() throws {
        #expect(
            try Exchange(#"{"jsonrpc":"2.0","id":null,"method":"update"}"#).outcomes()
                == [Outcome("null", result: "true")]
        )
    }
}
