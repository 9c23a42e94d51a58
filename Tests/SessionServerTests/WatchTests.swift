// session.watch: who asked is told of each change when it is on the disk, in order, once.

import Durability
import Glibc
import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.watch")
struct WatchTests: WatchersUnderTest {
    let server: ConnectionsUnderTest

    init() throws { server = try ConnectionsUnderTest(watchHistory: 100) }

    @Test(
        "it answers with the epoch and the present number, and that nothing was missed",
        .rule("→ `{epoch, seq, resync}`"),
        arguments: Role.allCases
    )
    func answer(_ role: Role) throws {
        _ = try create()
        let result = try watcher(as: role).1
        #expect(result.names == ["epoch", "seq", "resync"])
        #expect(result["seq"] == 1)
        #expect(result["resync"] == false)
        #expect(result["epoch"]?.string?.isEmpty == false)
        #expect(tested.service.statistics.watchers == 1)
    }

    @Test(
        "every kind of change is told to who asks for it",
        .rule("`userId`?, `changes`? (an array of kinds)"),
        .rule("`change` is one of `created`, `updated`, `touched`, `rotated`, `revoked`, `expired`")
    )
    func everyKind() throws {
        let (caller, _) = try watcher(Self.all)
        let (token, id) = try create()
        try call("session.update", #"{"id":"\#(id)","data":{"a":1}}"#)
        tested.pass(.days(2))
        try call("session.lookup", #"{"token":"\#(token)"}"#)
        try call("session.refresh", #"{"token":"\#(token)","rotate":true}"#)
        try call("session.revoke", #"{"userId":"ann"}"#)
        try call("session.create", #"{"userId":"bob","ttl":1000}"#)
        tested.pass(.seconds(3))
        tested.sweep()
        tested.service.journal.commitAll()
        server.work()
        #expect(
            try changes(caller) == ["created", "updated", "touched", "rotated", "revoked", "created", "expired"]
        )
        #expect(try told(caller).map { $0["params"]?["seq"]?.integer } == Array(1...7))
    }

    @Test("unasked, creations and touches are not told", .rule("Unasked, `created` and `touched` are not told."))
    func unasked() throws {
        let (caller, _) = try watcher()
        let (token, id) = try create()
        tested.pass(.days(2))
        try call("session.lookup", #"{"token":"\#(token)"}"#)
        try call("session.update", #"{"id":"\#(id)","data":{"a":1}}"#)
        #expect(try changes(caller) == ["updated"])
    }

    @Test("who asks for one user's is told of no others", .rule("With `userId` only that user's sessions are."))
    func user() throws {
        let (caller, _) = try watcher(#"{"userId":"bob","changes":["created"]}"#)
        for user in ["ann", "bob", "cy", "bob"] { _ = try create(user) }
        #expect(try told(caller).map { $0["params"]?["userId"]?.string } == ["bob", "bob"])
    }

    @Test(
        "nothing is told before it is on the disk, and nothing that was taken back but to begin again",
        .rule("A change is told when it is as durable as its acknowledgement")
    )
    func durable() throws {
        let (caller, _) = try watcher(Self.all)
        tested.isDiskFast = false
        let writer = try server.connect()
        writer.send(request("session.create", #"{"userId":"ann"}"#) + "\n")
        server.serve()
        #expect(try told(caller).isEmpty)
        server.work()
        server.serve()
        #expect(try changes(caller) == ["created"])
        writer.send(request("session.create", #"{"userId":"bob"}"#) + "\n")
        server.serve()
        server.work(failingWith: SystemError("sync journal-1", code: EIO))
        server.serve()
        #expect(try changes(caller) == ["created", "session.resync"])
        #expect(tested.service.store.sessionCount == 1)
    }

    @Test("who wants few of many changes is told of them in several turns, and those who missed them go on behind")
    func fewOfMany() {
        var random = SplitMix64(seed: 1)
        var ring = ChangeRing(capacity: 5000, since: 0)
        func happen(_ sequence: UInt64, to user: String) {
            let id = SessionID(using: &random)
            ring.append(
                SessionEvent(sequence: sequence, kind: .updated, id: id, user: Array(user.utf8), at: .start)
            )
        }
        for sequence in 1..<UInt64(5000) { happen(sequence, to: "bob") }
        happen(5000, to: "ann")
        var watcher = Watcher(kinds: .unasked, user: Array("ann".utf8), position: 0)
        var output = ByteBuffer()
        var turns = 0
        while output.isEmpty, turns < 100 {
            let before = watcher.position
            watcher.tell(from: ring, upTo: 5000, epoch: "e", limit: 1 << 14, to: &output)
            #expect(watcher.position - before <= Watcher.longestLook)
            turns += 1
        }
        #expect(turns == (5000 + Watcher.longestLook - 1) / Watcher.longestLook)
        #expect(watcher.position == ring.end)

        happen(5001, to: "ann")
        var late = Watcher(kinds: .unasked, user: nil, position: 0)
        output.truncate(to: 0)
        // Of the last change it may not be told yet.
        late.tell(from: ring, upTo: 5000, epoch: "e", limit: 1 << 14, to: &output)
        #expect(late.position == ring.end - 1)
        late.tell(from: ring, upTo: 5001, epoch: "e", limit: 1 << 14, to: &output)
        #expect(late.position == ring.end)
        let span = output.bytes
        let lines = String(decoding: span.indices.map { span[$0] }, as: UTF8.self).split(separator: "\n")
        #expect(lines.map { $0.contains("session.resync") } == [true, false])
    }
}
