// When snapshots are written, and what is there afterwards.

import Foundation
import TestSupport
import Testing

@Suite("Snapshots", .serialized)
struct SnapshotTests {
    @Test(
        "server.snapshot names a file that only its owner can read, and counts what is in it",
        .rule("→ `{path, sessions, bytes, tookMs}`. Writes a snapshot now and waits for it.")
    )
    func onDemand() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        for user in ["ann", "bob"] { _ = try await daemon.socket.create(for: .string(user)) }
        let result = try await daemon.admin.call("server.snapshot")
        let path = try #require(result["path"].string)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect((attributes[.size] as? Int).map { .integer(Int64($0)) } == result["bytes"])
        #expect(result["sessions"] == 2)
        #expect(result["tookMs"].integer != nil)
        #expect(try daemon.snapshots().map { "\(daemon.state)/\($0)" } == [path])
        for name in try daemon.stateFiles() {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(daemon.state)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
    }

    @Test("the newest snapshot, the one before it and the journals since that one are kept, and nothing else")
    func generations() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        #expect(try daemon.stateFiles() == ["journal-0000000000000001"])
        var written: [String] = []
        for count in 1...4 {
            _ = try await daemon.socket.create()
            let result = try await daemon.admin.call("server.snapshot")
            #expect(result["sessions"] == .integer(Int64(count)))
            written.append(try #require(result["path"].string))
            #expect(try daemon.snapshots().map { "\(daemon.state)/\($0)" } == written.suffix(2))
            // Before there are two snapshots, the first journal is the one before it.
            let kept = count == 1 ? [1, 2] : [count, count + 1]
            #expect(try daemon.journals() == kept.map { "journal-000000000000000\($0)" })
            #expect(try daemon.stateFiles() == daemon.journals() + daemon.snapshots())
        }
        let kept = try daemon.stateContents()
        try await daemon.restart()
        #expect(try daemon.snapshots().map { "\(daemon.state)/\($0)" } == written.suffix(2))
        // The start has begun a journal of its own.
        #expect(try Set(daemon.stateFiles()) == Set(kept.keys).union(["journal-0000000000000006"]))
    }

