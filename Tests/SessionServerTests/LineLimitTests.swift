// Lines at the limit and beyond, as they come through a socket: too long a line gets one error, and is the last one.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Lines that are too long")
struct LineLimitTests {
    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
    }

    /// Sends all of it, letting the set read between; stops when the connection is closed.
    private func send(_ text: String, from caller: CallerUnderTest) {
        var rest = Array(text.utf8)[...]
        for _ in 0..<200 where !rest.isEmpty && server.set.count > 0 {
            rest = rest.dropFirst(caller.send(rest.prefix(50_000)))
            server.serve(turns: 1)
        }
        server.serve()
    }

    /// A ping of exactly so many bytes.
    private func ping(_ id: Int, bytes: Int) -> String {
        let short = request("server.ping", id: String(id))
        return short + String(repeating: " ", count: bytes - short.utf8.count)
    }

    @Test("a line of 128 KiB is answered", .rule("A line has at most 128 KiB."), arguments: ["\n", "\r\n"].indices)
    func atTheLimit(_ index: Int) throws {
        let caller = try server.connect()
        send(ping(1, bytes: LineLimit.bytes) + ["\n", "\r\n"][index] + SessionServerTests.ping(2), from: caller)
        #expect(try caller.answeredIDs() == [1, 2])
        #expect(server.expulsions.isEmpty)
    }

    @Test(
        "a line of one byte more gets one error, and the connection is closed",
        .rule("A longer one is answered with one error -32600 and the connection is closed."),
        .rule("or a line or batch that is too long"),
        arguments: [
            LineLimit.bytes + 1, LineLimit.bytes * 2, 1_000_000,
        ]
    )
    func overTheLimit(_ count: Int) throws {
        let caller = try server.connect()
        send(SessionServerTests.ping(1) + ping(2, bytes: count) + "\n" + SessionServerTests.ping(3), from: caller)
        let answers = try caller.answers()
        #expect(answers.count == 2)
        #expect(answers.first?["id"] == 1)
        #expect(answers.last?["id"] == .null)
        #expect(answers.last?["error"]?["code"] == -32600)
        #expect(answers.last?["error"]?["message"] == "invalid request: a line of more than 131072 bytes")
        #expect(answers.last?["error"]?["data"]?["hint"]?.string?.isEmpty == false)
        #expect(caller.isClosed)
        #expect(server.expulsions == ["a line of more than 131072 bytes"])
        #expect(server.tested.service.statistics.errors[-32600] == 1)
    }

    @Test("who is sent away can finish what it is sending, and read why, before the connection is closed")
    func notice() throws {
        let caller = try server.connect()
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000)
        var rest = long[...]
        for _ in 0..<200 where !rest.isEmpty {
            rest = rest.dropFirst(caller.send(rest.prefix(50_000)))
            server.serve(turns: 2)
        }
        #expect(rest.isEmpty, "its writes do not fail")
        caller.closeHalf()
        server.serve()
        #expect(try caller.answers().map { $0["error"]?["code"] } == [-32600])
        #expect(server.set.count == 0)
    }

    @Test("who is sent away and stays is closed with the second tick, and is not heard meanwhile")
    func tick() throws {
        let caller = try server.connect()
        send(String(repeating: "x", count: 200_000), from: caller)
        caller.send("\n" + SessionServerTests.ping(1))
        server.serve()
        server.set.tick()
        #expect(server.set.count == 1)
        #expect(try caller.answers().map { $0["id"] } == [.null])
        server.set.tick()
        #expect(server.set.count == 0)
        #expect(server.tested.service.statistics.connectionsOpen == 0)
    }

    @Test("a line that never ends is too long before it has ended")
    func endless() throws {
        let caller = try server.connect()
        send(String(repeating: "x", count: 400_000), from: caller)
        #expect(try caller.answers().map { $0["error"]?["code"] } == [-32600])
        #expect(caller.isClosed)
    }

    @Test("what was asked before a line that is too long is done")
    func before() throws {
        let caller = try server.connect()
        let put = request("session.put", #"{"token":"0123456789abcdef","data":{}}"#) + "\n"
        send(put + ping(2, bytes: 200_000) + "\n" + put.replacing("abcdef", with: "ABCDEF"), from: caller)
        #expect(server.tested.service.store.sessionCount == 1)
    }

    @Test("one caller's endless line is nobody else's business")
    func others() throws {
        let (bad, good) = (try server.connect(), try server.connect())
        send(String(repeating: "x", count: 100_000), from: bad)
        good.send(SessionServerTests.ping(1))
        send(String(repeating: "x", count: 100_000), from: bad)
        #expect(try good.answeredIDs() == [1])
        #expect(server.expulsions.count == 1)
    }

    @Test("a caller that sends too long a line and goes is forgotten")
    func gone() throws {
        let caller = try server.connect()
        caller.send([UInt8](repeating: UInt8(ascii: "x"), count: 140_000))
        caller.close()
        server.serve()
        #expect(server.set.count == 0)
        #expect(!server.isReady)
    }
}
