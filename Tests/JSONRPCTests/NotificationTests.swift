// A request without an id is a notification: it is carried out and never answered, not even when it fails. Its
// failure is counted all the same.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Notifications")
struct NotificationTests {
    @Test(
        "a notification is carried out and not answered",
        .rule("a request without `id` is a notification and is never answered")
    )
    func notAnswered() {
        let exchange = Exchange(#"{"jsonrpc":"2.0","method":"update","params":{"a":1}}"#)
        #expect(exchange.answer.isEmpty)
        #expect(exchange.called == ["update"])
        #expect(exchange.failures.isEmpty)
    }

    static let failing: [(line: String, code: Int)] = [
        (#"{"jsonrpc":"2.0","method":"no_such_method"}"#, -32601),
        (#"{"jsonrpc":"2.0","method":"update","params":[1]}"#, -32602),
        (#"{"jsonrpc":"2.0","method":"fail_halfway"}"#, 409),
    ]

    @Test(
        "a notification is not answered on error either, but its error is counted",
        .rule("a request without `id` is a notification and is never answered, not even on error"),
        arguments: failing
    )
    func notAnsweredOnError(_ line: String, _ code: Int) {
        let exchange = Exchange(line)
        #expect(exchange.answer.isEmpty)
        #expect(exchange.failures.map(\.code) == [code])
        #expect(exchange.called.count == 1)
    }

    @Test("a line of white space only is answered with nothing", arguments: ["", " ", "\r", "\t \r", "\n"])
    func blankLine(_ line: String) {
        let exchange = Exchange(line)
        #expect(exchange.answer.isEmpty)
        #expect(exchange.failures.isEmpty)
        #expect(exchange.called.isEmpty)
    }

    @Test(
        "a batch of notifications only is answered with nothing, whether they succeed or fail",
        .rule("and a batch of notifications only with nothing")
    )
    func batch() {
        for count in [1, 2, 100] {
            let notifications = (0..<count).map { Self.failing[$0 % 3].line } + []
            let exchange = Exchange("[\(notifications.joined(separator: ","))]")
            #expect(exchange.answer.isEmpty)
            #expect(exchange.called.count == count)
            #expect(exchange.failures.count == count)
        }
    }

    @Test("what was answered before a notification stays as it was")
    func outputKept() {
        var output = ByteBuffer()
        output.append("before\n")
        for line in Self.failing.map(\.line) + [#"[{"jsonrpc":"2.0","method":"update"}]"#, "  "] {
            let bytes = Array(line.utf8)
            answer(line: bytes.span, to: &output) { (request, line, output) throws(RPCError) in
                try respond(to: request, in: line, output: &output)
            }
        }
        #expect(text(of: output) == "before\n")
    }
}
