// Asking a server that answers as a test says: what is taken for an answer, and what a person is told when there is none.

import Foundation
import SessionClient
import TestSupport
import Testing

@Suite("Connections")
struct ConnectionTests {
    private let ping = Call("server.ping")

    private func connection(_ answer: @escaping @Sendable (String) -> String?) throws -> (StubServer, Connection) {
        let server = try StubServer(answer)
        return (server, try Connection(to: server.path, patience: .seconds(30)))
    }

    @Test("an answer is had as it came, and as what it means")
    func answers() throws {
        let line = #"{ "jsonrpc":"2.0","id":1,"result":{"pong":true,"news":1.50} }"#
        let (server, connection) = try connection { _ in line }
        let answer = try connection.ask(ping)
        #expect(answer.line == line)
        #expect(try answer.result() == ["pong": true, "news": .number("1.50")])
        withExtendedLifetime(server) {}
    }

    @Test("what is sent is one line that the daemon can read")
    func sends() throws {
        let (server, connection) = try connection { line in #"{"id":1,"result":\#(line)}"# }
        let sent = try connection.result(of: Call("session.list", ["userId": "ada", "limit": 2]))
        #expect(sent["params"] == ["userId": "ada", "limit": 2])
        #expect(sent["method"] == "session.list")
        #expect(sent["jsonrpc"] == "2.0")
        withExtendedLifetime(server) {}
    }

    @Test("an error that was answered keeps its code, its message and its hint")
    func errors() throws {
        let (server, connection) = try connection { _ in
            #"{"jsonrpc":"2.0","id":1,"error":{"code":503,"message":"disk full","data":{"hint":"make room"}}}"#
        }
        let error = #expect(throws: ClientError.self) { try connection.result(of: ping) }
        #expect(error == ClientError(.refused(503), "disk full", hint: "make room"))
        #expect(error?.isPassing == true)
        withExtendedLifetime(server) {}
    }

    @Test("what watchers are told comes between answers and is kept")
    func notifications() throws {
        let told = #"{"jsonrpc":"2.0","method":"session.changed","params":{"seq":4}}"#
        let (server, connection) = try connection { _ in "\(told)\n" + #"{"id":1,"result":{}}"# + "\n\(told)" }
        #expect(try connection.result(of: ping) == [:])
        for _ in 0..<2 {
            let notification = try #require(try connection.notification())
            #expect(notification.line == told)
            #expect(notification.message["params"]["seq"].integer == 4)
        }
        #expect(try connection.notification(within: .milliseconds(1)) == nil)
        withExtendedLifetime(server) {}
    }

    @Test("an answer that was given up is not taken for the next one")
    func late() throws {
        let server = try StubServer { line in
            line.contains(#""id":1,"#) ? "" : #"{"id":1,"result":{"late":true}}"# + "\n" + #"{"id":2,"result":{}}"#
        }
        let connection = try Connection(to: server.path, patience: .milliseconds(50))
        let error = #expect(throws: ClientError.self) { try connection.ask(ping) }
        #expect(error?.kind == .timeout)
        #expect(try connection.result(of: ping) == [:])
    }

    @Test("a long answer is taken whole")
    func long() throws {
        let text = String(repeating: "x", count: 3_000_000)
        let (server, connection) = try connection { _ in #"{"id":1,"result":{"x":"\#(text)"}}"# }
        #expect(try connection.result(of: ping)["x"].string?.utf8.count == text.utf8.count)
        withExtendedLifetime(server) {}
    }

    @Test("a server that hangs up is said to have closed the connection")
    func closed() throws {
        let (server, connection) = try connection { _ in nil }
        for _ in 0..<2 {
            let error = #expect(throws: ClientError.self) { try connection.ask(ping) }
            #expect(error?.kind == .closed)
        }
        withExtendedLifetime(server) {}
    }

    @Test(
        "what is no answer of the daemon is not taken for one",
        arguments: [
            "+PONG", "HTTP/1.1 400 Bad Request", "{}", #"{"id":1,"error":{"code":"x"}}"#, "[]", "{",
            #"{"id":2,"result":{}}"#, #"{"id":null,"result":{}}"#, #"{"id":1,"result":null}"#, #"{"id":1,"result":[]}"#,
            #"{"id":1,"result":{},"error":{"code":1,"message":""}}"#,
        ]
    )
    func notUnderstood(_ line: String) throws {
        let (server, connection) = try connection { _ in line }
        let error = #expect(throws: ClientError.self) { try connection.ask(ping) }
        #expect(error?.kind == .notUnderstood)
        #expect(error?.message.contains(line) == true)
        withExtendedLifetime(server) {}
    }

    @Test("a socket that is not there, or where nobody listens, or that is none, is said with what to do")
    func absent() throws {
        let file = "/tmp/sessionctl-test.\(UInt64.random(in: .min ... .max))"
        func error(at path: String) -> ClientError? {
            #expect(throws: ClientError.self) { try Connection(to: path) }
        }
        let missing = error(at: file)
        #expect(missing?.kind == .absent)
        #expect(missing?.message == "cannot connect to \(file): No such file or directory")
        #expect(missing?.hint?.contains("--socket") == true)
        try Data().write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(error(at: file)?.kind == .absent)
        #expect(error(at: "")?.kind == .usage)
        #expect(error(at: String(repeating: "x", count: 108))?.kind == .usage)
    }
}