    @Test(
        "snapshots that are asked for together with other requests are answered in order",
        .rule("In a batch, it is written before the other requests of the batch are carried out.")
    )
    func pipelined() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let calls: [(String, JSON)] = [
            ("server.snapshot", [:]), ("session.create", ["userId": "ann"]), ("server.ping", [:]),
        ]
        let requests = (0..<30).map { request(calls[$0 % 3].0, calls[$0 % 3].1, id: .integer(Int64($0))) }
        let batch = "[\(request("session.create", ["userId": "ann"], id: 30)),\(request("server.snapshot", id: 31))]"
        let answers = try await daemon.admin.answers(to: requests + [batch])
        try #require(answers.count == 31)
        #expect(answers.prefix(30).map { $0["id"] } == (0..<30).map { .integer($0) })
        #expect(answers.prefix(30).allSatisfy { $0["error"] == .null })
        // A snapshot holds what was answered before it, and nothing that was asked for after it.
        let counts = answers.prefix(30).compactMap { $0["result"]["sessions"].integer }
        #expect(counts == Array(0..<10))
        #expect(answers[30].elements.map { $0["id"] } == [30, 31])
        #expect(answers[30].elements[1]["result"]["sessions"] == 10)
    }

    @Test("at its interval a snapshot is written when something has changed, and only then")
    func interval() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"snapshotInterval = "1s""#)
        let token = try await daemon.socket.create()
        try await wait(until: "a snapshot is written") {
            try await daemon.socket.call("server.stats")["snapshots"]["written"] == 1
        }
        #expect(try daemon.snapshots().count == 1)
        // It holds the session, though nothing but SIGKILL ends the daemon.
        daemon.kill()
        try await daemon.start()
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        let started = try await daemon.socket.call("server.ping")["now"].integer ?? 0
        try await wait(until: "more than two intervals have passed") {
            try await daemon.socket.call("server.ping")["now"].integer ?? 0 > started + 2500
        }
        #expect(try await daemon.socket.call("server.stats")["snapshots"]["written"] == 0)
    }

    @Test(
        "a daemon that has changed nothing leaves the files as they are, but for a journal of its own without changes"
    )
    func unchanged() async throws {
        let daemon = try await DaemonUnderTest()
        #expect(try await daemon.stop() == 0)
        #expect(try daemon.stateFiles() == ["journal-0000000000000001"])
        try await daemon.start()
        _ = try await daemon.socket.create()
        try await daemon.restart()
        #expect(try await daemon.stop() == 0)
        let before = try daemon.stateContents()
        #expect(try daemon.snapshots().count == 1)
        try await daemon.start()
        #expect(try await daemon.stop() == 0)
        let after = try daemon.stateContents()
        #expect(after.filter { before.keys.contains($0.key) } == before)
        let new = after.filter { !before.keys.contains($0.key) }
        #expect(new.count == 1)
        #expect(new.first?.key.hasPrefix("journal-") == true)
        #expect(new.first?.value.count == JournalFile.firstCommit)
    }

    @Test(
        "no token is in the files of the state directory",
        .rule("Only the SHA-256 of a token is kept, in memory and on disk"),
        .rule("and no log shows it")
    )
    func noTokens() async throws {
        let daemon = try await DaemonUnderTest()
        let token = try #require(try await daemon.socket.create().string)
        try await daemon.socket.call("session.put", ["token": "a-token-of-our-own", "data": [:]])
        #expect(try await daemon.stop() == 0)
        for (name, content) in try daemon.stateContents() {
            #expect(content.range(of: Data(token.utf8)) == nil, "\(name)")
            #expect(content.range(of: Data("a-token-of-our-own".utf8)) == nil, "\(name)")
        }
        #expect(!daemon.log.contains(token))
    }

    @Test("while files cannot grow the daemon goes on and says so, and the stop tells that not all was saved")
    func fullDisk() async throws {
        let daemon = try await DaemonUnderTest(
            [.application, .administrator],
            through: ["sh", "-c", #"trap '' XFSZ; exec "$0" "$@""#]
        )
        let data: JSON = ["x": .string(String(repeating: "x", count: 50_000))]
        let token = try await daemon.socket.create(for: "ann", ["data": data])
        let revoked = try await daemon.socket.create(for: "bob")
        let limited = try await run("prlimit", "--pid", "\(daemon.id)", "--fsize=4096:")
        try #require(limited.status == 0, "\(limited.errors)")

        let refused = try await daemon.socket.answer("session.create", ["userId": "eve"])
        #expect(refused["error"]["code"] == 503)
        #expect(refused["error"]["message"].string?.contains("File too large") == true)
        let snapshot = try await daemon.admin.answer("server.snapshot")
        #expect(snapshot["error"]["code"] == 503)
        #expect(snapshot["error"]["message"].string?.contains("File too large") == true)
        try await daemon.logged("the journal failed: write journal-0000000000000001: File too large")
        try await daemon.logged("no snapshot was written")
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        let revocation = try await daemon.socket.call("session.revoke", ["token": revoked])
        #expect(revocation == ["revoked": 1, "durable": false])
        #expect(try daemon.stateFiles() == ["journal-0000000000000001"])
        #expect(try await daemon.stop() == 74)
        #expect(try daemon.stateFiles() == ["journal-0000000000000001"])

        // Only what was said not to be durable is lost.
        try await daemon.start()
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        #expect(try await daemon.socket.call("session.list", ["userId": "eve"])["sessions"] == [])
        #expect(try await daemon.socket.call("session.lookup", ["token": revoked])["session"]["userId"] == "bob")
    }
}
