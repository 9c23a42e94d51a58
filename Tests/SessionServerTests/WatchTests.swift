// session.watch: who asked is told of each change when it is on the disk, in order, once.

import Durability
import Glibc
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
}
