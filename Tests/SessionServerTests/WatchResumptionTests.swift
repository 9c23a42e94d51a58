// Who comes back to watch after an interruption is told what it missed, or that something is missing.

import TestSupport
import Testing

@testable import SessionServer

@Suite("Watching after an interruption")
struct WatchResumptionTests: WatchersUnderTest {
    let server: ConnectionsUnderTest

    init() throws { server = try ConnectionsUnderTest(watchHistory: 100) }

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
        .rule("it may be told again of a revocation of many.")
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
        .rule("When that is not held any more, `resync` is true: forget whatever is cached, and go on."),
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
