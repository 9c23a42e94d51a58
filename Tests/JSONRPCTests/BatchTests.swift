// A batch is an array of requests, answered with an array in the same order. A line that is not JSON is refused as a
// whole; an element that is no request is answered in its place.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Batches")
struct BatchTests {
    private func request(_ id: Int, _ method: String = "update") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#
    }

    private let notification = #"{"jsonrpc":"2.0","method":"update"}"#

    @Test("a batch of one is answered with an array of one", .rule("an array is a batch"))
    func one() {
        #expect(Exchange("[\(request(1))]").answer == "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":true}]\n")
    }

    @Test(
        "an empty batch is one -32600, not in an array",
        .rule("An empty one is answered with one error -32600"),
        arguments: ["[]", "[ ]", " [\t]\r"]
    )
    func empty(_ line: String) throws {
        let exchange = Exchange(line)
        #expect(exchange.answer.hasPrefix("{"))
        #expect(try exchange.outcomes() == [Outcome("null", code: -32600)])
        #expect(exchange.failures.map(\.code) == [-32600])
    }

    @Test(
        "each element that is no object is a -32600 of its own, in an array",
        .rule("each of its elements that is no request with one in the array of answers")
    )
    func notRequests() throws {
        let lines = [
            "[1]": 1, "[1,2,3]": 3, "[[1]]": 1, "[[]]": 1, #"[null,"a",true,{},[[]]]"#: 5, "[[\(request(1))]]": 1,
        ]
        for (line, count) in lines {
            let exchange = Exchange(line)
            #expect(exchange.answer.hasPrefix("["))
            #expect(try exchange.outcomes() == [Outcome](repeating: Outcome("null", code: -32600), count: count))
            #expect(exchange.called.isEmpty)
            #expect(exchange.failures.count == count)
        }
    }

    @Test("answers come in the order of the requests")
    func order() throws {
        let ids = [3, 1, 2, 3, 0]
        let exchange = Exchange("[\(ids.map { request($0) }.joined(separator: " , "))]")
        #expect(try exchange.outcomes() == ids.map { Outcome("\($0)", result: "true") })
    }

    @Test("notifications in a batch are carried out and leave no trace in the answer", arguments: 0..<8)
    func notifications(_ places: Int) throws {
        let isNotification = (0..<3).map { places & (1 << $0) != 0 }
        let elements = (0..<3).map { isNotification[$0] ? notification : request($0) }
        let exchange = Exchange("[\(elements.joined(separator: ","))]")
        #expect(exchange.called.count == 3)
        #expect(
            try exchange.outcomes() == (0..<3).filter { !isNotification[$0] }.map { Outcome("\($0)", result: "true") }
        )
    }

    @Test("an error in a batch is answered in its place and takes back only its own output")
    func errors() throws {
        let exchange = Exchange("[\(request(1)),\(request(2, "fail_halfway")),\(notification),7,\(request(3))]")
        #expect(
            try exchange.outcomes() == [
                Outcome("1", result: "true"), Outcome("2", code: 409), Outcome("null", code: -32600),
                Outcome("3", result: "true"),
            ]
        )
        #expect(exchange.failures.map(\.code) == [409, -32600])
    }

    @Test(
        "a batch of 100 is carried out and one of 101 refused as a whole",
        .rule("A batch has at most 100 requests."),
        .rule("or a line or batch that is too long")
    )
    func limit() throws {
        let hundred = (0..<100).map { request($0) }
        let carriedOut = Exchange("[\(hundred.joined(separator: ","))]")
        #expect(try carriedOut.outcomes() == (0..<100).map { Outcome("\($0)", result: "true") })
        #expect(carriedOut.called.count == 100)
        for tooMany in [hundred + [request(100)], hundred + [notification], [String](repeating: "1", count: 101)] {
            let refused = Exchange("[\(tooMany.joined(separator: ","))]")
            #expect(try refused.outcomes() == [Outcome("null", code: -32600)])
            #expect(refused.called.isEmpty)
            #expect(refused.failures.map(\.code) == [-32600])
            #expect(refused.answer.contains("101") && refused.answer.contains("at most 100"))
        }
    }

    @Test("a batch that is not JSON to its end is one -32700 and calls nothing")
    func invalidJSON() throws {
        let broken = [
            "[\(request(1))", "[\(request(1)),", "[\(request(1)),]", "[\(request(1)) \(request(2))]",
            "[\(request(1))]]",
            "[\(request(1)),{\"jsonrpc\":\"2.0\",\"method\"]", "[\(request(1)),nul]",
            "[\(request(1)),{\"a\":1,\"a\":1}]",
            "[\(request(1)),\"\\uD800\"]", "[\(request(1))] x", "[\(request(1)),\"\u{1}\"]", "[", "[,]",
        ]
        for line in broken {
            let exchange = Exchange(line)
            #expect(exchange.answer.hasPrefix("{"))
            #expect(try exchange.outcomes() == [Outcome("null", code: -32700)])
            #expect(exchange.called.isEmpty)
        }
    }

    @Test("a batch is a level like any other array")
    func depth() throws {
        let deep = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        let single = { (levels: Int) in #"{"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":\#(deep(levels))}}"# }
        #expect(try Exchange(single(62)).outcomes() == [Outcome("1", result: "{\"a\":\(deep(62))}")])
        #expect(try Exchange(single(63)).outcomes() == [Outcome("null", code: -32700)])
        #expect(try Exchange("[\(single(61))]").outcomes() == [Outcome("1", result: "{\"a\":\(deep(61))}")])
        #expect(try Exchange("[\(single(62))]").outcomes() == [Outcome("null", code: -32700)])
    }

    @Test("what was answered before a batch stays before it")
    func outputKept() {
        var output = ByteBuffer()
        output.append("consumed before\n")
        output.consume(9)
        let lines = ["[\(request(1)),\(notification)]", "[\(notification)]", "[]", "[\(request(2))"]
        for line in lines {
            let bytes = Array(line.utf8)
            answer(line: bytes.span, to: &output) { (request, line, output) throws(RPCError) in
                try respond(to: request, in: line, output: &output)
            }
        }
        let answers = text(of: output).split(separator: "\n")
        #expect(answers.count == 4)
        #expect(answers.first == "before")
        #expect(answers.dropFirst().first == "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":true}]")
        #expect(
            answers.dropFirst(2).first?.hasPrefix("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600") == true
        )
        #expect(answers.last?.hasPrefix("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700") == true)
    }

    /// The answer to a line that is carried out some requests at a time, and how many times those are.
    private func answerInParts(_ line: String, pauses: (Int) -> Bool) -> (answer: String, parts: Int) {
        let bytes = Array(line.utf8)
        var output = ByteBuffer()
        var parts = 0
        var unfinished: UnfinishedBatch?
        repeat {
            parts += 1
            unfinished = answer(line: bytes.span, goingOnWith: unfinished, to: &output, pauses: pauses) {
                (request, line, output) throws(RPCError) in
                try respond(to: request, in: line, output: &output)
            }
        } while unfinished != nil
        return (text(of: output), parts)
    }

    @Test("a batch that is carried out in parts is answered as one that is carried out at once")
    func parts() {
        let elements = [request(1), "7", notification, request(2, "fail_halfway"), request(3, "none"), notification]
        var lines = ["[]", "[1", " [ \(request(1)) ] ", "[\(notification),\(notification)]", request(4)]
        for count in 1...elements.count { lines.append("[" + elements.suffix(count).joined(separator: " , ") + "]\r") }
        for line in lines {
            let whole = Exchange(line).answer
            for limit in [1, 60, 100, 1000] {
                #expect(answerInParts(line) { $0 >= limit }.answer == whole, "\(line) in parts of \(limit)")
            }
        }
        #expect(answerInParts("[" + elements.joined(separator: ",") + "]") { _ in true }.parts == elements.count)
        #expect(answerInParts("[" + elements.joined(separator: ",") + "]") { $0 > 50 }.parts == 3)
    }

    @Test("a batch that is broken off ends with the reason, and is an array all the same", arguments: [1, 2])
    func brokenOff(_ count: Int) throws {
        let line = Array("[\(count == 1 ? notification : request(1)),\(request(2))]".utf8)
        var output = ByteBuffer()
        var failures: [Int] = []
        let unfinished = answer(line: line.span, to: &output, pauses: { _ in true }) {
            (request, line, output) throws(RPCError) in
            try respond(to: request, in: line, output: &output)
        }
        try #require(unfinished).breakOff(.invalidRequest("why"), to: &output) { failures.append($0.code) }
        let answers = try Exchange(answer: text(of: output)).outcomes()
        #expect(answers == [Outcome("1", result: "true"), Outcome("null", code: -32600)].suffix(count))
        #expect(failures == [-32600])
    }
}
