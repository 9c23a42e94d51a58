// Callers that ask and do not listen: what is kept for them is bounded, they are not read while they owe a read, nothing
// is lost, and nobody else waits for them.

import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Callers that take no answers")
struct BackpressureTests {
    /// The most that is kept for a caller: what one turn ends with, and the answer that crossed it.
    static let most = 1 << 15 + 70_000

    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
        let data = #"{"x":"\#(String(repeating: "x", count: 60_000))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
    }

    /// A line that is answered with 60 KB.
    private func lookup(_ id: Int) -> String {
        request("session.lookup", #"{"token":"0123456789abcdef"}"#, id: String(id)) + "\n"
    }

    /// Takes all answers, a bit at a time, letting the set have its turns between.
    private func drain(_ caller: CallerUnderTest, until count: Int, bit: Int = 100_000) throws {
        for _ in 0..<(count * 2 + 100) {
            caller.receive(atMost: bit)
            server.serve(turns: 1)
        }
        #expect(try caller.answeredIDs() == (1...Int64(count)).map { $0 })
    }

    private var kept: Int { server.first?.output.count ?? 0 }

    @Test(
        "what is kept for a caller is bounded, and it gets all of it in order once it listens",
        arguments: [1000, 1 << 20]
    )
    func bounded(_ bit: Int) throws {
        let caller = try server.connect()
        caller.send((1...50).map { lookup($0) }.joined())
        server.serve()
        #expect(kept > 0)
        #expect(kept <= Self.most)
        #expect(!server.isReady, "nothing can be done until the caller listens")
        if bit == 1000 {
            // A little room is enough to go on.
            for _ in 0..<400 {
                caller.receive(atMost: bit)
                server.serve(turns: 1)
                #expect(kept <= Self.most)
            }
        }
        try drain(caller, until: 50, bit: 1 << 20)
        #expect(kept == 0)
        caller.send(ping(51))
        server.serve()
        #expect(try caller.answeredIDs().last == 51)
    }

    @Test(
        "a caller that does not listen is not read",
        .rule("A caller that does not take its answers is not read any more until it does")
    )
    func notRead() throws {
        let caller = try server.connect()
        caller.send((1...40).map { lookup($0) }.joined())
        server.serve()
        let read = server.tested.service.statistics.bytesRead
        caller.send((41...80).map { lookup($0) }.joined())
        server.serve()
        #expect(server.tested.service.statistics.bytesRead == read)
        #expect(kept <= Self.most)
        try drain(caller, until: 80)
    }

    @Test(
        "a caller can send until its socket is full, and no more is taken from it",
        .rule("is not read any more until it does; nothing is lost")
    )
    func floods() throws {
        let caller = try server.connect()
        var sent = 0
        var rest: [UInt8] = []
        for _ in 0..<10_000 {
            if rest.isEmpty {
                sent += 1
                rest = Array(lookup(sent).utf8)
            }
            rest.removeFirst(caller.send(rest))
            if !rest.isEmpty { break }
            if sent % 20 == 0 { server.serve(turns: 2) }
        }
        #expect(!rest.isEmpty, "the socket is full")
        #expect(kept <= Self.most)
        let input = try #require(server.first).input.count
        #expect(input <= 1 << 18)
        for _ in 0..<20_000 where !rest.isEmpty {
            caller.receive(atMost: 1 << 20)
            server.serve(turns: 1)
            rest.removeFirst(caller.send(rest))
        }
        try drain(caller, until: sent, bit: 1 << 20)
    }

    @Test("another caller is answered meanwhile", .rule("nothing is lost, and no other caller waits for it"))
    func others() throws {
        let (deaf, other) = (try server.connect(), try server.connect())
        deaf.send((1...50).map { lookup($0) }.joined())
        server.serve()
        for id in 1...10 {
            other.send(ping(id))
            server.serve(turns: 1)
        }
        #expect(try other.answeredIDs() == Array(1...10))
        try drain(deaf, until: 50)
    }

    @Test("a caller that owes a read and half-closes still gets everything")
    func halfClosed() throws {
        let caller = try server.connect()
        caller.send((1...50).map { lookup($0) }.joined())
        caller.closeHalf()
        server.serve()
        #expect(server.set.count == 1)
        try drain(caller, until: 50)
        #expect(caller.isClosed)
        #expect(server.set.count == 0)
    }

    @Test("a daemon that stops is drained only when every answer has been taken")
    func drained() throws {
        let caller = try server.connect()
        caller.send((1...30).map { lookup($0) }.joined())
        server.serve()
        #expect(!server.set.isDrained)
        server.set.stopReading()
        #expect(!server.set.isDrained)
        try drain(caller, until: 30)
        #expect(server.set.isDrained)
    }
}
