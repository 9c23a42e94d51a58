// A watcher that comes back after the daemon was started anew: it gets what it missed, or has to begin again where that
// cannot be known. A witness that watched all the time before says what that is.

import Foundation
import TestSupport
import Testing

@Suite("Watching across a restart", .serialized)
struct ResumedWatchTests {
    /// Every lookup touches, and what ends is swept soon.
    private static let configuration = "touchInterval = \"0\"\n"
    private static let everyKind: JSON = ["created", "updated", "touched", "rotated", "revoked", "expired"]

    /// How the daemon goes, and comes back.
    enum Break: CaseIterable {
        case stopped, killed, stoppedTwice, killedTwice, killedAfterSnapshot, killedAndStopped

        func happen(to daemon: DaemonUnderTest) async throws {
            switch self {
            case .stopped: try await daemon.restart()
            case .stoppedTwice: for _ in 0..<2 { try await daemon.restart() }
            case .killed: try await kill(daemon)
            case .killedTwice: for _ in 0..<2 { try await kill(daemon) }
            case .killedAfterSnapshot:
                try await daemon.admin.call("server.snapshot")
                try await kill(daemon)
            case .killedAndStopped:
                try await kill(daemon)
                try await daemon.restart()
            }
        }

        private func kill(_ daemon: DaemonUnderTest) async throws {
            daemon.kill()
            try await daemon.start()
        }
    }

    private func start(_ more: String = "") async throws -> DaemonUnderTest {
        try await DaemonUnderTest([.application, .administrator], configuration: Self.configuration + more)
    }

