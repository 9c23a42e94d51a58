// Connections over real sockets: lines in, answers out, in order, with as few system calls as there can be, and one
// caller never in the way of another.

import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Connections")
struct ConnectionSetTests {
    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
    }

    @Test("a caller is answered")
    func answers() throws {
        let caller = try server.connect()
        caller.send(ping(1))
        server.serve()
        #expect(try caller.answeredIDs() == [1])
        #expect(!caller.isClosed)
        #expect(server.set.count == 1)
    }

    @Test(
        "many lines that come together are answered in their order with one write",
        .rule("and answers come in the order of the requests"),
        .rule("Many lines may be sent without waiting.")
    )
    func oneWrite() throws {
        let caller = try server.connect(keepsPackets: true)
        caller.send((1...100).map { ping($0) }.joined())
        server.serve(turns: 1)
        #expect(try caller.answeredIDs() == Array(1...100))
        #expect(caller.reads == 1)
    }

    @Test("blank lines, carriage returns and notifications are not answered")
    func silence() throws {
        let caller = try server.connect()
        caller.send("\n\r\n  \n" + #"{"jsonrpc":"2.0","method":"server.ping"}"# + "\n")
        caller.send(request("server.ping", id: "7") + "\r\n")
        server.serve()
        #expect(try caller.answeredIDs() == [7])
    }

    @Test(
        "a malformed line is answered with its error, and the connection lives on",
        .rule("A line that breaks a rule is answered with -32700 and the connection goes on.")
    )
    func malformed() throws {
        let caller = try server.connect()
        caller.send(ping(1) + "nonsense\n" + "\u{0}\n" + "[]\n" + ping(2))
        server.serve()
        let answers = try caller.answers()
        #expect(answers.map { $0["error"]?["code"]?.integer } == [nil, -32700, -32700, -32600, nil])
        caller.send(ping(3))
        server.serve()
        #expect(try caller.answeredIDs().last == 3)
    }

    @Test("bytes that are not UTF-8 are refused and nothing else")
    func notUTF8() throws {
        let caller = try server.connect()
        caller.send(Array(#"{"jsonrpc":"2.0","id":1,"method":""#.utf8) + [0xFF, 0xFE] + Array("\"}\n".utf8))
        caller.send(ping(2))
        server.serve()
        #expect(try caller.answers().map { $0["error"]?["code"]?.integer } == [-32700, nil])
    }

    @Test("a line may come in pieces, byte by byte")
    func pieces() throws {
        let caller = try server.connect()
        for byte in (ping(1) + ping(2)).utf8 {
            caller.send([byte])
            server.serve(turns: 2)
        }
        #expect(try caller.answeredIDs() == [1, 2])
    }

    @Test("however what is sent is cut, the answers are the same", arguments: 0..<20)
    func randomCuts(_ run: UInt64) throws {
        var generator = SplitMix64(seed: SplitMix64.seedOfThisRun &+ run)
        let data = String(repeating: "x", count: 30_000)
        let lines = (1...40)
            .map { $0 % 10 == 0 ? request("server.ping", #"{"\#(data)":1}"#, id: "\($0)") + "\r\n" : ping($0) }
        var rest = Array(lines.joined().utf8)[...]
        let caller = try server.connect()
        while !rest.isEmpty {
            let count = caller.send(rest.prefix(Int.random(in: 1...20_000, using: &generator)))
            rest = rest.dropFirst(count)
            if count == 0 || generator.oneIn(2) { server.serve(turns: 2) }
            if generator.oneIn(3) { caller.receive() }
        }
        server.serve()
        #expect(try caller.answeredIDs() == Array(1...40), "SESSIOND_SEED=\(SplitMix64.seedOfThisRun)")
    }

    @Test("each caller gets its own answers")
    func manyCallers() throws {
        let callers = try (0..<300).map { _ in try server.connect() }
        for (index, caller) in callers.enumerated() { caller.send(ping(index) + ping(index + 1000)) }
        // 256 are taken in one turn.
        server.serve(turns: 4)
        for (index, caller) in callers.enumerated() {
            #expect(try caller.answeredIDs() == [Int64(index), Int64(index + 1000)])
        }
        #expect(server.set.count == 300)
    }

    @Test("the socket decides the role")
    func roles() throws {
        let reader = try server.connect(.reader)
        let application = try server.connect(.application)
        for caller in [reader, application] { caller.send(request("session.create", #"{"userId":"ann"}"#) + "\n") }
        server.serve()
        #expect(try reader.answers().first?["error"]?["code"] == 403)
        #expect(try application.answers().first?["result"]?["token"] != nil)
    }

    @Test("what one caller has changed another sees in the next line")
    func sharedState() throws {
        let (one, other) = (try server.connect(), try server.connect())
        one.send(request("session.put", #"{"token":"0123456789abcdef","data":{"a":1}}"#) + "\n")
        server.serve()
        other.send(request("session.lookup", #"{"token":"0123456789abcdef"}"#) + "\n")
        server.serve()
        #expect(try other.answers().first?["result"]?["session"]?["data"]?["a"] == 1)
    }

    @Test("connections and bytes are counted")
    func counts() throws {
        let callers = [try server.connect(), try server.connect()]
        callers[0].send(ping(1))
        server.serve()
        callers[0].receive()
        callers[1].close()
        server.serve()
        let statistics = server.tested.service.statistics
        #expect(statistics.connectionsOpen == 1)
        #expect(statistics.connectionsTotal == 2)
        #expect(statistics.bytesRead == Int64(ping(1).utf8.count))
        #expect(statistics.bytesWritten == Int64(callers[0].received.count))
        #expect(server.set.count == 1)
    }

    @Test("a connection that waits for its caller keeps no memory and does not wake the loop")
    func idle() throws {
        let caller = try server.connect()
        caller.send(ping(1))
        server.serve()
        let connection = try #require(server.first)
        let keepsNothing = connection.input.isEmpty && connection.output.isEmpty
        #expect(keepsNothing)
        #expect(!server.isReady)
        #expect(try caller.answeredIDs() == [1])
    }

    @Test("while the daemon stops, what was read is answered and nothing more is read")
    func stopReading() throws {
        let caller = try server.connect()
        caller.send(ping(1) + #"{"jsonrpc":"2.0""#)
        server.serve()
        server.set.stopReading()
        caller.send(#","id":2,"method":"server.ping"}"# + "\n")
        server.serve()
        #expect(try caller.answeredIDs() == [1])
        #expect(server.set.isDrained)
    }

    @Test("while the daemon stops, a caller that goes does not keep the loop busy")
    func hangUpWhileStopping() throws {
        let caller = try server.connect()
        server.serve()
        server.set.stopReading()
        caller.close()
        server.serve(turns: 3)
        #expect(!server.isReady)
    }
}
