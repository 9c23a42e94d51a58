// What makes a JSON value a request: the version, a method that is a string, parameters that are structured, and no
// member that a request does not have. Whether the method exists and takes these parameters is its own to say.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Requests")
struct RequestTests {
    static let invalid: [(line: String, says: String)] = [
        (#"{"id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":"1.0","id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":"2","id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":"2.00","id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":" 2.0","id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":"","id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":2.0,"id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":2,"id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":null,"id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"jsonrpc":["2.0"],"id":7,"method":"update"}"#, "jsonrpc must be"),
        (#"{"JSONRPC":"2.0","id":7,"method":"update"}"#, "unknown member \\\"JSONRPC\\\""),
        (#"{"jsonrpc":"2.0","id":7}"#, "method must be a string"),
        (#"{"jsonrpc":"2.0","id":7,"params":{}}"#, "method must be a string"),
        (#"{"jsonrpc":"2.0","id":7,"method":1}"#, "method must be a string"),
        (#"{"jsonrpc":"2.0","id":7,"method":null}"#, "method must be a string"),
        (#"{"jsonrpc":"2.0","id":7,"method":true}"#, "method must be a string"),
        (#"{"jsonrpc":"2.0","id":7,"method":["update"]}"#, "method must be a string"),
        (#"{"jsonrpc":"2.0","id":7,"method":{}}"#, "method must be a string"),
        (#"{"jsonrpc":"2.0","id":7,"method":"update","params":null}"#, "params must be"),
        (#"{"jsonrpc":"2.0","id":7,"method":"update","params":"bar"}"#, "params must be"),
        (#"{"jsonrpc":"2.0","id":7,"method":"update","params":1}"#, "params must be"),
        (#"{"jsonrpc":"2.0","id":7,"method":"update","params":false}"#, "params must be"),
        (#"{"jsonrpc":"2.0","id":7,"method":"update","token":"x"}"#, "unknown member \\\"token\\\""),
        (#"{"jsonrpc":"2.0","id":7,"method":"update","Params":{}}"#, "unknown member \\\"Params\\\""),
        (#"{"jsonrpc":"2.0","id":7,"method":"update","result":1}"#, "unknown member \\\"result\\\""),
        (#"{"":0,"jsonrpc":"2.0","id":7,"method":"update"}"#, "unknown member \\\"\\\""),
        (#"{"jsonrpc":"2.0","id":7,"method":"update","\u0061\"\n":1}"#, #"unknown member \"a\"\n\""#),
    ]

    @Test(
        "what is no request is answered with -32600 under its id, says why, and calls nothing",
        .rule("`jsonrpc` is exactly `2.0`"),
        .rule("A request has `jsonrpc`, `id`, `method` and `params` and no other member."),
        .rule("-32600 | JSON, but not a request"),
        arguments: invalid
    )
    func invalidRequest(_ line: String, _ says: String) throws {
        let exchange = Exchange(line)
        #expect(try exchange.outcomes() == [Outcome("7", code: -32600)])
        #expect(exchange.answer.contains(says))
        #expect(exchange.called.isEmpty)
        #expect(exchange.failures.map(\.code) == [-32600])
    }

    @Test("an invalid request without an id is no notification: it is answered with a null id", arguments: invalid)
    func invalidWithoutID(_ line: String, _ says: String) throws {
        let exchange = Exchange(line.withoutID)
        #expect(try exchange.outcomes() == [Outcome("null", code: -32600)])
    }

    @Test("a value that is no object is answered with -32600", arguments: ["1", "-1.5e3", #""a""#, "true", "null"])
    func notAnObject(_ line: String) throws {
        let exchange = Exchange(line)
        #expect(try exchange.outcomes() == [Outcome("null", code: -32600)])
        #expect(exchange.answer.contains("expected an object"))
    }

    @Test("an empty object is answered with -32600")
    func emptyObject() throws {
        #expect(try Exchange("{}").outcomes() == [Outcome("null", code: -32600)])
    }

    @Test("the members may come in any order and with any spelling")
    func anyOrder() {
        let members = [#""jsonrpc":"2.0""#, #""id":1"#, #""method":"echo""#, #""params":{"a":1}"#]
        for first in members.indices {
            for second in members.indices where second != first {
                let rest = members.indices.filter { $0 != first && $0 != second }.map { members[$0] }
                let line = "{\(([members[first], members[second]] + rest).joined(separator: ","))}"
                #expect(Exchange(line).answer == "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":1}}\n")
            }
        }
        let escaped = #"{"\u006asonrpc":"\u0032.0","i\u0064":1,"metho\u0064":"\u0065cho","\u0070arams":{"a":1}}"#
        #expect(Exchange(escaped).answer == "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":1}}\n")
    }

    @Test("white space around a request and within it changes nothing, and a carriage return is white space")
    func whitespace() {
        let plain = Exchange(#"{"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":[1]}}"#).answer
        let spaced =
            " \t\r{ \"jsonrpc\" :\t\"2.0\", \"id\": 1 ,\"method\" : \"echo\" , \"params\" : { \"a\" : [ 1 ] } } \r"
        #expect(plain == "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":[1]}}\n")
        #expect(Exchange(spaced).answer == plain)
    }

    @Test("an array of parameters is handed on, and the body refuses it with -32602")
    func arrayOfParameters() throws {
        for params in ["[]", "[1,2]", #"[{"a":1}]"#] {
            let exchange = Exchange(#"{"jsonrpc":"2.0","id":1,"method":"echo","params":\#(params)}"#)
            #expect(exchange.called == ["echo"])
            #expect(try exchange.outcomes() == [Outcome("1", code: -32602)])
        }
    }

    @Test("the parameters are noted by name in their order, up to the limit")
    func parameters() throws {
        for count in 0...12 {
            let params = (0..<count).map { "\"p\($0)\" : \($0 * 10)" }.joined(separator: " , ")
            let line = Array(#" {"jsonrpc":"2.0","method":"m","params": {\#(params)} } "#.utf8)
            var scanner = JSONScanner(line.span)
            let request = try Request(&scanner)
            let kept = min(count, Request.parameterLimit)
            #expect(request.fault == nil)
            #expect(request.parameterCount == kept)
            for index in 0..<kept {
                let member = request.parameters[index]
                #expect(line.span.unescaped(member.key) == Array("p\(index)".utf8))
                #expect(line.span.integer(member.value) == Int64(index * 10))
            }
            let range = try #require(request.params).range
            #expect(String(decoding: line[range], as: UTF8.self) == "{\(params)}")
        }
    }

    @Test(
        "a method name is handed on as it is, even an empty one",
        arguments: ["", "rpc.discover", "é", "a b", "x.y.z"]
    )
    func methodNames(_ name: String) throws {
        let exchange = Exchange(#"{"jsonrpc":"2.0","id":1,"method":"\#(name)"}"#)
        #expect(exchange.called == [name])
        #expect(try exchange.outcomes() == [Outcome("1", code: -32601)])
    }
}

extension String {
    /// The line without its member `"id":7`.
    fileprivate var withoutID: String {
        replacing(",\"id\":7", with: "").replacing("\"id\":7,", with: "")
    }
}
