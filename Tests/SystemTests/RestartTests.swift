// What outlives the daemon: sessions, and above all revocations.

import Foundation
import TestSupport
import Testing

@Suite("Restart", .serialized)
struct RestartTests {
    /// The data of a session whose answers fill buffers.
    private let data: JSON = ["x": .string(String(repeating: "x", count: 60_000))]

    @Test(
        "after SIGTERM and a new start sessions are there as they were, and the revoked stay revoked",
        .rule("or a restart of the daemon")
    )
    func restart() async throws {
        let daemon = try await DaemonUnderTest()
        let socket = daemon.socket
        let details: [String: JSON] = [
            "data": ["n": 1.5], "ip": "::1", "userAgent": "é", "ttl": 1_000_000, "lifetime": 0,
        ]
        let kept = try await socket.create(for: "ann", details)
        try await socket.call("session.update", ["token": kept, "data": ["m": .null, "o": [1]]])
        let before = try await socket.call("session.lookup", ["token": kept])["session"]
        let revoked = try await socket.create(for: "bob")
        try await socket.call("session.revoke", ["token": revoked, "cause": "sign-out"])
        let dead = try await socket.call("session.lookup", ["token": revoked])
        let expired = try await socket.create(for: "eve", ["ttl": 1])

        #expect(try await daemon.stop() == 0)
        let files = try daemon.stateContents()
        try await daemon.start()

        #expect(try await socket.call("session.lookup", ["token": kept, "touch": false])["session"] == before)
        #expect(try await socket.call("session.list", ["userId": "ann"])["sessions"] == [before])
        #expect(dead["reason"] == "revoked")
        #expect(dead["cause"] == "sign-out")
        #expect(try await socket.call("session.lookup", ["token": revoked]) == dead)
        #expect(try await socket.answer("session.put", ["token": revoked, "data": [:]])["error"]["code"] == 410)
        #expect(try await socket.call("session.list", ["userId": "bob"])["sessions"] == [])
        #expect(try await socket.call("session.lookup", ["token": expired])["session"] == .null)
        #expect(try await socket.call("session.list", ["userId": "eve"])["sessions"] == [])
        let recovery = try await socket.call("server.info")["recovery"]
        // What has ended is there as long as no sweep has taken it: watchers are to be told.
        #expect([1, 2].contains(recovery["sessions"]))
        #expect(recovery["tombstones"] == 1)
        #expect(recovery["damaged"] == [])
        // The snapshot of the stop holds everything; the journal that was begun with it holds nothing more.
        #expect(recovery["snapshot"] == "snapshot-0000000000000002")
        #expect(recovery["journals"] == ["journal-0000000000000002"])
        #expect(recovery["changes"] == 0)
        #expect(recovery["cutBytes"] == 0)
        let read = ["snapshot-0000000000000002", "journal-0000000000000002"].compactMap { files[$0]?.count }
        #expect(recovery["bytes"] == .integer(Int64(read.reduce(0, +))))
        #expect(try #require(recovery["tookMs"].integer) >= 0)

        // What was restored is not only shown: it can be used as before.
        #expect(try await socket.call("session.revoke", ["id": before["id"]])["revoked"] == 1)
        try await daemon.restart()
        #expect(try await socket.call("session.lookup", ["token": kept])["reason"] == "revoked")
    }

