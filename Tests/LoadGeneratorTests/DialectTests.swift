// Where answers end.

import JSONRPC
import Testing

@testable import LoadGenerator

@Suite("Dialect")
struct DialectTests {
    private func frame(_ dialect: Dialect, _ text: String, from start: Int = 0) -> Framing {
        let bytes = Array(text.utf8)
        return dialect.frame(bytes.span, from: start)
    }

    @Test(
        "an answer of Redis ends where its first byte and its lengths say",
        arguments: [
            "+OK\r\n", "-ERR no\r\n", ":1\r\n", "$5\r\nhello\r\n", "$-1\r\n", "$0\r\n\r\n", "$4\r\n\r\n\r\n\r\n",
            "*0\r\n",
            "*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n", "*2\r\n*1\r\n:1\r\n+x\r\n",
        ]
    )
    func whole(_ answer: String) {
        #expect(frame(.redis, answer) == .whole(end: answer.utf8.count))
        #expect(frame(.redis, answer + "+more\r\n") == .whole(end: answer.utf8.count))
        #expect(frame(.redis, "+OK\r\n" + answer, from: 5) == .whole(end: answer.utf8.count + 5))
        for length in 0..<answer.utf8.count {
            let start = String(decoding: Array(answer.utf8).prefix(length), as: UTF8.self)
            #expect(frame(.redis, start) == .partial, "\(length) bytes")
        }
    }

    @Test(
        "what is not of Redis is found out",
        arguments: [
            #"{"jsonrpc":"2.0"}"# + "\n", "+OK\n", "$x\r\n", "$\r\n", "$99999999\r\n", "\r\n",
            String(repeating: "*1\r\n", count: 9),
        ]
    )
    func malformed(_ answer: String) {
        #expect(frame(.redis, answer) == .malformed)
    }

    @Test("an answer of ours ends with its line")
    func lines() {
        #expect(frame(.sessiond, "{}\n{}\n") == .whole(end: 3))
        #expect(frame(.sessiond, "{}\n{}\n", from: 3) == .whole(end: 6))
        #expect(frame(.sessiond, "{}\n{}", from: 3) == .partial)
        #expect(frame(.sessiond, "") == .partial)
    }

    @Test("an answer without end is not waited for for ever", arguments: [Dialect.sessiond, .redis])
    func endless(_ dialect: Dialect) {
        #expect(frame(dialect, "+" + String(repeating: "x", count: longestAnswer + 1)) == .malformed)
    }
}
