// An answer that says that something was changed is sent when the change is on the disk, and not before; nobody else
// waits for it.

import Durability
import Glibc
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Answers that wait for the disk")
struct HeldAnswerTests {
    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
        server.tested.isDiskFast = false
    }

    private func create(_ id: Int) -> String {
        request("session.create", #"{"userId":"ann"}"#, id: String(id)) + "\n"
    }

    @Test("a session that was created is told when it is on the disk")
    func create() throws {
        let caller = try server.connect()
        caller.send(create(1))
        server.serve()
        #expect(try caller.answeredIDs() == [])
        server.work()
        #expect(try caller.answeredIDs() == [1])
        #expect(try caller.answers()[0]["result"]?["token"] != nil)
    }

    @Test("every method that changes a session waits")
    func everyMethod() throws {
        server.tested.isDiskFast = true
        let (token, id) = try server.tested.createNamed()
        server.tested.isDiskFast = false
        let calls = [
            request("session.put", #"{"token":"0123456789abcdef","data":{}}"#),
            request("session.refresh", #"{"token":"\#(token)"}"#),
            request("session.update", #"{"id":"\#(id)","data":{"a":1}}"#),
            request("session.revoke", #"{"id":"\#(id)"}"#),
        ]
        for call in calls {
            let caller = try server.connect()
            caller.send(call + "\n")
            server.serve()
            #expect(try caller.answers().isEmpty, "not held: \(call)")
            server.work()
            #expect(try caller.answers().count == 1, "not released: \(call)")
        }
    }

    @Test("others are answered meanwhile")
    func others() throws {
        let (writer, reader) = (try server.connect(), try server.connect())
        writer.send(create(1))
        server.serve()
        reader.send(ping(2))
        server.serve()
        #expect(try writer.answeredIDs() == [])
        #expect(try reader.answeredIDs() == [2])
        server.work()
        #expect(try writer.answeredIDs() == [1])
    }

    @Test("what a caller asked before and after waits in its order")
    func order() throws {
        let caller = try server.connect()
        caller.send(ping(1) + create(2) + ping(3))
        server.serve()
        caller.send(ping(4) + create(5))
        server.serve()
        #expect(try caller.answeredIDs() == [])
        server.work()
        server.serve()
        #expect(try caller.answeredIDs() == [1, 2, 3])
        server.work()
        #expect(try caller.answeredIDs() == [1, 2, 3, 4, 5])
    }

    @Test("a caller that waits is not read, and does not keep the loop busy")
    func quiet() throws {
        let caller = try server.connect()
        caller.send(create(1))
        server.serve()
        let read = server.tested.service.statistics.bytesRead
        caller.send(ping(2))
        server.serve(turns: 3)
        #expect(server.tested.service.statistics.bytesRead == read)
        #expect(!server.isReady)
        server.work()
        server.serve()
        #expect(try caller.answeredIDs() == [1, 2])
    }

    @Test("what comes while a commit is on its way goes with the next, whole")
    func group() throws {
        let callers = try (0..<5).map { _ in try server.connect() }
        callers[0].send(create(0))
        server.serve()
        for (number, caller) in callers.enumerated().dropFirst() { caller.send(create(number)) }
        server.serve()
        server.work()
        #expect(try callers.map { try $0.answeredIDs() } == [[0], [], [], [], []])
        server.work()
        #expect(try callers.map { try $0.answeredIDs() } == [[0], [1], [2], [3], [4]])
        #expect(server.tested.service.journal.statistics.commits == 2)
    }

    @Test("a batch with one change waits as a whole")
    func batch() throws {
        let caller = try server.connect()
        let (one, two) = (request("server.ping", id: "1"), request("session.create", #"{"userId":"a"}"#, id: "2"))
        caller.send("[\(one),\(two)]\n")
        server.serve()
        #expect(try caller.answers().isEmpty)
        server.work()
        let answers = try #require(try caller.answers().first?.elements)
        #expect(answers.map { $0["id"]?.integer } == [1, 2])
    }

    /// Lookups of a session with so many bytes of data, which is begun.
    private func lookups(_ ids: Range<Int>, dataBytes: Int) throws -> [String] {
        server.tested.isDiskFast = true
        let data = #"{"x":"\#(String(repeating: "x", count: dataBytes))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        server.tested.isDiskFast = false
        return ids.map { request("session.lookup", #"{"token":"0123456789abcdef"}"#, id: "\($0)") }
    }

    private func batch(_ requests: [String]) -> String { "[" + requests.joined(separator: ",") + "]\n" }

    /// A batch that takes several turns: changes at both ends, and lookups with long answers between them.
    private func longBatch() throws -> String {
        func creations(_ ids: Range<Int>) -> [String] {
            ids.map { request("session.create", #"{"userId":"ann"}"#, id: "\($0)") }
        }
        return try batch(creations(0..<30) + lookups(30..<70, dataBytes: 300) + creations(70..<100))
    }

    @Test("a long batch goes on while its first changes go to the disk, and waits for one commit more")
    func longBatchWaits() throws {
        let caller = try server.connect()
        caller.send(try longBatch() + ping(100))
        server.serve(turns: 100)
        #expect(try caller.answers().isEmpty)
        #expect(server.tested.service.store.sessionCount == 61, "it was not carried out meanwhile")
        #expect(!server.isReady)
        server.work()
        server.serve()
        caller.receive()
        let begun = caller.received.count
        #expect(begun > 0 && caller.received.last != UInt8(ascii: "\n"), "it was not two commits: this shows nothing")
        server.work()
        server.serve()
        let answers = try caller.answers()
        #expect(answers.count == 2)
        #expect(answers.first?.elements.map { $0["id"]?.integer } == Array(0..<100))
        #expect(answers.first?.elements.allSatisfy { $0["result"] != nil } == true)
        #expect(answers.last?["id"]?.integer == 100)
        let quotas = server.tested.service.quotas
        #expect(quotas.callers.held == Amounts(connections: 1))
    }

    @Test("of a long batch whose changes do not get to the disk each is answered with the error, and the rest as it is")
    func longBatchFails() throws {
        let caller = try server.connect()
        caller.send(try longBatch())
        server.serve(turns: 100)
        server.work(failingWith: SystemError("write", code: EIO))
        server.serve()
        let answers = try #require(try caller.answers().first).elements
        #expect(answers.map { $0["id"]?.integer } == Array(0..<100))
        for (id, answer) in answers.enumerated() {
            #expect(answer["error"]?["code"]?.integer == ((30..<70).contains(id) ? nil : 503))
        }
        #expect(server.tested.service.store.sessionCount == 1)
        #expect(server.tested.service.quotas.callers.held == Amounts(connections: 1))
    }

    @Test("of a long batch that waits for the disk no more is carried out than may wait")
    func longBatchIsHeld() throws {
        let caller = try server.connect()
        let lookups = try lookups(1..<100, dataBytes: 10_000)
        let first = request("session.create", #"{"userId":"ann"}"#, id: "0")
        caller.send(batch([first] + lookups))
        server.serve(turns: 100)
        let connection = try #require(server.first)
        #expect(connection.heldBytes > 1 << 16 && connection.heldBytes < (1 << 16) + FairTurnTests.most)
        #expect(!server.isReady)
        for _ in 0..<100 {
            server.work()
            server.serve(turns: 5)
            caller.receive()
        }
        #expect(try caller.answers().first?.elements.map { $0["id"]?.integer } == Array(0..<100))
        #expect(server.tested.service.quotas.callers.held == Amounts(connections: 1))
    }

    @Test("of many long batches that wait for the disk no more is carried out than their uid has room for")
    func manyLongBatchesAreHeld() throws {
        let quotas = server.tested.service.quotas
        quotas.limits.memory = 1 << 22
        let callers = try (0..<40).map { _ in try server.connect(uid: 7) }
        let lookups = try lookups(1..<50, dataBytes: 10_000)
        // Revocations are never refused.
        let first = request("session.revoke", #"{"token":"abcdef0123456789"}"#, id: "0")
        let creation = try server.connect(uid: 8)
        creation.send(create(1))
        server.serve(turns: 1)
        for caller in callers { caller.send(batch([first] + lookups)) }
        server.serve(turns: 300)
        #expect(quotas.callers.held.memory > 1 << 19, "this shows nothing")
        #expect(quotas.callers.held.memory < 1 << 21)
        for _ in 0..<200 {
            server.work()
            server.serve(turns: 5)
            for caller in callers { caller.receive() }
        }
        for caller in callers { #expect(try caller.answers().first?.elements.count == 50) }
        #expect(quotas.callers.accounts[7]?.held == Amounts(connections: 40))
    }

    @Test("what is no request does not wait for a notification before it")
    func faultAfterNotification() throws {
        let caller = try server.connect()
        caller.send(#"{"jsonrpc":"2.0","method":"session.create","params":{"userId":"a"}}"# + "\n")
        server.serve()
        caller.send(#"{"jsonrpc":"2.0","id":1}"# + "\n")
        server.serve()
        #expect(try caller.answers().map { $0["error"]?["code"]?.integer } == [-32600])
        let create = #"{"jsonrpc":"2.0","method":"session.create","params":{"userId":"a"}}"#
        caller.send(#"[\#(create),{"jsonrpc":"2.0","id":2}]"# + "\n")
        server.serve()
        #expect(try caller.answers().count == 2)
    }

    @Test("a notification that changes something holds nothing up")
    func notification() throws {
        let caller = try server.connect()
        caller.send(#"{"jsonrpc":"2.0","method":"session.create","params":{"userId":"ann"}}"# + "\n" + ping(2))
        server.serve()
        #expect(try caller.answeredIDs() == [2])
        #expect(server.tested.service.store.sessionCount == 1)
    }

    @Test("a lookup that touches does not wait")
    func touch() throws {
        server.tested.isDiskFast = true
        let (token, _) = try server.tested.createNamed()
        server.tested.isDiskFast = false
        server.tested.pass(.days(2))
        let caller = try server.connect()
        caller.send(request("session.lookup", #"{"token":"\#(token)"}"#) + "\n")
        server.serve()
        #expect(try caller.answers().first?["result"]?["touched"] == true)
        #expect(!server.tested.service.journal.isClean)
        server.tested.service.journal.commitAll()
        server.work()
        #expect(server.tested.service.journal.isClean)
    }

    @Test(
        "who finds a session revoked by somebody else waits for that revocation, too",
        .rule("`durable` says whether it is on the disk.")
    )
    func idempotentRevocation() throws {
        server.tested.isDiskFast = true
        let (_, id) = try server.tested.createNamed()
        server.tested.isDiskFast = false
        let (first, second) = (try server.connect(), try server.connect())
        let revoke = request("session.revoke", #"{"id":"\#(id)"}"#) + "\n"
        first.send(revoke)
        server.serve()
        second.send(revoke)
        server.serve()
        #expect(try second.answers().isEmpty)
        server.work()
        #expect(try first.answers().first?["result"]?["revoked"] == 1)
        let answer = try #require(try second.answers().first?["result"])
        #expect(answer["revoked"] == 0)
        #expect(answer["durable"] == true)
    }

    @Test("a caller that goes while it waits is let go afterwards")
    func gone() throws {
        let caller = try server.connect()
        caller.send(create(1))
        server.serve()
        caller.close()
        server.serve(turns: 3)
        #expect(!server.isReady)
        server.work()
        server.serve()
        #expect(server.set.count == 0)
        #expect(server.tested.service.store.sessionCount == 1)
    }

    @Test("what a caller that takes no more answers has changed can fail like anybody else's")
    func deaf() throws {
        let (caller, other) = (try server.connect(), try server.connect())
        // More than is read at once: when the last line comes, its answers cannot be sent any more.
        caller.send(String(repeating: ping(1), count: (1 << 16) / ping(1).utf8.count + 1) + create(2))
        caller.close()
        other.send(create(3))
        server.serve()
        #expect(server.tested.service.store.sessionCount == 2)
        server.work(failingWith: SystemError("write", code: EIO))
        server.serve()
        #expect(try other.answers().first?["error"]?["code"] == 503)
        #expect(server.set.count == 1)
        #expect(server.tested.service.store.sessionCount == 0)
    }

    @Test(
        "a caller that has closed its half is answered",
        .rule("A caller that shuts down its sending side still gets every answer.")
    )
    func halfClosed() throws {
        let caller = try server.connect()
        caller.send(create(1))
        caller.closeHalf()
        server.serve()
        #expect(!server.set.isDrained)
        server.work()
        server.serve()
        #expect(try caller.answeredIDs() == [1])
        #expect(caller.isClosed)
        #expect(server.set.isDrained)
    }

    @Test("lines that wait for the disk and then for a snapshot are answered in order")
    func snapshot() throws {
        let caller = try server.connect(.administrator)
        caller.send(create(1) + request("server.snapshot", id: "2") + "\n" + ping(3))
        server.serve()
        let connection = try #require(server.waiting.first)
        server.set.resume(connection, with: SnapshotWaitTests.outcome)
        server.serve()
        #expect(try caller.answeredIDs() == [])
        server.work()
        server.serve()
        #expect(try caller.answeredIDs() == [1, 2, 3])
    }

    @Test("with everysec only revocations wait")
    func everysec() throws {
        let server = try ConnectionsUnderTest(sync: .everysec)
        server.tested.isDiskFast = false
        let caller = try server.connect()
        caller.send(create(1))
        server.serve()
        let id = try #require(try caller.answers().first?["result"]?["session"]?["id"]?.string)
        caller.send(request("session.revoke", #"{"id":"\#(id)"}"#, id: "2") + "\n")
        server.serve()
        #expect(try caller.answeredIDs() == [1])
        server.work()
        #expect(try caller.answeredIDs() == [1, 2])
        #expect(try caller.answers()[1]["result"]?["durable"] == true)
    }
}