    @Test(
        "it gets exactly what it missed, whatever it asks for, however the daemon went",
        .rule("This holds across a restart of the daemon, too, and after a crash"),
        arguments: Break.allCases
    )
    func exact(way: Break) async throws {
        let daemon = try await start()
        let socket = daemon.socket
        let witness = try await Watching(daemon, ["changes": Self.everyKind])
        let seen = try await socket.call("session.create", ["userId": "ann"])["session"]["id"]
        let since = try await witness.told(1)[0]["seq"]
        let made = try await daemon.makeEveryKindOfChange(on: seen)
        let missed = try await witness.told(made)
        #expect(Set(missed.map { $0["change"] }) == Set(Self.everyKind.elements))
        try await way.happen(to: daemon)
        var all: [Watching] = []
        for (parameters, isWanted) in [
            (["changes": Self.everyKind], { _ in true }),
            (["changes": Self.everyKind, "userId": "bob"], { $0["userId"] == "bob" }),
            ([:], { !["created", "touched"].contains($0["change"]) }),
            (["changes": ["expired"]], { $0["change"] == "expired" }),
        ] as [([String: JSON], (JSON) -> Bool)] {
            let resumed = try await Watching(daemon, parameters, from: witness, since: since)
            #expect(resumed.answer["resync"] == false)
            let expected = missed.filter(isWanted)
            let told = try await resumed.told(expected.count)
            #expect(told.map { $0["seq"] } == expected.map { $0["seq"] })
            // Those that one revocation has ended have no order.
            #expect(told.sorted { $0.text < $1.text } == expected.sorted { $0.text < $1.text })
            all.append(resumed)
        }
        // And nothing else: the next line is of what happens now.
        let last = try await socket.call("session.create", ["userId": "bob", "ttl": 1])["session"]["id"]
        for resumed in all { #expect(try await resumed.told(1)[0]["id"] == last) }
    }

    @Test("it gets no line when all that it missed is not for it", arguments: [Break.stopped, .killed])
    func creations(way: Break) async throws {
        let daemon = try await start()
        let witness = try await Watching(daemon)
        let tokens = try await daemon.create(5)
        try await daemon.socket.call("session.update", ["token": tokens[0], "data": ["n": 1]])
        let since = try await witness.told(1)[0]["seq"]
        _ = try await daemon.create(3)
        try await way.happen(to: daemon)
        let resumed = try await Watching(daemon, from: witness, since: since)
        #expect(resumed.answer["resync"] == false)
        #expect(resumed.answer["seq"] == 9)
        try await daemon.socket.call("session.revoke", ["token": tokens[0]])
        #expect(try await resumed.told(1).map { $0["seq"] } == [10])
    }

    @Test(
        "a revocation of 200 sessions is told of each, once, behind what else was missed",
        arguments: [Break.stopped, .killed, .stoppedTwice]
    )
    func many(way: Break) async throws {
        let daemon = try await start()
        let witness = try await Watching(daemon)
        let creations = repeatElement(request("session.create", ["userId": "ann"]), count: 200)
        let ids = Set(try await daemon.socket.answers(to: Array(creations)).map { $0["result"]["session"]["id"] })
        let revoked = try await daemon.socket.call("session.revoke", ["userId": "ann", "cause": "many"])
        #expect(revoked == ["revoked": 200, "durable": true])
        try await way.happen(to: daemon)
        let resumed = try await Watching(daemon, from: witness, since: witness.answer["seq"])
        #expect(resumed.answer["resync"] == false)
        let told = try await resumed.told(200)
        #expect(Set(told.map { $0["id"] }) == ids)
        #expect(told.allSatisfy { $0["change"] == "revoked" && $0["cause"] == "many" && $0["userId"] == "ann" })
    }

    @Test("it is told of what ended while no daemon ran")
    func endedMeanwhile() async throws {
        let daemon = try await start()
        let witness = try await Watching(daemon)
        let session = try await daemon.socket.call("session.create", ["userId": "ann", "ttl": 1000])["session"]
        try await daemon.stop()
        try await wait(until: "it has ended") {
            Date().timeIntervalSince1970 * 1000 > 1000 + Double(session["createdAt"].integer ?? 0)
        }
        try await daemon.start()
        let resumed = try await Watching(daemon, from: witness, since: witness.answer["seq"])
        #expect(resumed.answer["resync"] == false)
        let told = try await resumed.told(1)[0]
        #expect(told["id"] == session["id"] && told["change"] == "expired" && told["userId"] == "ann")
    }

    @Test(
        "under everysec it goes on after a stop, and after SIGKILL unless it was told of what is lost",
        .rule("(with `sync = everysec`, or")
    )
    func everysec() async throws {
        let daemon = try await start("sync = \"everysec\"\n")
        var isLost = false
        // The once-a-second write may come in between.
        for _ in 0..<50 where !isLost {
            let watching = try await Watching(daemon, ["changes": ["created"]])
            let before = try await daemon.create(2)
            let last = try await watching.told(2)[1]["seq"]
            #expect(before.count == 2)
            daemon.kill()
            try await daemon.start()
            let found = try await daemon.socket.call("server.stats")["store"]["sequence"]
            isLost = try #require(last.integer) > #require(found.integer)
            let resumed = try await Watching(daemon, from: watching, since: last)
            #expect(resumed.answer["resync"] == .bool(isLost))
        }
        #expect(isLost)
        let watching = try await Watching(daemon, ["changes": ["created"]])
        _ = try await daemon.create(2)
        let told = try await watching.told(2)
        try await daemon.restart()
        let resumed = try await Watching(daemon, ["changes": ["created"]], from: watching, since: told[0]["seq"])
        #expect(resumed.answer["resync"] == false)
        #expect(try await resumed.told(1) == [told[1]])
    }

    @Test(
        "it begins again when the state is not what it was: wiped, or an older copy that went on otherwise",
        .rule("when its files were mended or restored")
    )
    func otherState() async throws {
        let daemon = try await start()
        let first = try await Watching(daemon, ["changes": ["created"]])
        _ = try await daemon.create(2)
        _ = try await first.told(2)
        try await daemon.stop()
        let copy = try daemon.stateContents()
        try await daemon.start()
        let second = try await Watching(daemon, ["changes": ["created"]], from: first, since: 2)
        #expect(second.answer["resync"] == false)
        _ = try await daemon.create(2)
        #expect(try await second.told(2).map { $0["seq"] } == [3, 4])
        daemon.kill()

        try daemon.replaceState(with: copy)
        try await daemon.start()
        _ = try await daemon.create(5)
        for (watching, since, resync) in [(second, 4, true), (second, 2, true), (first, 2, false)]
            as [(Watching, JSON, JSON)]
        {
            #expect(try await Watching(daemon, from: watching, since: since).answer["resync"] == resync)
        }
        try await daemon.stop()
        try daemon.replaceState(with: [:])
        try await daemon.start()
        _ = try await daemon.create(5)
        #expect(try await Watching(daemon, from: first, since: 2).answer["resync"] == true)
    }

    @Test("before the daemon stops, watchers are told of everything that was acknowledged")
    func stopping() async throws {
        let daemon = try await start()
        let watching = try await Watching(daemon)
        let token = try await daemon.socket.create()
        let updates = (1...500)
            .map { request("session.update", ["token": token, "data": ["n": .integer($0)]], id: .integer($0)) }
        let conversation = try daemon.socket.begin(lines(updates))
        try await wait(until: "the first answer") { !conversation.output.isEmpty }
        daemon.signal(SIGTERM)
        #expect(try await daemon.end() == 0)
        let answers = try await conversation.end().output.split(separator: "\n").map { try JSON(parsing: $0) }
        let made = answers.filter { $0["error"] == .null }
        #expect(!made.isEmpty)
        let told = try await watching.caller.closed()
        #expect(told.count == made.count)
        #expect(told.last?["params"]["change"] == "updated")
    }
}

/// A connection that watches.
private struct Watching {
    let caller: Caller
    let answer: JSON

