// What is measured and when: calls of one round take as long as the round, and answers that wait until they are released.

import Durability
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("How long calls take")
struct CallTimesTests {
    let server: ConnectionsUnderTest

    init() throws { server = try ConnectionsUnderTest() }

    private func histogram(_ method: String) throws -> LatencyHistogram {
        let place = try #require(Method.table.firstIndex { "\($0.name)" == method })
        return server.tested.service.statistics.times.histograms[place]
    }

    private func line(_ method: String, _ params: String = "{}") -> String { request(method, params) + "\n" }

    @Test("every call is counted once, whoever else is answered in its round")
    func counts() throws {
        let callers = try (0..<3).map { _ in try server.connect() }
        for caller in callers { caller.send(line("server.ping") + line("session.lookup", #"{"token":"x"}"#)) }
        callers[0].send(line("server.ping"))
        server.serve()
        #expect(try histogram("server.ping").count == 4)
        #expect(try histogram("session.lookup").count == 3)
        server.serve()
        #expect(try histogram("server.ping").count == 4)
    }

    @Test("what a call ends in does not matter, if there is such a method")
    func refused() throws {
        let caller = try server.connect(.reader)
        caller.send(line("session.create", #"{"userId":"ann"}"#) + line("session.dance") + "nonsense\n")
        caller.send("[" + request("server.ping") + "," + #"{"jsonrpc":"2.0","method":"server.ping"}"# + "]\n")
        server.serve()
        #expect(try histogram("session.create").count == 1)
        #expect(try histogram("server.ping").count == 2)
    }

    @Test(
        "a call takes as long as its round",
        .rule("A request takes from when the daemon turns to the connections that have something to say"),
        .rule("to the connections that have something to say until its answer")
    )
    func duration() throws {
        server.tested.ticks.perReading = 7000
        let caller = try server.connect()
        caller.send(line("server.ping"))
        server.set.serveReady()
        #expect(try histogram("server.ping").nanoseconds == 7000)
        #expect(try histogram("server.ping").cumulativeCounts.prefix(4) == [0, 0, 0, 1])
        // Long after, it is only its own round that counts.
        server.tested.ticks.now += 1_000_000_000
        caller.send(line("server.ping"))
        server.set.serveReady()
        #expect(try histogram("server.ping").nanoseconds == 14_000)
    }

    @Test(
        "the clock is read twice for a round at most, so that its calls all take the same, and once for an idle one",
        .rule("until its answer, and those of the others that were ready with it, are sent")
    )
    func readings() throws {
        server.tested.ticks.perReading = 1
        let callers = try (0..<20).map { _ in try server.connect() }
        for caller in callers { caller.send(line("server.ping")) }
        server.set.serveReady()
        #expect(server.tested.ticks.now == 2)
        #expect(try histogram("server.ping").count == 20)
        #expect(try histogram("server.ping").nanoseconds == 20 * 1)
        server.set.serveReady()
        #expect(server.tested.ticks.now == 3)
    }

    @Test(
        "an answer that waits for the disk takes until it is released, and what waits behind it as well",
        .rule("An answer that waits for the disk is sent when that is done.")
    )
    func held() throws {
        server.tested.isDiskFast = false
        let (writer, reader) = (try server.connect(), try server.connect())
        writer.send(line("server.ping") + line("session.create", #"{"userId":"ann"}"#) + line("server.info"))
        reader.send(line("server.ping"))
        server.serve()
        #expect(try histogram("session.create").count == 0)
        #expect(try histogram("server.ping").count == 1)
        server.tested.ticks.now += 3_000_000
        server.work()
        #expect(try histogram("session.create").nanoseconds == 3_000_000)
        #expect(try histogram("server.info").nanoseconds == 3_000_000)
        #expect(try histogram("server.ping").count == 2)
        #expect(try histogram("server.ping").nanoseconds == 3_000_000)
    }

    @Test("answers that the disk refuses are counted too")
    func refusedByTheDisk() throws {
        server.tested.isDiskFast = false
        let writer = try server.connect()
        writer.send(line("session.create", #"{"userId":"ann"}"#))
        server.serve()
        server.tested.ticks.now += 5_000_000
        server.work(failingWith: SystemError("fdatasync", code: 5))
        #expect(try writer.answers().first?["error"]?["code"] == 503)
        #expect(try histogram("session.create").nanoseconds == 5_000_000)
    }

    @Test("a clock that ran backwards would count as no time")
    func backwards() {
        var times = CallTimes()
        times.beginRound(at: 1000)
        times.count(0)
        times.endTurn()
        times.endRound(at: 500)
        #expect(times.histograms[0].count == 1)
        #expect(times.histograms[0].nanoseconds == 0)
    }

    @Test("there is room to tally every method")
    func capacity() {
        #expect(Method.table.count <= CallTally.capacity)
        var tally = CallTally()
        tally.count(CallTally.capacity - 1)
        tally.count(0, 2)
        #expect(tally.next() ?? (0, 0) == (0, 2))
        #expect(tally.next() ?? (0, 0) == (CallTally.capacity - 1, 1))
        #expect(tally.next() == nil && tally.isEmpty)
    }
}
