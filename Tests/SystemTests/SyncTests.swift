// When a change is on the disk: with "always" before it is acknowledged, with "everysec" within about a second after;
// revocations before in any case.

import Foundation
import Testing

@Suite("Sync", .serialized)
struct SyncTests {
    /// "Within a second", on a machine that other tests keep busy.
    private let soon = Duration.seconds(5)

    @Test("with always, whatever was acknowledged is on the disk")
    func always() async throws {
        let daemon = try await DaemonUnderTest()
        #expect(try await daemon.socket.call("server.info")["policy"]["sync"] == "always")
        let caller = try daemon.socket.connect()
        for count in 1...20 {
            _ = try await caller.answer(to: request("session.create", ["userId": "ann"]))
            let (made, durable) = try await daemon.sequences()
            #expect(made == Int64(count))
            #expect(durable == made)
        }
    }

    @Test("an update that finds its data there already is acknowledged when that is on the disk, too")
    func nothingToUpdate() async throws {
        let daemon = try await DaemonUnderTest()
        let token = try await daemon.socket.create()
        let (one, other) = (try LoadSocket(to: daemon.socket), try LoadSocket(to: daemon.socket))
        let observer = try LoadSocket(to: daemon.socket)
        for count in 1...200 {
            let update = request("session.update", ["token": token, "data": ["n": .integer(Int64(count))]])
            one.send("\(update)\n")
            other.send("\(update)\n")
            #expect(try other.waitForLines()[0].integer(after: #""data":{"n":"#) == count)
            observer.send("\(request("server.stats"))\n")
            let stats = try observer.waitForLines()[0]
            let made = try #require(stats.integer(after: #""sequence":"#))
            #expect(made == count + 1)
            try #require(stats.integer(after: #""durableSequence":"#) == made, "at the \(count)th time")
            _ = try one.waitForLines()
        }
    }

    @Test("with everysec, changes are acknowledged at once, are on the disk soon after, and then survive SIGKILL")
    func everysec() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"sync = "everysec""#)
        #expect(try await daemon.socket.call("server.info")["policy"]["sync"] == "everysec")
        let socket = daemon.socket
        let token = try await daemon.acknowledgedBeforeDurable()
        try await socket.call("session.update", ["token": token, "data": ["n": 1]])
        try await daemon.isDurable(within: soon)
        daemon.kill()
        try await daemon.start()
        #expect(try await socket.call("session.lookup", ["token": token])["session"]["data"] == ["n": 1])
    }

    @Test("with everysec, a revocation is acknowledged when it is on the disk, with all that came before it")
    func revocation() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"sync = "everysec""#)
        let socket = daemon.socket
        for _ in 0..<10 {
            let tokens = [try await socket.create(for: "ann"), try await socket.create(for: "bob")]
            let revocation = try await socket.call("session.revoke", ["token": tokens[0]])
            daemon.kill()
            #expect(revocation == ["revoked": 1, "durable": true])
            try await daemon.start()
            #expect(try await socket.call("session.lookup", ["token": tokens[0]])["reason"] == "revoked")
            #expect(try await socket.call("session.lookup", ["token": tokens[1]])["session"]["userId"] == "bob")
        }
    }

    @Test("with everysec, SIGTERM loses nothing")
    func stopped() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"sync = "everysec""#)
        let tokens = try await daemon.create(5)
        try await daemon.restart()
        for token in tokens {
            #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        }
    }

    @Test("a touch made by a lookup never waits, and is on the disk soon after, even with always")
    func touches() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"touchInterval = "0""#)
        let token = try await daemon.socket.create()
        let created = try await daemon.socket.call("session.lookup", ["token": token, "touch": false])["session"]
        let touched = try await wait(for: "a later millisecond") { () -> JSON? in
            let found = try await daemon.socket.call("session.lookup", ["token": token])
            return found["session"]["touchedAt"] == created["touchedAt"] ? nil : found["session"]
        }
        try await daemon.isDurable(within: soon)
        daemon.kill()
        try await daemon.start()
        let found = try await daemon.socket.call("session.lookup", ["token": token, "touch": false])["session"]
        #expect(found == touched)
    }

    @Test("a reload goes from always to everysec and back")
    func reload() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"sync = "always""#)
        for _ in 0..<2 {
            try await daemon.reload(sync: "everysec")
            let token = try await daemon.acknowledgedBeforeDurable()

            try await daemon.reload(sync: "always")
            let next = try await daemon.socket.create()
            let (made, durable) = try await daemon.sequences()
            #expect(made == durable)
            daemon.kill()
            try await daemon.start()
            for token in [token, next] {
                #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
            }
        }
    }
}

extension DaemonUnderTest {
    /// The numbers of the last change that was made and of the last one that is on the disk.
    fileprivate func sequences() async throws -> (made: Int64, durable: Int64) {
        let stats = try await socket.call("server.stats")
        guard let made = stats["store"]["sequence"].integer, let durable = stats["journal"]["durableSequence"].integer
        else { throw UnexpectedAnswer(method: "server.stats", answer: stats) }
        return (made, durable)
    }

    /// Creates sessions until one is acknowledged that is not on the disk: the once-a-second write may come in between.
    fileprivate func acknowledgedBeforeDurable() async throws -> JSON {
        let caller = try socket.connect()
        return try await wait(for: "a session that is acknowledged before it is on the disk") { () -> JSON? in
            let token = try await caller.answer(to: request("session.create", ["userId": "ann"]))["result"]["token"]
            let stats = try await caller.answer(to: request("server.stats"))["result"]
            guard let made = stats["store"]["sequence"].integer,
                let durable = stats["journal"]["durableSequence"].integer
            else { return nil }
            return durable < made ? token : nil
        }
    }

    /// Everything that was made comes to be on the disk, by itself.
    fileprivate func isDurable(within limit: Duration) async throws {
        try await wait(until: "everything is on the disk", limit: limit) {
            let (made, durable) = try await sequences()
            return made == durable
        }
    }

    fileprivate func reload(sync: String) async throws {
        try configure("sync = \"\(sync)\"")
        signal(SIGHUP)
        try await wait(until: "sync is \(sync)") {
            try await socket.call("server.info")["policy"]["sync"] == .string(sync)
        }
    }
}