    @Test("revoking everyone outlives a restart too")
    func everyone() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let tokens = [try await daemon.socket.create(for: "ann"), try await daemon.socket.create(for: "bob")]
        try await daemon.admin.call("session.revoke", ["all": true])
        let fresh = try await daemon.socket.create(for: "ann")
        try await daemon.restart()
        for token in tokens {
            #expect(try await daemon.socket.call("session.lookup", ["token": token])["reason"] == "revoked")
        }
        #expect(try await daemon.socket.call("session.lookup", ["token": fresh])["session"]["userId"] == "ann")
    }

    @Test(
        "a token that was replaced before a restart gets another successor after it, and all of them serve",
        .rule("get the same successor, or another one after a restart of the daemon")
    )
    func rotated() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"rotationGrace = "1h""#)
        let first = try await daemon.socket.create()
        var tokens = [first]
        for _ in 0..<2 {
            let rotation: JSON = ["token": first, "rotate": true]
            let successor = try await daemon.socket.call("session.refresh", rotation)["token"]
            #expect(!tokens.contains(successor))
            #expect(try await daemon.socket.call("session.refresh", rotation)["token"] == successor)
            tokens.append(successor)
            daemon.kill()
            try await daemon.start()
        }
        let sessions = try await daemon.socket.found(tokens).map { $0["session"] }
        #expect(sessions == [sessions[0], sessions[0], sessions[0]])
        #expect(sessions[0]["version"] == 3)
    }

    @Test("SIGINT stops the daemon like SIGTERM", arguments: [SIGINT, SIGTERM])
    func signals(signal: Int32) async throws {
        let daemon = try await DaemonUnderTest()
        let token = try await daemon.socket.create()
        daemon.signal(signal)
        #expect(try await daemon.end() == 0)
        try await daemon.start()
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
    }

    @Test("a caller that stays connected and one that does not read do not keep the daemon from stopping")
    func idleCallers() async throws {
        let daemon = try await DaemonUnderTest()
        let token = try await daemon.socket.create(for: "ann", ["data": data])
        let idle = try daemon.socket.connect()
        _ = try await idle.answer(to: request("server.ping"))
        let lookups = lines(repeatElement(request("session.lookup", ["token": token]), count: 500))
        let unread = try daemon.socket.connectWithoutReading(sending: lookups)
        try await wait(until: "the answers begin") {
            try await daemon.socket.call("server.stats")["connections"]["bytesWritten"].integer ?? 0 > 200_000
        }
        #expect(try await daemon.stop() == 0)
        _ = try await idle.closed()
        unread.vanish()
    }

    @Test("SIGKILL loses nothing that was acknowledged, with no snapshot at all", .rule("nor a crash"))
    func killedWithoutSnapshot() async throws {
        let daemon = try await DaemonUnderTest()
        let socket = daemon.socket
        let updated = try await socket.create(for: "ann", ["data": ["n": 1, "m": 1]])
        try await socket.call("session.update", ["token": updated, "data": ["n": 2]])
        try await socket.call("session.put", ["token": "a-token-of-our-own", "userId": "ann", "data": ["n": 3]])
        try await socket.call("session.refresh", ["token": "a-token-of-our-own", "data": ["o": 4], "ttl": 1_000_000])
        let revoked = try await socket.create(for: "bob")
        let revocation = try await socket.call("session.revoke", ["token": revoked, "cause": "sign-out"])
        #expect(revocation == ["revoked": 1, "durable": true])
        let tokens = [updated, "a-token-of-our-own", revoked]
        let before = try await socket.found(tokens)
        daemon.kill()
        #expect(try daemon.stateFiles() == ["journal-0000000000000001"])
        let size = try daemon.stateContents().values.reduce(0) { $0 + $1.countWithoutRoom }

        try await daemon.start()
        #expect(try await socket.found(tokens) == before)
        #expect(before.map { $0["session"]["data"] } == [["n": 2, "m": 1], ["n": 3, "o": 4], .null])
        #expect(before[2]["reason"] == "revoked")
        let recovery = try await socket.call("server.info")["recovery"]
        #expect(recovery["snapshot"] == .null)
        #expect(recovery["journals"] == ["journal-0000000000000001"])
        #expect(recovery["changes"] == 6)
        #expect(recovery["sessions"] == 2)
        #expect(recovery["tombstones"] == 1)
        #expect(recovery["bytes"] == .integer(Int64(size)))
        #expect(recovery["cutBytes"] == 0)
        #expect(recovery["damaged"] == [])
    }

    @Test("SIGKILL loses neither what a snapshot holds nor what was changed since")
    func killedAfterSnapshot() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let socket = daemon.socket
        let tokens = [try await socket.create(for: "ann"), try await socket.create(for: "bob")]
        try await daemon.admin.call("server.snapshot")
        try await socket.call("session.update", ["token": tokens[0], "data": ["n": 1]])
        try await socket.call("session.revoke", ["token": tokens[1]])
        for round in 1...3 {
            let before = try await socket.found(tokens)
            daemon.kill()
            try await daemon.start()
            #expect(try await socket.found(tokens) == before)
            let recovery = try await socket.call("server.info")["recovery"]
            #expect(recovery["snapshot"] == "snapshot-0000000000000002")
            #expect(recovery["journals"].elements.count == round)
            #expect(recovery["changes"] == .integer(Int64(round) + 1))
            // Each start goes on where the one before it has ended.
            try await socket.call("session.update", ["token": tokens[0], "data": ["n": .integer(Int64(round) + 1)]])
        }
    }

    @Test("snapshots that were asked for before the daemon was told to stop are written and answered")
    func snapshotsWhileStopping() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        for _ in 0..<20 { _ = try await daemon.socket.create(for: "ann", ["data": data]) }
        // Nothing has changed since this one, so that stopping alone would not need another.
        try await daemon.admin.call("server.snapshot")
        let count = 20
        let requests = repeatElement(request("server.snapshot"), count: count) + [request("server.ping", id: "last")]
        let conversation = try daemon.admin.begin(lines(requests))
        try await wait(until: "the first answer") { !conversation.output.isEmpty }
        daemon.signal(SIGTERM)
        #expect(try await daemon.end() == 0)
        let answers = try await conversation.end().output.split(separator: "\n").map { try JSON(parsing: $0) }
        try #require(answers.count == count + 1)
        for answer in answers.prefix(count) { #expect(answer["result"]["sessions"] == 20) }
        #expect(answers[count]["result"]["pong"] == true)
        #expect(try daemon.stateFiles() == daemon.journals() + daemon.snapshots())
    }

    @Test("whatever was answered while the daemon was told to stop was carried out, and nothing else")
    func answeredWhileStopping() async throws {
        let daemon = try await DaemonUnderTest()
        let large = try await daemon.socket.create(for: "large", ["data": data])
        // The answers to the lookups fill what the caller does not read, so that not everything can be answered before.
        let filling = request("session.lookup", ["token": large], id: "filling")
        let creations = (0..<600).map { request("session.create", ["userId": "ann"], id: .integer($0)) }
        let requests = creations.flatMap { [$0, filling] }
        let caller = try daemon.socket.connectWithoutReading(sending: lines(requests))
        try await wait(until: "the answers begin") {
            try await daemon.socket.call("server.stats")["connections"]["bytesWritten"].integer ?? 0 > 200_000
        }
        daemon.signal(SIGTERM)
        let answers = try await caller.readAll().filter { !$0.contains(#""id":"filling""#) }
            .map { try JSON(parsing: $0) }
        #expect(try await daemon.end() == 0)
        #expect(answers.map { $0["id"] } == (0..<answers.count).map { .integer(Int64($0)) })
        let created = answers.prefix { $0["error"] == .null }
        #expect((1..<600).contains(created.count))
        for refused in answers.dropFirst(created.count) { #expect(refused["error"]["code"] == 503) }

        try await daemon.start()
        let lookups = created.map { request("session.lookup", ["token": $0["result"]["token"]]) }
        let found = try await daemon.socket.answers(to: lookups)
        #expect(found.map { $0["result"]["session"] } == created.map { $0["result"]["session"] })
        #expect(try await daemon.socket.call("server.stats")["store"]["sessions"] == .integer(Int64(created.count + 1)))
    }
}

extension Socket {
    /// What looking these tokens up finds.
    fileprivate func found(_ tokens: [JSON]) async throws -> [JSON] {
        try await answers(to: tokens.map { request("session.lookup", ["token": $0, "touch": false]) })
            .map { $0["result"] }
    }
}
