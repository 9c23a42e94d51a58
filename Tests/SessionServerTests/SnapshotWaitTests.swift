// A line that asks for a snapshot waits until one was taken for it, and so do the lines behind it; everybody else goes on.

import Durability
import Sessions
import Testing

@testable import SessionServer

@Suite("Lines that wait for a snapshot")
struct SnapshotWaitTests {
    static let outcome = SnapshotOutcome.written(
        SnapshotSummary(path: "/s/snapshot-1", sessions: 0, bytes: 99, took: Milliseconds(3))
    )

    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
    }

    private func snapshot(_ id: Int) -> String { request("server.snapshot", id: String(id)) + "\n" }

    private func finish() throws {
        let connection = try #require(server.waiting.first)
        server.waiting.removeFirst()
        server.set.resume(connection, with: Self.outcome)
        server.serve()
    }

    @Test("lines behind it are answered after it, in order")
    func order() throws {
        let caller = try server.connect(.administrator)
        caller.send(ping(1) + snapshot(2) + ping(3) + ping(4))
        server.serve()
        #expect(try caller.answeredIDs() == [1])
        #expect(server.waiting.count == 1)
        caller.send(ping(5))
        server.serve()
        #expect(try caller.answeredIDs() == [1])
        try finish()
        #expect(try caller.answeredIDs() == [1, 2, 3, 4, 5])
        #expect(try caller.answers()[1]["result"]?["path"] == "/s/snapshot-1")
        #expect(server.waiting.isEmpty)
    }

    @Test("each one gets a snapshot of its own")
    func two() throws {
        let caller = try server.connect(.administrator)
        caller.send(snapshot(1) + snapshot(2) + ping(3))
        server.serve()
        #expect(server.waiting.count == 1)
        try finish()
        #expect(try caller.answeredIDs() == [1])
        #expect(server.waiting.count == 1)
        try finish()
        #expect(try caller.answeredIDs() == [1, 2, 3])
    }

    @Test("a batch that asks, even twice, waits once and is answered whole")
    func batch() throws {
        let caller = try server.connect(.administrator)
        let batch = "[\(ping(1)),\(snapshot(2)),\(snapshot(3))]".replacing("\n", with: "")
        caller.send(batch + "\n" + ping(4))
        server.serve()
        #expect(try caller.answers().isEmpty)
        try finish()
        let answers = try caller.answers()
        #expect(answers.first?.elements.map { $0["id"] } == [1, 2, 3])
        #expect(answers.first?.elements.allSatisfy { $0["result"] != nil } == true)
        #expect(answers.last?["id"] == 4)
    }

    @Test("a notification is given its snapshot and no answer")
    func notification() throws {
        let caller = try server.connect(.administrator)
        caller.send(#"{"jsonrpc":"2.0","method":"server.snapshot"}"# + "\n" + ping(1))
        server.serve()
        #expect(server.waiting.count == 1)
        try finish()
        #expect(try caller.answeredIDs() == [1])
    }

    @Test("a snapshot that failed is answered with 503")
    func failed() throws {
        let caller = try server.connect(.administrator)
        caller.send(snapshot(1) + ping(2))
        server.serve()
        server.set.resume(try #require(server.waiting.first), with: .failed(SystemError("write x", code: 28)))
        server.serve()
        #expect(try caller.answers().map { $0["error"]?["code"] } == [503, nil])
    }

    @Test("who may not ask for a snapshot causes none", arguments: [Role.application, .reader])
    func notAllowed(_ role: Role) throws {
        let caller = try server.connect(role)
        caller.send(snapshot(1) + ping(2))
        server.serve()
        #expect(try caller.answers().map { $0["error"]?["code"] } == [403, nil])
        #expect(server.waiting.isEmpty)
    }

    @Test(
        "what only looks like a request for a snapshot causes none",
        arguments: [
            #"{"jsonrpc":"2.0","id":1,"method":"server.snapshots"}"#,
            #"{"jsonrpc":"1.0","id":1,"method":"server.snapshot"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"server.snapshot""#, #""server.snapshot""#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.create","params":{"userId":"server.snapshot"}}"#,
        ]
    )
    func lookalikes(_ line: String) throws {
        let caller = try server.connect(.administrator)
        caller.send(line + "\n")
        server.serve()
        #expect(try caller.answers().count == 1)
        #expect(server.waiting.isEmpty)
    }

    @Test("others are served meanwhile, administrators too")
    func others() throws {
        let caller = try server.connect(.administrator)
        caller.send(snapshot(1))
        server.serve()
        let (application, administrator) = (try server.connect(), try server.connect(.administrator))
        application.send(ping(2))
        administrator.send(ping(3))
        server.serve()
        #expect(try application.answeredIDs() == [2])
        #expect(try administrator.answeredIDs() == [3])
        #expect(!server.isReady)
        try finish()
        #expect(try caller.answeredIDs() == [1])
    }

    @Test("a caller that half-closes while it waits is answered")
    func halfClosed() throws {
        let caller = try server.connect(.administrator)
        caller.send(snapshot(1) + ping(2))
        caller.closeHalf()
        server.serve()
        #expect(server.set.count == 1)
        #expect(!server.isReady)
        try finish()
        #expect(try caller.answeredIDs() == [1, 2])
        #expect(caller.isClosed)
        #expect(server.set.count == 0)
    }

    @Test("a caller that goes while it waits has its other lines carried out")
    func gone() throws {
        let caller = try server.connect(.administrator)
        caller.send(snapshot(1) + request("session.create", #"{"userId":"ann"}"#) + "\n")
        server.serve()
        let read = server.tested.service.statistics.bytesRead
        caller.send(request("session.create", #"{"userId":"bob"}"#) + "\n")
        caller.close()
        server.serve()
        #expect(server.tested.service.statistics.bytesRead == read, "read on from a caller that has to wait")
        #expect(server.tested.service.store.sessionCount == 0)
        try finish()
        #expect(server.tested.service.store.sessionCount == 2)
        #expect(server.set.count == 0)
    }

    @Test("a caller that goes while it waits does not keep the loop busy")
    func goneQuietly() throws {
        let caller = try server.connect(.administrator)
        caller.send(snapshot(1))
        server.serve()
        caller.close()
        server.serve(turns: 3)
        #expect(!server.isReady)
    }
}
