// session.watch: who asked is told of each change when it is on the disk, in order, once, and of everything or that
// something is missing.

import Durability
import Glibc
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.watch")
struct WatchTests {
    let server: ConnectionsUnderTest
    var tested: ServiceUnderTest { server.tested }

    init() throws { server = try ConnectionsUnderTest(watchHistory: 100) }

    private func watcher(_ params: String = "{}", as role: Role = .reader) throws -> (CallerUnderTest, JSON) {
        try server.watcher(params, as: role)
    }

    @discardableResult
    private func call(_ method: String, _ params: String) throws -> JSON { try server.call(method, params) }

    private func create(_ user: String = "ann") throws -> (token: String, id: String) { try server.create(user) }

    private func told(_ caller: CallerUnderTest) throws -> [JSON] { try caller.told() }

    private func changes(_ caller: CallerUnderTest) throws -> [String] { try caller.changes() }

    private static let all = ConnectionsUnderTest.everyKind

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

    @Test("a revocation is told with its number, session, user, instant and cause")
    func revoked() throws {
        let (_, id) = try create()
        let (caller, _) = try watcher()
        tested.pass(.seconds(1))
        try call("session.revoke", #"{"id":"\#(id)","cause":"logout"}"#)
        let notification = try #require(try told(caller).first)
        #expect(notification.names == ["jsonrpc", "method", "params"])
        #expect(notification["method"] == "session.changed")
        let params = try #require(notification["params"])
        #expect(params["seq"] == 2)
        #expect(params["change"] == "revoked")
        #expect(params["id"]?.string == id)
        #expect(params["userId"] == "ann")
        #expect(params["at"] == 1_700_000_001_000)
        #expect(params["cause"] == "logout")
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

    @Test("ending all of a user's sessions tells of each, under one number")
    func ofUser() throws {
        let ids = try (0..<3).map { _ in try create().id }
        let (caller, _) = try watcher()
        try call("session.revoke", #"{"userId":"ann"}"#)
        let told = try told(caller).compactMap { $0["params"] }
        #expect(Set(told.compactMap { $0["id"]?.string }) == Set(ids))
        #expect(Set(told.compactMap { $0["seq"]?.integer }) == [4])
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

    @Test(
        "a watcher that takes nothing is told once that it has missed something, and goes on from there",
        .rule("A watcher that does not take what it is told costs nothing but the time until that is dropped."),
        .rule("Then it gets one line `{jsonrpc:2.0,method:session.resync,params:{epoch:…,seq:…}}` in its place"),
        .rule("in its place, which means the same")
    )
    func slow() throws {
        let (caller, answer) = try watcher(Self.all)
        // Fill what the socket and the daemon hold for it.
        let large = try tested.create(#"{"userId":"x","data":{"x":"\#(String(repeating: "x", count: 60_000))"}}"#).token
        for id in 0..<60 { caller.send(request("session.lookup", #"{"token":"\#(large)"}"#, id: "\(id)") + "\n") }
        server.serve()
        for _ in 0..<300 { _ = try tested.create() }
        server.serve()
        for _ in 0..<300 {
            caller.receive()
            server.serve()
        }
        let events = try changes(caller)
        #expect(events.filter { $0 == "session.resync" }.count == 1)
        let resync = try #require(try told(caller).last { $0["method"] == "session.resync" })
        #expect(resync["params"]?["epoch"] == answer["epoch"])
        let seq = try #require(resync["params"]?["seq"]?.integer)
        _ = try create()
        let last = try #require(try told(caller).last?["params"])
        #expect(last["change"] == "created")
        #expect((last["seq"]?.integer ?? 0) > seq)
    }

    @Test(
        "who stops watching is told nothing more, and can still ask",
        .rule("A connection that watches can go on asking"),
        .rule("Ends the watching.")
    )
    func unwatch() throws {
        let (caller, _) = try watcher(Self.all)
        caller.send(request("session.unwatch", id: "7") + "\n")
        server.serve()
        _ = try create()
        #expect(try told(caller).isEmpty)
        caller.send(ping(8))
        server.serve()
        #expect(try caller.answeredIDs() == [1, 7, 8])
        #expect(tested.service.statistics.watchers == 0)
    }

    @Test(
        "watching again replaces what was asked for before",
        .rule("Watching again replaces what was asked for before.")
    )
    func again() throws {
        let (caller, _) = try watcher(Self.all)
        caller.send(request("session.watch", #"{"changes":["revoked"]}"#, id: "2") + "\n")
        server.serve()
        let (_, id) = try create()
        try call("session.revoke", #"{"id":"\#(id)"}"#)
        #expect(try changes(caller) == ["revoked"])
        #expect(tested.service.statistics.watchers == 1)
    }

    @Test(
        "a watcher that has said that it asks nothing more goes on being told, until it goes",
        .rule("one that has closed its half is told until it goes")
    )
    func halfClosed() throws {
        let (caller, _) = try watcher(Self.all)
        caller.closeHalf()
        server.serve()
        _ = try create()
        #expect(try changes(caller) == ["created"])
        #expect(!caller.isClosed)
        caller.close()
        server.serve()
        _ = try create()
        server.serve()
        #expect(tested.service.statistics.watchers == 0)
    }

    @Test(
        "a watcher's own writes are answered before they are told",
        .rule("as durable as its acknowledgement, and after that")
    )
    func ownWrites() throws {
        let (caller, _) = try watcher(Self.all, as: .application)
        caller.send(request("session.create", #"{"userId":"ann"}"#, id: "2") + "\n")
        server.serve()
        let lines = try caller.answers()
        #expect(lines.map { $0["id"]?.integer } == [1, 2, nil])
        #expect(lines.last?["params"]?["change"] == "created")
    }
}
