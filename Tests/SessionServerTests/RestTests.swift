// An account whose requests take long, one after the other, rests: the others are served meanwhile, and it goes on by itself.

import Glibc
import TestSupport
import Testing

@testable import SessionServer

@Suite("Rests")
struct RestTests {
    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
    }

    @Test(
        "who often asks for what takes long is not served for a while, if others ask, and goes on by itself afterwards",
        .rule("Requests that take the daemon a fifth of a millisecond or more, as no usual one does"),
        .rule("may take a uid's callers four milliseconds at once, and a two-hundredth of the time"),
        .rule("For more, that uid waits a quarter of a second at most, while others ask.")
    )
    func rests() throws {
        let (greedy, good) = (try server.connect(uid: 7), try server.connect(uid: 8))
        let long = #"{"token":"x","other":"\#(String(repeating: "x", count: 60_000))"}"#
        for id in 1...3 {
            good.send(ping(0))
            server.serve()
            greedy.send(request("session.lookup", long, id: "\(id)") + "\n")
            // Each look at the clock finds it so much later.
            server.tested.ticks.perReading = ConnectionSet.longTurnBurst / 2
            var turns = 0
            while try greedy.answeredIDs().count < id {
                server.set.serveReady()
                turns += 1
                try #require(turns < 100, "it may do so some times at once")
            }
            server.tested.ticks.perReading = 0
        }
        greedy.send(request("session.lookup", long, id: "4") + "\n")
        for id in 1...200 {
            good.send(ping(id))
            server.set.serveReady()
            #expect(try good.answeredIDs().count == id + 3)
            #expect(try greedy.answeredIDs() == [1, 2, 3], "it was served while the other one asked")
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while server.isReady, ContinuousClock.now < deadline { server.set.serveReady() }
        #expect(!server.isReady, "the set is ready for as long as a rest lasts, in which there is nothing to do")
        server.tested.ticks.now += ConnectionSet.longestRest
        while !server.isReady, ContinuousClock.now < deadline { sched_yield() }
        server.serve()
        #expect(try greedy.answeredIDs() == [1, 2, 3, 4])
    }
}