    /// - Parameter earlier: A watching that this one goes on from, after the change `since`.
    init(
        _ daemon: DaemonUnderTest,
        _ parameters: [String: JSON] = [:],
        from earlier: Watching? = nil,
        since: JSON? = nil
    ) async throws {
        var parameters = parameters
        if let earlier, let since {
            parameters["epoch"] = earlier.answer["epoch"]
            parameters["since"] = since
        }
        caller = try daemon.socket.connect()
        answer = try await caller.answer(to: request("session.watch", .object(parameters)))["result"]
    }

    /// Waits for so many notifications more.
    func told(_ count: Int) async throws -> [JSON] {
        count == 0 ? [] : try await caller.answers(count).map { $0["params"] }
    }
}

extension DaemonUnderTest {
    /// Makes changes of each kind, of sessions of several users; returns of how many watchers are told.
    fileprivate func makeEveryKindOfChange(on first: JSON) async throws -> Int {
        try await socket.call("session.update", ["id": first, "data": ["n": 1]])
        let token = try await socket.create(for: "bob")
        try await wait(until: "a touch") {
            try await socket.call("session.lookup", ["token": token])["touched"] == true
        }
        let rotated = try await socket.call("session.refresh", ["token": token, "rotate": true])["token"]
        for _ in 0..<3 { _ = try await socket.create(for: "cy") }
        try await socket.call("session.revoke", ["userId": "cy", "cause": "all"])
        try await socket.call("session.revoke", ["token": rotated, "cause": "one"])
        _ = try await socket.create(for: "bob", ["ttl": 1])
        _ = try await socket.call("session.put", ["token": "a-token-of-nobody", "data": [:], "ttl": 1])
        _ = try await socket.create(for: "dee")
        // Created, updated, touched, rotated; three of cy's made and ended; ended; two made that end by themselves; one more.
        return 4 + 6 + 1 + 4 + 1
    }

    /// Puts other files into the state directory, in place of those that are there.
    fileprivate func replaceState(with files: [String: Data]) throws {
        for name in try stateFiles() { try FileManager.default.removeItem(atPath: "\(state)/\(name)") }
        for (name, bytes) in files { try bytes.write(to: URL(fileURLWithPath: "\(state)/\(name)")) }
    }
}
