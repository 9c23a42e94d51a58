// What the protocol's article shows is what happens: its first example is typed into a shell, and its notification comes.

import Foundation
import TestSupport
import Testing

@Suite("Examples of the protocol", .serialized)
struct ProtocolExampleTests {
    private func article() throws -> String {
        let file = "\(Package.root)/Sources/SessionServer/SessionServer.docc/Protocol.md"
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    @Test(
        "the socat line is answered as it shows",
        .rule("Connect to one of the daemon's sockets, which are Unix stream sockets"),
        .rule("write a request on one line, read its answer on one line. There is no handshake")
    )
    func ping() async throws {
        let daemon = try await DaemonUnderTest()
        let shown = try #require(article().firstMatch(of: /```\n\$ ([^`]*\/run\/sessiond\/[^`]*\n)(\{.*\}\n)```/))
            .output
        let command = String(shown.1).replacing("/run/sessiond/sessiond.sock", with: daemon.socket.path)
        let result = try await run("bash", input: Data(command.utf8))
        #expect(result.output.replacing(/1[0-9]{12}/, with: "NOW") == shown.2.replacing(/1[0-9]{12}/, with: "NOW"))
        #expect(result.errors.isEmpty)
    }

    @Test(
        "the notification comes as it shows, as a line that is no answer",
        .rule("From then on the connection is told of changes, as lines that are no answers")
    )
    func notification() async throws {
        let daemon = try await DaemonUnderTest([.application, .reader])
        let shown = try #require(article().firstMatch(of: /```json\n(\{.*session\.changed.*\})\n/)).output.1
        let watcher = try daemon.socket(.reader).connect()
        #expect(try await watcher.answer(to: request("session.watch"))["result"]["resync"] == false)
        _ = try await daemon.socket.create(for: "ada")
        try await daemon.socket.call("session.revoke", ["userId": "ada", "cause": "logout"])
        let told = try await watcher.answers()[0]
        let blank = { (line: String) in
            line.replacing(/"seq":[0-9]+/, with: #""seq":0"#).replacing(/"id":"[^"]*"/, with: #""id":"""#)
                .replacing(/"at":1[0-9]{12}/, with: #""at":0"#)
        }
        #expect(try JSON(parsing: blank(String(shown))) == JSON(parsing: blank(told.text)))
    }

    @Test(
        "an instant is the system's time in milliseconds",
        .rule("An **instant** is an integer: milliseconds since the Unix epoch.")
    )
    func instants() async throws {
        let daemon = try await DaemonUnderTest()
        let now = { Int64(Date().timeIntervalSince1970 * 1000) }
        let before = now()
        let answered = try #require(try await daemon.socket.call("server.ping")["now"].integer)
        #expect((before...now()).contains(answered))
    }
}
