// Lines, as they may come: in pieces, with CRLF, blank, without an end, too long, many at once, and in batches.

import Foundation
import TestSupport
import Testing

@Suite("Framing", .serialized)
struct FramingTests {
    /// The most bytes of a line.
    private let longest = 128 * 1024

    @Test(
        "a caller that has half-closed gets the answers to all of 1000 requests",
        .rule("and answers come in the order of the requests, so a person with `socat` can follow along"),
        .rule("A caller that shuts down its sending side still gets every answer.")
    )
    func halfClosed() async throws {
        let daemon = try await DaemonUnderTest()
        let answers = try await daemon.socket.answers(to: (0..<1000).map { request("server.ping", id: .integer($0)) })
        #expect(answers.map { $0["id"] } == (0..<1000).map { .integer($0) })
        #expect(answers.allSatisfy { $0["result"]["pong"] == true })
    }

    @Test("a last line without a line feed is answered")
    func lastLine() async throws {
        let daemon = try await DaemonUnderTest()
        let answers = try await daemon.socket.answers(to: Data(request("server.ping", id: "last").utf8))
        #expect(answers.map { $0["id"] } == ["last"])
    }

    @Test(
        "CRLF ends a line too, and blank lines are passed over",
        .rule("A line ends with LF; CRLF is accepted, blank lines are ignored"),
        .rule("Each answer is one line, ended by LF.")
    )
    func lineEnds() async throws {
        let daemon = try await DaemonUnderTest()
        let ping = request("server.ping")
        let result = try await daemon.socket.converse(Data("\n\r\n\(ping)\r\n\n\r\n\(ping)\n\r\n\n".utf8))
        let answers = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(answers.count == 3)
        #expect(answers[2].isEmpty)
        #expect(!result.output.contains("\r"))
        for answer in answers.prefix(2) { #expect(try JSON(parsing: answer)["result"]["pong"] == true) }
    }

    @Test("a line may come byte by byte")
    func pieces() async throws {
        let daemon = try await DaemonUnderTest()
        let ping = lines([request("server.ping", id: "é€😀")])
        let result = try await daemon.socket.converse(ping + ping, options: ["-b1"])
        let answers = try result.output.split(separator: "\n").map { try JSON(parsing: $0) }
        #expect(answers.map { $0["id"] } == ["é€😀", "é€😀"])
    }

    @Test(
        "ids are echoed byte for byte",
        arguments: [#""a\u0062\/""#, #""""#, "-0", "1.50e+2", "12345678901234567890", "null"]
    )
    func ids(id: String) async throws {
        let daemon = try await DaemonUnderTest()
        let line = #"{"jsonrpc":"2.0","method":"server.ping","id":\#(id)}"#
        let result = try await daemon.socket.converse(lines([line]))
        #expect(result.output.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"result":{"#))
    }

    @Test(
        "a notification is carried out and never answered, not even with an error",
        .rule("a request without `id` is a notification and is never answered, not even on error")
    )
    func notifications() async throws {
        let daemon = try await DaemonUnderTest()
        let token = try await daemon.socket.create()
        let answers = try await daemon.socket.answers(to: [
            #"{"jsonrpc":"2.0","method":"session.nonsense"}"#,
            #"{"jsonrpc":"2.0","method":"session.revoke","params":{"token":"\#(token.string ?? "")","why":1}}"#,
            #"{"jsonrpc":"2.0","method":"session.revoke","params":{"token":"\#(token.string ?? "")"}}"#,
            #"[{"jsonrpc":"2.0","method":"server.ping"},{"jsonrpc":"2.0","method":"session.nonsense"}]"#,
            request("session.lookup", ["token": token]),
        ])
        #expect(answers.count == 1)
        #expect(answers[0]["result"]["reason"] == "revoked")
    }

    @Test("a batch is answered with one line that holds the answers of its requests in order")
    func batch() async throws {
        let daemon = try await DaemonUnderTest()
        let requests = [
            request("server.ping", id: 1), #"{"jsonrpc":"2.0","method":"server.ping"}"#, "7",
            request("session.nonsense", id: 2), request("session.create", ["userId": "ann"], id: 3),
            request("session.list", ["userId": "ann"], id: 4),
        ]
        let answers = try await daemon.socket.answers(to: ["[\(requests.joined(separator: ","))]", "[7]"])
        try #require(answers.count == 2)
        let batch = answers[0].elements
        #expect(batch.map { $0["id"] } == [1, .null, 2, 3, 4])
        #expect(batch.map { $0["error"]["code"] } == [.null, -32600, -32601, .null, .null])
        #expect(batch.last?["result"]["sessions"] == [batch[3]["result"]["session"]])
        #expect(answers[1].elements.map { $0["error"]["code"] } == [-32600])
    }

    @Test("a line of exactly the limit is taken, whatever ends it", arguments: ["\n", "\r\n", ""])
    func longestLine(end: String) async throws {
        let daemon = try await DaemonUnderTest()
        let answers = try await daemon.socket.answers(to: Data((padded(to: longest) + end).utf8))
        #expect(answers.map { $0["result"]["pong"] } == [true])
    }

    @Test("a line of exactly the limit is taken when its CR comes before its LF")
    func longestLineInPieces() async throws {
        let daemon = try await DaemonUnderTest()
        let caller = try daemon.socket.connect()
        try caller.send(padded(to: longest) + "\r")
        try await daemon.hasRead(bytes: longest + 1)
        try caller.send("\n")
        #expect(try await caller.answers()[0]["result"]["pong"] == true)
    }

    @Test(
        "a line over the limit gets one error and its connection is closed; what came before is answered",
        .rule("A longer one is answered with one error -32600 and the connection is closed.")
    )
    func tooLong() async throws {
        let daemon = try await DaemonUnderTest()
        let other = try daemon.socket.connect()
        _ = try await other.answer(to: request("server.ping"))
        let input = lines([request("server.ping"), padded(to: longest + 1), request("server.ping")])
        let answers = try await daemon.socket.answers(to: input)
        #expect(answers.map { $0["error"]["code"] } == [.null, -32600])
        #expect(answers.last?["id"] == .null)
        #expect(try await other.answer(to: request("server.ping"))["result"]["pong"] == true)
    }

    @Test("a caller that is still sending a line over the limit learns why it is sent away")
    func tooLongStillSending() async throws {
        let daemon = try await DaemonUnderTest()
        let other = try daemon.socket.connect()
        let answers = try await daemon.socket.answers(to: lines([String(repeating: "x", count: 4 << 20)]))
        #expect(answers.map { $0["error"]["code"] } == [-32600])
        #expect(try await other.answer(to: request("server.ping"))["result"]["pong"] == true)
    }

    @Test("a line over the limit is refused before its end has come, and the caller's silence does not keep it open")
    func endless() async throws {
        let daemon = try await DaemonUnderTest()
        let caller = try daemon.socket.connect()
        try caller.send(String(repeating: "x", count: longest + 1))
        #expect(try await caller.closed().map { $0["error"]["code"] } == [-32600])
        try await daemon.logged("131072 bytes")
    }

    /// A request on a line of this length.
    private func padded(to length: Int) -> String {
        let ping = request("server.ping")
        return ping + String(repeating: " ", count: length - ping.utf8.count)
    }
}

extension DaemonUnderTest {
    /// Waits until it has read this much from all callers but those that ask this.
    fileprivate func hasRead(bytes: Int) async throws {
        try await wait(until: "the daemon has read \(bytes) bytes") {
            let read = try await socket.call("server.stats")["connections"]["bytesRead"].integer ?? 0
            return read >= bytes
        }
    }
}
