// Letting callers in with a real event loop: up to the limit, beyond which a caller is told so; a place that becomes free
// is taken by the next one. (How sockets are bound is another file's subject; here they are passed in.)

import Glibc
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Letting callers in")
final class AcceptorTests {
    let directory: TemporaryDirectory
    let server: ConnectionsUnderTest
    let loop: EventLoop
    private var sources: [EventSource] = []

    init() throws {
        directory = try TemporaryDirectory()
        server = try ConnectionsUnderTest()
        loop = try EventLoop()
    }

    /// Runs the loop until each condition in turn has held; false when they do not in so many turns.
    private func run(until conditions: (() -> Bool)...) throws -> Bool {
        let loop = loop
        var (met, turns) = (0, 0)
        let turn = try loop.onTurn {
            turns += 1
            if conditions[met]() { met += 1 }
            if met == conditions.count || turns > 20_000 { loop.exit(0) }
        }
        turn.enable()
        _ = try loop.run()
        return met == conditions.count
    }

    /// A socket that listens under a name, and an acceptor of its callers that runs with the set of connections.
    private func accept(limit: Int, uidShare: Int = 100) throws -> Acceptor {
        server.tested.service.quotas.limits.connections = limit
        server.tested.service.quotas.limits.uidShare = uidShare
        let descriptor = newSocket()
        try #require(bind(descriptor, to: directory.file("s")) == 0 && listen(descriptor, 16) == 0)
        let acceptor = Acceptor(
            listeners: [Listener(inherited: descriptor, role: .reader)],
            connections: server.set,
            service: server.tested.service,
            log: Log()
        )
        try acceptor.start(on: loop)
        sources.append(try loop.onReadable(server.set.descriptor) { [server] in server.set.serveReady() })
        return acceptor
    }

    /// Whether a caller has been answered meanwhile.
    private func isAnswered(_ caller: CallerUnderTest) -> Bool {
        caller.receive()
        return !caller.received.isEmpty
    }

    /// Lets four callers ask until two are answered and two are sent away; returns all, so that they stay.
    private func halfOfFour() throws -> [CallerUnderTest] {
        let callers = try (0..<4).map { _ in try connect() }
        for caller in callers { caller.send(ping(1)) }
        let isServed = try run(until: { callers.allSatisfy(self.isAnswered) && callers[2...].allSatisfy(\.isClosed) })
        #expect(isServed)
        for caller in callers[..<2] { #expect(try caller.answeredIDs() == [1]) }
        return callers
    }

    private func connect() throws -> CallerUnderTest {
        let descriptor = newSocket()
        try #require(SessionServerTests.connect(descriptor, to: directory.file("s")) == 0)
        return CallerUnderTest(descriptor)
    }

    @Test("callers are let in with the role of their socket")
    func role() throws {
        let acceptor = try accept(limit: 10)
        let caller = try connect()
        caller.send(request("server.info") + "\n")
        let isServed = try run(until: { self.isAnswered(caller) })
        #expect(isServed)
        #expect(try caller.answers().first?["result"]?["role"] == "reader")
        #expect(server.first?.peer.processID == getpid())
        acceptor.stop()
    }

    @Test("a caller too many is told so and let go, and the others are served")
    func tooMany() throws {
        let acceptor = try accept(limit: 2)
        let callers = try halfOfFour()
        for caller in callers[2...] {
            let answers = try caller.answers()
            #expect(answers.count == 1)
            #expect(answers.first?["id"] == .null)
            #expect(answers.first?["error"]?["code"] == 429)
            #expect(answers.first?["error"]?["data"]?["hint"] != nil)
        }
        #expect(server.set.count == 2)
        #expect(server.tested.service.statistics.connectionsRefused == 2)
        acceptor.stop()
    }

    @Test(
        "a caller whose uid has its share of connections is told so, and reported",
        .rule("is closed; the error's id is null")
    )
    func share() throws {
        let acceptor = try accept(limit: 4, uidShare: 50)
        let callers = try halfOfFour()
        for caller in callers[2...] {
            let error = try #require(try caller.answers().first?["error"])
            #expect(error["code"] == 429)
            #expect(error["message"] == "quota: your uid has its share of connections")
            #expect(error["data"]?["hint"] != nil)
        }
        #expect(server.offenders.map(\.offence) == [.connections, .connections])
        #expect(server.offenders.first?.peer.userID == getuid())
        #expect(server.offenders.first?.reason == "its uid has 2 of 4 connections, and may have no more")
        acceptor.stop()
    }

    @Test("when one goes, another is let in")
    func freedPlace() throws {
        let acceptor = try accept(limit: 1)
        let (first, second) = (try connect(), newSocket())
        first.send(ping(1))
        let isServed = try run(
            until: { self.isAnswered(first) },
            {
                first.close()
                return true
            },
            { self.server.set.count == 0 },
            { SessionServerTests.connect(second, to: self.directory.file("s")) == 0 },
            { self.server.set.count == 1 }
        )
        #expect(isServed)
        close(second)
        acceptor.stop()
    }

    @Test("after a stop nobody is let in any more")
    func stop() throws {
        let acceptor = try accept(limit: 10)
        acceptor.stop()
        let descriptor = newSocket()
        defer { close(descriptor) }
        #expect(SessionServerTests.connect(descriptor, to: directory.file("s")) < 0)
    }
}
