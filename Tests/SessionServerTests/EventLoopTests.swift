// The event loop: what it watches is noticed, and work that is done bit by bit leaves everything else its turn.

import Glibc
import Testing

@testable import SessionServer

@Suite("The event loop")
struct EventLoopTests {
    let loop: EventLoop

    init() throws {
        loop = try EventLoop()
    }

    /// Work for every turn of the loop, which ends it with the code 99 when nothing else has ended it in so many turns.
    private func work(turns: Int) throws -> EventSource {
        let loop = loop
        var rest = turns
        let source = try loop.onTurn {
            rest -= 1
            if rest <= 0 { loop.exit(99) }
        }
        source.enable()
        return source
    }

    /// A descriptor that is always readable.
    private func readable() throws -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        try #require(unsafe write(ends[1], "x", 1) == 1)
        return (ends[0], ends[1])
    }

    @Test("a descriptor that is readable is served while there is work to be done in every turn")
    func workAndReading() throws {
        let (end, other) = try readable()
        defer { for descriptor in [end, other] { close(descriptor) } }
        let loop = loop
        let reading = try loop.onReadable(end) { loop.exit(1) }
        let working = try work(turns: 1000)
        #expect(try loop.run() == 1)
        withExtendedLifetime((reading, working)) {}
    }

    @Test("work is done while a descriptor is readable all the time")
    func readingAndWork() throws {
        let (end, other) = try readable()
        defer { for descriptor in [end, other] { close(descriptor) } }
        let loop = loop
        var reads = 0
        let reading = try loop.onReadable(end) {
            reads += 1
            if reads > 1000 { loop.exit(1) }
        }
        let working = try work(turns: 10)
        #expect(try loop.run() == 99)
        #expect(reads > 0, "and the descriptor is served too")
        withExtendedLifetime((reading, working)) {}
    }

    @Test("a timer that is due goes off while there is work to be done in every turn")
    func workAndTime() throws {
        let loop = loop
        let timer = try loop.onTimer { loop.exit(1) }
        timer.schedule(afterMicroseconds: 0)
        let working = try work(turns: 100_000)
        #expect(try loop.run() == 1)
        withExtendedLifetime((timer, working)) {}
    }

    @Test("a timer goes off once for each time that it is set")
    func timer() throws {
        let loop = loop
        let (end, other) = try readable()
        defer { for descriptor in [end, other] { close(descriptor) } }
        var (rings, reads) = (0, 0)
        let timer = try loop.onTimer { rings += 1 }
        let reading = try loop.onReadable(end) {
            reads += 1
            if reads == 2000 { loop.exit(0) }
        }
        timer.schedule(afterMicroseconds: 1)
        _ = try loop.run()
        #expect(rings <= 1)
        withExtendedLifetime((timer, reading)) {}
    }

    @Test("what is disabled is not called, and what is enabled again is")
    func disabling() throws {
        let loop = loop
        let (end, other) = try readable()
        defer { for descriptor in [end, other] { close(descriptor) } }
        var calls = 0
        let reading = try loop.onReadable(end) {
            calls += 1
            loop.exit(5)
        }
        reading.disable()
        let timer = try loop.onTimer {
            #expect(calls == 0)
            reading.enable()
        }
        timer.schedule(afterMicroseconds: 1)
        #expect(try loop.run() == 5)
        #expect(calls == 1)
        withExtendedLifetime(timer) {}
    }

    @Test("the code with which the loop is ended is what it returns", arguments: [0, 1, 74] as [CInt])
    func exitCode(_ code: CInt) throws {
        let loop = loop
        let turn = try loop.onTurn { loop.exit(code) }
        turn.enable()
        #expect(try loop.run() == code)
    }

    @Test("a descriptor that cannot be watched is an error")
    func badDescriptor() throws {
        let loop = loop
        #expect(throws: (any Error).self) { try loop.onReadable(-1) {} }
    }
}
