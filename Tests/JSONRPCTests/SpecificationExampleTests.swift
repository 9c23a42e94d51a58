// The examples of JSON-RPC 2.0, section 7, one test each. Those with parameters by position are given them by name,
// the only form that this protocol takes; as they stand, they are answered with -32602.

import TestSupport
import Testing

@testable import JSONRPC

@Suite(
    "The examples of the JSON-RPC 2.0 specification",
    .rule("The requests are those of JSON-RPC 2.0, every rule of it")
)
struct SpecificationExampleTests {
    @Test("call with positional parameters, as it stands and by name")
    func positionalParameters() throws {
        for (params, id) in [("[42, 23]", 1), ("[23, 42]", 2)] {
            let line = #"{"jsonrpc": "2.0", "method": "subtract", "params": \#(params), "id": \#(id)}"#
            #expect(try Exchange(line).outcomes() == [Outcome("\(id)", code: -32602)])
        }
        let line = #"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 23, "subtrahend": 42}, "id": 2}"#
        #expect(try Exchange(line).outcomes() == [Outcome("2", result: "-19")])
    }

    @Test("call with named parameters")
    func namedParameters() {
        let lines = [
            #"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#,
            #"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}"#,
        ]
        #expect(Exchange(lines[0]).answer == "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":19}\n")
        #expect(Exchange(lines[1]).answer == "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":19}\n")
    }

    @Test(
        "a notification",
        arguments: [
            #"{"jsonrpc": "2.0", "method": "update", "params": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}}"#,
            #"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#,
            #"{"jsonrpc": "2.0", "method": "foobar"}"#,
        ]
    )
    func notification(_ line: String) {
        let exchange = Exchange(line)
        #expect(exchange.answer.isEmpty)
        #expect(exchange.called.count == 1)
    }

    @Test("call of a method that does not exist")
    func unknownMethod() throws {
        let exchange = Exchange(#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#)
        #expect(try exchange.outcomes() == [Outcome("\"1\"", code: -32601)])
    }

    @Test("call with invalid JSON")
    func invalidJSON() throws {
        let exchange = Exchange(#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#)
        #expect(try exchange.outcomes() == [Outcome("null", code: -32700)])
    }

    @Test("call with an invalid request object")
    func invalidRequest() throws {
        let exchange = Exchange(#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#)
        #expect(try exchange.outcomes() == [Outcome("null", code: -32600)])
    }

    @Test("call with a batch of invalid JSON")
    func invalidBatch() throws {
        let line = """
            [ {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method" ]
            """
        let exchange = Exchange(line)
        #expect(exchange.answer.hasPrefix("{"))
        #expect(try exchange.outcomes() == [Outcome("null", code: -32700)])
        #expect(exchange.called.isEmpty)
    }

    @Test("call with an empty array")
    func emptyArray() throws {
        let exchange = Exchange("[]")
        #expect(exchange.answer.hasPrefix("{"))
        #expect(try exchange.outcomes() == [Outcome("null", code: -32600)])
    }

    @Test("call with an invalid batch that is not empty", arguments: [("[1]", 1), ("[1,2,3]", 3)])
    func batchOfNumbers(_ line: String, _ count: Int) throws {
        let exchange = Exchange(line)
        #expect(exchange.answer.hasPrefix("["))
        #expect(try exchange.outcomes() == [Outcome](repeating: Outcome("null", code: -32600), count: count))
    }

    @Test("call with a batch")
    func batch() throws {
        let line = """
            [{"jsonrpc": "2.0", "method": "sum", "params": {"a": 1, "b": 2, "c": 4}, "id": "1"},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": {"a": 7}},
            {"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": "2"},
            {"foo": "boo"},
            {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
            {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]
            """
        let exchange = Exchange(line)
        let expected = [
            Outcome("\"1\"", result: "7"), Outcome("\"2\"", result: "19"), Outcome("null", code: -32600),
            Outcome("\"5\"", code: -32601), Outcome("\"9\"", result: #"["hello",5]"#),
        ]
        #expect(try exchange.outcomes() == expected)
        #expect(exchange.called == ["sum", "notify_hello", "subtract", "foo.get", "get_data"])
    }

    @Test("call with a batch of notifications")
    func batchOfNotifications() {
        let line = """
            [{"jsonrpc": "2.0", "method": "notify_sum", "params": {"a": 1, "b": 2, "c": 4}},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": {"a": 7}}]
            """
        let exchange = Exchange(line)
        #expect(exchange.answer.isEmpty)
        #expect(exchange.called == ["notify_sum", "notify_hello"])
    }
}
