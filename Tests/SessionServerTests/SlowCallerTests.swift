// Callers that begin a line and do not finish it: they have a while, however they dawdle, and then they are told why and
// let go. Who has begun nothing may stay for ever.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Callers that do not finish their lines")
struct SlowCallerTests {
    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
    }

    /// Lets so many seconds pass; in each of them `body` is called.
    private func pass(seconds: Int, _ body: () -> Void = {}) {
        for _ in 0..<seconds {
            body()
            server.serve(turns: 2)
            server.set.tick()
        }
    }

    @Test(
        "one byte a second is not enough: after 30 seconds the caller is told and let go",
        .rule("A line that was begun is finished within 30 seconds."),
        .rule("Who takes longer gets one error -32600 and is disconnected."),
        .rule("or a line that is not finished in time")
    )
    func drip() throws {
        let (slow, good) = (try server.connect(uid: 7), try server.connect(uid: 8))
        pass(seconds: 30) { slow.send([UInt8(ascii: " ")]) }
        #expect(server.offenders.isEmpty)
        pass(seconds: 1) { slow.send([UInt8(ascii: " ")]) }
        #expect(server.offenders.map(\.offence) == [.slowLine])
        #expect(server.expulsions == ["a line that was not finished within 30s"])
        let answer = try #require(try slow.answers().first)
        #expect(answer["id"] == .null)
        #expect(answer["error"]?["code"] == -32600)
        #expect(answer["error"]?["data"]?["hint"] != nil)
        #expect(slow.isClosed)
        good.send(ping(1))
        server.serve()
        #expect(try good.answeredIDs() == [1])
        pass(seconds: 2)
        #expect(server.set.count == 1)
        #expect(server.tested.service.quotas.callers.accounts.count == 1)
    }

    @Test("who has begun nothing is left alone")
    func idle() throws {
        let callers = [try server.connect(), try server.connect()]
        callers[1].send(ping(1))
        pass(seconds: 1000)
        callers[0].send(ping(2))
        server.serve()
        #expect(try callers[0].answeredIDs() == [2])
        #expect(try callers[1].answeredIDs() == [1])
        #expect(server.offenders.isEmpty)
    }

    @Test("each line has the whole time, also when it was begun together with the end of the one before")
    func eachLine() throws {
        let caller = try server.connect()
        let line = ping(1)
        caller.send(String(line.prefix(10)))
        for _ in 0..<5 {
            pass(seconds: 25)
            caller.send(String(line.dropFirst(10) + line.prefix(10)))
        }
        pass(seconds: 25)
        #expect(try caller.answers().count == 5)
        #expect(server.offenders.isEmpty)
        pass(seconds: 10)
        #expect(server.offenders.count == 1)
    }

    @Test("a caller that waits for the disk, or has to take its answers first, is not slow")
    func waits() throws {
        let (writer, deaf) = (try server.connect(), try server.connect())
        server.tested.isDiskFast = false
        writer.send(request("session.create", #"{"userId":"ann"}"#) + "\n{")
        let data = #"{"x":"\#(String(repeating: "x", count: 60_000))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let lookup = request("session.lookup", #"{"token":"0123456789abcdef"}"#) + "\n"
        deaf.send(String(repeating: lookup, count: 50) + "{")
        pass(seconds: 100)
        #expect(server.offenders.isEmpty)
        #expect(server.set.count == 2)
    }

    @Test("another time may be set, and none at all", arguments: [(Milliseconds(1500), 3 as Int?), (.zero, nil)])
    func configured(_ timeout: Milliseconds, _ seconds: Int?) throws {
        server.tested.service.quotas.limits.lineTimeout = timeout
        let caller = try server.connect()
        caller.send("{")
        pass(seconds: (seconds ?? 10_000) - 1)
        #expect(server.offenders.isEmpty)
        pass(seconds: 1)
        #expect(server.offenders.count == (seconds == nil ? 0 : 1))
    }

    @Test("who has closed its half has finished its line")
    func halfClosed() throws {
        let caller = try server.connect()
        caller.send("{")
        pass(seconds: 29)
        caller.closeHalf()
        pass(seconds: 5)
        #expect(server.offenders.isEmpty)
        #expect(try caller.answers().map { $0["error"]?["code"] } == [-32700])
    }
}
