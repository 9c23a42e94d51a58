// How a line becomes an answer, whatever the method: what a body wrote before it threw is taken back, every error is
// counted once, and a line that is not JSON is refused before anything is called.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Answers")
struct AnswerTests {
    @Test("what a body wrote before it threw is taken back, and its error is answered in full")
    func takenBack() {
        let exchange = Exchange(#"{"jsonrpc":"2.0","id":1,"method":"fail_halfway"}"#)
        let data = #"{"hint":"read the session again\n","version":3,"names":["a"]}"#
        let error = #"{"code":409,"message":"version 3, not \"2\"","data":\#(data)}"#
        #expect(exchange.answer == "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\(error)}\n")
    }

    @Test("a body is called once, with its request and with the line")
    func called() {
        let exchange = Exchange(#"{"jsonrpc":"2.0","id":1,"method":"echo","params":{"a" : [ 1.0 , "x y" ]}}"#)
        #expect(exchange.called == ["echo"])
        #expect(exchange.answer == "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":[1.0,\"x y\"]}}\n")
        #expect(exchange.failures.isEmpty)
    }

    @Test("a body may write more than the buffer held, and nothing is lost when it then throws", arguments: [10, 5000])
    func longResults(_ count: Int) {
        var output = ByteBuffer()
        output.append("before\n")
        let line = Array(#"[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":2,"method":"b"}]"#.utf8)
        answer(line: line.span, to: &output) { (request, line, output) throws(RPCError) in
            output.append(UInt8(ascii: "\""))
            for _ in 0..<count { output.append("x") }
            if name(of: request, in: line) == "b" { throw RPCError(code: 1, message: "b") }
            output.append(UInt8(ascii: "\""))
        }
        let first = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\(String(repeating: "x", count: count))\"}"
        let second = "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":1,\"message\":\"b\"}}"
        #expect(text(of: output) == "before\n[\(first),\(second)]\n")
    }

    static let unparsable: [(line: String, says: String)] = [
        ("{", "ends in the middle"), ("}", "unexpected byte"), ("nonsense", "unexpected byte"),
        ("-x", "invalid number"), (#"{"a"}"#, "unexpected byte"),
        (#"{"jsonrpc":"2.0","id":1,"method":"update"} x"#, "after the end"),
        (#"{"jsonrpc":"2.0","id":1,"method":"update"}{}"#, "after the end"),
        (#"{"jsonrpc":"2.0","id":1,"method":"update""#, "ends in the middle"),
        (#"{"jsonrpc":"2.0","id":1,"id":2,"method":"update"}"#, "twice"),
        (#"{"jsonrpc":"2.0","id":1,"i\u0064":2,"method":"update"}"#, "twice"),
        (#"{"jsonrpc":"2.0","id":1,"method":"update","params":{"a":1,"a":1}}"#, "twice"),
        (#"{"jsonrpc":"2.0","id":"\uD800","method":"update"}"#, "surrogate"),
        (#"{"jsonrpc":"2.0","id":1,"method":"update","params":{},"params":{}}"#, "twice"),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"up\tdate\"}", "control character"),
        (#"{"jsonrpc":"2.0","id":1,"method":"\update"}"#, "invalid escape"),
        (#"{"id":[],"jsonrpc":"2.0","method":"update","params":{"x":01}}"#, "unexpected byte"),
        ("\u{FEFF}{}", "unexpected"),
    ]

    @Test(
        "a line that is not JSON is one -32700 with a null id, whatever stood in it before the error",
        .rule("A line that breaks a rule is answered with -32700"),
        .rule("-32700 | the line is not JSON, or breaks one of the protocol's rules about it"),
        arguments: unparsable
    )
    func parseErrors(_ line: String, _ says: String) throws {
        let exchange = Exchange(line)
        #expect(try exchange.outcomes() == [Outcome("null", code: -32700)])
        #expect(exchange.answer.contains(says))
        #expect(exchange.called.isEmpty)
        #expect(exchange.failures.map(\.code) == [-32700])
    }

    @Test("a line that is not UTF-8 is one -32700")
    func notUTF8() throws {
        let before = Array(#"{"jsonrpc":"2.0","id":1,"method":"update","params":{"a":""#.utf8)
        for stray: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] {
            let exchange = Exchange(before + stray + Array("\"}}".utf8))
            #expect(try exchange.outcomes() == [Outcome("null", code: -32700)])
            #expect(exchange.called.isEmpty)
        }
    }

    @Test("every truncation of a request is one -32700 and calls nothing")
    func truncations() throws {
        let line = #"{"jsonrpc":"2.0","id":"\u00e9é","method":"echo","params":{"a":[1.5e3,true,null],"b":{}}}"#
        for length in 1..<line.utf8.count {
            let exchange = Exchange(Array(line.utf8.prefix(length)))
            #expect(try exchange.outcomes() == [Outcome("null", code: -32700)], "after \(length) bytes")
            #expect(exchange.called.isEmpty)
        }
        #expect(Exchange(line).called == ["echo"])
    }

    @Test("every error that a line ends in is counted once, in order")
    func failures() {
        let line = """
            [{"jsonrpc":"2.0","id":1,"method":"fail_halfway"},{"jsonrpc":"2.0","method":"no"},3,
            {"jsonrpc":"2.0","id":2,"method":"update"},{"jsonrpc":"2.0","id":3,"method":"echo","params":[]}]
            """
        #expect(Exchange(line).failures.map(\.code) == [409, -32601, -32600, -32602])
    }

    @Test("a line that is refused unread is answered with a null id and counted")
    func refused() {
        var output = ByteBuffer()
        var failures: [RPCError] = []
        refuse(.invalidRequest("a line of 2 MiB", hint: "send less"), to: &output, failed: { failures.append($0) })
        let error = #"{"code":-32600,"message":"invalid request: a line of 2 MiB","data":{"hint":"send less"}}"#
        #expect(text(of: output) == "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":\(error)}\n")
        #expect(failures.map(\.code) == [-32600])
    }
}
