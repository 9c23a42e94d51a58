// session.watch: who asked is told of each change when it is on the disk, in order, once, and of everything or that
// something is missing.

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

    @Test("ending very many tells of each as it is carried out, and who comes back amid that misses none")
    func ofMany() throws {
        let ids = try Set((0..<70).map { _ in try create().id })
        let (caller, began) = try watcher()
        #expect(try call("session.revoke", #"{"userId":"ann","cause":"many"}"#)["revoked"] == 70)
        #expect(try changes(caller).isEmpty)
        _ = try create("bob")
        func carryOut(_ records: Int) {
            var budget = records
            tested.service.carryOutRevocations(budget: &budget)
            server.set.tellWatchers()
        }
        carryOut(30)
        let first = try told(caller)
        #expect(first.count == 30)
        caller.close()
        carryOut(.max)
        let since = try #require(first.last?["params"]?["seq"]?.integer)
        let epoch = try #require(began["epoch"]?.string)
        let (other, resumed) = try watcher(#"{"since":\#(since),"epoch":"\#(epoch)"}"#)
        server.serve()
        #expect(resumed["resync"] == false)
        let told = try first + told(other)
        #expect(Set(told.compactMap { $0["params"]?["id"]?.string }) == ids)
        #expect(told.allSatisfy { $0["params"]?["change"] == "revoked" && $0["params"]?["cause"] == "many" })
        // It was told of the last change before the rest came.
        let (last, _) = try watcher(#"{"since":\#(tested.sequence),"epoch":"\#(epoch)"}"#)
        server.serve()
        #expect(try Set(self.told(last).compactMap { $0["params"]?["id"]?.string }) == ids)
    }

    @Test(
        "who comes back with its epoch and number gets what it missed, and no more",
        .rule("Who comes back after an interruption with the `epoch` and the last `seq`"),
        .rule("that it has seen is told what it missed")
    )
    func resumes() throws {
        let (first, answer) = try watcher(Self.all)
        let epoch = try #require(answer["epoch"]?.string)
        for _ in 0..<3 { _ = try create() }
        let seen = try #require(try told(first)[1]["params"]?["seq"]?.integer)
        first.close()
        server.serve()
        #expect(tested.service.statistics.watchers == 0)
        _ = try create()
        let resumed = #"{"since":\#(seen),"epoch":"\#(epoch)","changes":["created"]}"#
        let (second, again) = try watcher(resumed)
        #expect(again["resync"] == false)
        #expect(try told(second).map { $0["params"]?["seq"]?.integer } == [3, 4])
        _ = try create()
        #expect(try told(second).map { $0["params"]?["seq"]?.integer } == [3, 4, 5])
    }

    @Test(
        "who was interrupted amid the events of one change gets them again",
        .rule("It may be told again of a revocation of many that it was interrupted in.")
    )
    func resumesAmidGroup() throws {
        for _ in 0..<3 { _ = try create() }
        let epoch = try #require(try watcher().1["epoch"]?.string)
        try call("session.revoke", #"{"userId":"ann"}"#)
        let (caller, _) = try watcher(#"{"since":4,"epoch":"\#(epoch)"}"#)
        #expect(try changes(caller) == ["revoked", "revoked", "revoked"])
    }

    @Test(
        "who comes with another epoch, a number of the future, or one that is gone has to begin again",
        arguments: ["other", "future", "gone"]
    )
    func resync(_ kind: String) throws {
        let server = try ConnectionsUnderTest(watchHistory: 2)
        let caller = try server.connect()
        caller.send(request("session.watch") + "\n")
        server.serve()
        let epoch = try #require(try caller.answers().first?["result"]?["epoch"]?.string)
        for _ in 0..<5 {
            caller.send(request("session.create", #"{"userId":"ann"}"#) + "\n")
            server.serve()
        }
        let params =
            switch kind {
            case "other": #"{"since":5,"epoch":"x"}"#
            case "future": #"{"since":6,"epoch":"\#(epoch)"}"#
            default: #"{"since":2,"epoch":"\#(epoch)"}"#
            }
        let again = try server.connect()
        again.send(request("session.watch", params) + "\n")
        server.serve()
        #expect(try again.answers().count == 1)
        #expect(try again.answers().first?["result"]?["resync"] == true)
        #expect(try again.answers().first?["result"]?["seq"] == 5)
    }

    @Test("since without epoch is refused, and epoch without since", .rule("`since`? with `epoch`?"))
    func together() throws {
        #expect(try tested.refusal("session.watch", #"{"since":1}"#).code == -32602)
        #expect(try tested.refusal("session.watch", #"{"epoch":"x"}"#).code == -32602)
    }
}
