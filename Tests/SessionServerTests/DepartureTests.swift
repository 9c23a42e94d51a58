// Callers that leave: those that have said all and still listen are answered to the end; those that are gone have said
// what they said, and it is done.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Callers that leave")
struct DepartureTests {
    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
    }

    /// Lines that put so many sessions, as long as the padding makes them.
    private func puts(_ count: Int, padding: Int = 0) -> [UInt8] {
        let data = #"{"x":"\#(String(repeating: "x", count: padding))"}"#
        return (0..<count)
            .flatMap { index in
                let token = "token-number-" + String(index + 10_000)
                return (request("session.put", #"{"token":"\#(token)","data":\#(data)}"#) + "\n").utf8
            }
    }

    @Test("a caller that has half-closed is answered, then let go")
    func halfClosed() throws {
        let caller = try server.connect()
        caller.send(ping(1) + ping(2))
        caller.closeHalf()
        server.serve()
        #expect(try caller.answeredIDs() == [1, 2])
        #expect(caller.isClosed)
        #expect(server.set.count == 0)
    }

    @Test("its last line needs no line feed", .rule("and the last line may end with the stream"))
    func lastLine() throws {
        let caller = try server.connect()
        caller.send(ping(1) + request("server.ping", id: "2"))
        server.serve()
        #expect(try caller.answeredIDs() == [1])
        caller.closeHalf()
        server.serve()
        #expect(try caller.answeredIDs() == [1, 2])
        #expect(caller.isClosed)
    }

    @Test("half a request at the end is answered as what it is")
    func halfARequest() throws {
        let caller = try server.connect()
        caller.send(#"{"jsonrpc":"2.0","id":1,"#)
        caller.closeHalf()
        server.serve()
        #expect(try caller.answers().map { $0["error"]?["code"] } == [-32700])
        #expect(caller.isClosed)
    }

    @Test("a caller that says nothing is let go without a word", arguments: ["", "\n", "\r\n\r\n"].indices)
    func saidNothing(_ index: Int) throws {
        let caller = try server.connect()
        caller.send(["", "\n", "\r\n\r\n"][index])
        caller.closeHalf()
        server.serve()
        caller.receive()
        #expect(caller.received.isEmpty)
        #expect(caller.isClosed)
        #expect(server.set.count == 0)
    }

    @Test(
        "a caller that has half-closed gets all of a long answer",
        .rule("A caller that shuts down its sending side still gets every answer.")
    )
    func longAnswer() throws {
        let caller = try server.connect()
        caller.send(puts(60, padding: 1000))
        server.serve()
        caller.receive()
        let lookups = (0..<60).map { request("session.lookup", #"{"token":"token-number-100\#($0 / 10)\#($0 % 10)"}"#) }
        for _ in 0..<4 { caller.send((lookups + lookups).joined(separator: "\n") + "\n") }
        caller.closeHalf()
        for _ in 0..<200 where !caller.isClosed {
            server.serve(turns: 1)
            caller.receive()
        }
        #expect(try caller.answers().count == 60 + 480)
        #expect(caller.isClosed)
        #expect(server.set.count == 0)
    }

    @Test("what a caller has sent before it went is carried out", arguments: [1, 10, 1000])
    func goneAtOnce(_ count: Int) throws {
        let caller = try server.connect()
        let bytes = puts(count)
        #expect(caller.send(bytes) == bytes.count)
        caller.close()
        server.serve()
        #expect(server.tested.service.store.sessionCount == count)
        #expect(server.set.count == 0)
        #expect(!server.isReady)
    }

    @Test("its last line is carried out without a line feed too")
    func goneAtOnceWithoutLineFeed() throws {
        let caller = try server.connect()
        caller.send(puts(3).dropLast())
        caller.close()
        server.serve()
        #expect(server.tested.service.store.sessionCount == 3)
    }

    @Test("lines that were left waiting because the caller took no answers are carried out when it goes")
    func goneWithPendingLines() throws {
        let caller = try server.connect()
        caller.send(puts(1, padding: 60_000))
        // Each answer is 60 KB: after about 20 of them no more lines are carried out.
        let lookup = request("session.lookup", #"{"token":"token-number-10000"}"#) + "\n"
        caller.send(String(repeating: lookup, count: 100))
        server.serve()
        caller.send(puts(500))
        server.serve()
        #expect(server.tested.service.store.sessionCount == 1)
        caller.close()
        server.serve()
        #expect(server.tested.service.store.sessionCount == 500)
        #expect(server.set.count == 0)
        #expect(!server.isReady)
    }

    @Test("a caller that goes without reading its answers does no harm to another")
    func harmless() throws {
        let (leaver, other) = (try server.connect(), try server.connect())
        leaver.send(ping(1))
        server.serve()
        leaver.send(ping(2))
        leaver.close()
        other.send(ping(3))
        server.serve()
        #expect(try other.answeredIDs() == [3])
        #expect(server.set.count == 1)
    }

    @Test("callers may come and go by the thousand")
    func manyGo() throws {
        for round in 0..<1000 {
            let caller = try server.connect()
            caller.send(ping(round))
            if round % 3 == 0 { caller.close() } else { caller.closeHalf() }
            server.serve(turns: 3)
            if round % 3 != 0 { #expect(try caller.answeredIDs() == [Int64(round)]) }
        }
        #expect(server.set.count == 0)
        #expect(server.tested.service.statistics.connectionsOpen == 0)
        #expect(server.tested.service.statistics.connectionsTotal == 1000)
    }
}
