// Histories and who may go on in them: a failure of the journal begins another one, and a restart goes on from the last.

import Glibc
import Sessions
import TestSupport
import Testing

@testable import Durability
@testable import SessionServer

@Suite("Epochs")
struct EpochTests {
    private let server: ConnectionsUnderTest
    private var tested: ServiceUnderTest { server.tested }

    init() throws { server = try ConnectionsUnderTest() }

    @Test(
        "when the journal fails everyone has to begin again in another epoch, and is told of revocations at once",
        .rule("All watchers get one when the journal fails."),
        .rule("come back with this epoch."),
        .rule("when the journal has failed since"),
        .rule("a revocation also while the disk fails")
    )
    func sick() throws {
        let (_, first) = try server.create()
        let (_, second) = try server.create()
        let (caller, began) = try server.watcher()
        tested.isDiskFast = false
        let writer = try server.connect()
        writer.send(request("session.revoke", #"{"id":"\#(first)"}"#) + "\n")
        server.serve()
        server.work(failingWith: SystemError("sync journal-1", code: EIO))
        #expect(try caller.changes() == ["session.resync"])
        let epoch = try #require(try caller.told().first?["params"]?["epoch"]?.string)
        #expect(try caller.told().first?["params"]?["seq"]?.integer == Int64(tested.sequence))
        #expect(epoch != began["epoch"]?.string)
        writer.send(request("session.revoke", #"{"id":"\#(second)"}"#) + "\n")
        server.serve()
        #expect(try caller.changes() == ["session.resync", "revoked"])
        #expect(try caller.told().last?["params"]?["id"]?.string == second)
        // What was told before the failure may not be what a later start finds.
        for (name, resync) in [(epoch, false), (try #require(began["epoch"]?.string), true)] {
            let again = try server.watcher(#"{"since":\#(tested.sequence),"epoch":"\#(name)"}"#).1
            #expect(again["resync"] == .flag(resync))
            #expect(again["epoch"]?.string == epoch)
        }
    }

    @Test("the journal that mends a failure belongs to the epoch that began with it, and watchers just go on")
    func mended() throws {
        let before = tested.service.journal.epoch
        let (_, id) = try server.create()
        let (caller, _) = try server.watcher()
        tested.isDiskFast = false
        let writer = try server.connect()
        writer.send(request("session.update", #"{"id":"\#(id)","data":{"a":1}}"#) + "\n")
        server.serve()
        server.work(failingWith: SystemError("sync journal-1", code: EIO))
        let epoch = tested.service.journal.epoch
        #expect(epoch != before)
        tested.takeSnapshot()
        tested.isDiskFast = true
        #expect(tested.service.journal.health == .working)
        #expect(tested.epochs == [before, epoch])
        try server.call("session.revoke", #"{"id":"\#(id)"}"#)
        #expect(try caller.changes() == ["session.resync", "revoked"])
    }

    @Test("under everysec a failure of the journal leaves nobody with a gap, either")
    func sickEverySecond() throws {
        let server = try ConnectionsUnderTest(sync: .everysec)
        let tested = server.tested
        let caller = try server.watcher(ConnectionsUnderTest.everyKind).0
        tested.isDiskFast = false
        for _ in 0..<3 { _ = try tested.create() }
        server.serve()
        tested.service.journal.commitAll()
        server.work(failingWith: SystemError("sync journal-1", code: EIO))
        #expect(tested.service.store.sessionCount == 3)
        tested.takeSnapshot()
        _ = try tested.create()
        server.serve()
        #expect(
            try caller.changes() == ["created", "created", "created", "session.resync", "created"]
        )
    }

    /// A daemon that goes on from another one, in which seven changes were made and watchers told of.
    private func restarted(watchHistory: Int = 100) throws -> (ConnectionsUnderTest, since: (UInt64) -> String) {
        let epoch = tested.service.journal.epoch
        var generator = SystemRandom()
        let id = SessionID(using: &generator)
        let events = (3...7 as ClosedRange<UInt64>)
            .map { sequence in
                SessionEvent(sequence: sequence, kind: .created, id: id, user: Array("ann".utf8), at: .start)
            }
        let past = Past(since: 2, events: events, ancestors: [Past.Ancestor(epoch: epoch, end: 6)])
        let server = try ConnectionsUnderTest(watchHistory: watchHistory, past: past)
        return (server, { #"{"since":\#($0),"epoch":"\#(epoch.text)","changes":["created"]}"# })
    }

    @Test(
        "who was told before a restart goes on with what followed, in the new epoch",
        .rule("the `epoch` in the answer is then another one, to come back with the next time"),
        .rule("before anything else, with the numbers that follow this one")
    )
    func goesOn() throws {
        let (server, since) = try restarted()
        let (caller, answer) = try server.watcher(since(5))
        #expect(answer["resync"] == false)
        #expect(answer["seq"] == 7)
        #expect(answer["epoch"]?.string == server.tested.service.journal.epoch.text)
        _ = try server.create()
        #expect(try caller.told().map { $0["params"]?["seq"]?.integer } == [6, 7, 8])
        for number in 0...9 as ClosedRange<UInt64> {
            // Change 2 may have been told in part, and change 7 was another one there.
            #expect(try server.watcher(since(number)).1["resync"] == .flag(!(3...6).contains(number)))
        }
    }

    @Test(
        "what the ring has no room for has to be begun again",
        .rule("and has at most as many changes as `watchHistory`")
    )
    func noRoom() throws {
        let (server, since) = try restarted(watchHistory: 2)
        #expect(try server.watcher(since(4)).1["resync"] == true)
        let (caller, answer) = try server.watcher(since(6))
        #expect(answer["resync"] == false)
        #expect(try caller.told().count == 1)
    }

    @Test("where nothing is kept, watchers are still told, or that they have to begin again")
    func nothingKept() throws {
        let server = try ConnectionsUnderTest(watchHistory: 0)
        let (caller, _) = try server.watcher(ConnectionsUnderTest.everyKind)
        _ = try server.create()
        #expect(try caller.changes() == ["created"])
        for _ in 0..<2 { _ = try server.tested.create() }
        server.serve()
        server.set.tellWatchers()
        #expect(try caller.changes() == ["created", "session.resync"])
    }

    @Test(
        "watchers have a minute to come back; when one has, the others have longer",
        .rule("and when it comes back later than a minute after the start and no other watcher came before"),
        arguments: [false, true]
    )
    func minute(isWatched: Bool) throws {
        let (server, since) = try restarted()
        if isWatched { _ = try server.watcher() }
        server.tested.pass(.seconds(59))
        server.tested.service.giveUpReturning(now: server.tested.now)
        #expect(server.tested.service.isNoting)
        server.tested.pass(.seconds(1))
        server.tested.service.giveUpReturning(now: server.tested.now)
        #expect(server.tested.service.isNoting == isWatched)
        let (caller, answer) = try server.watcher(since(6))
        #expect(answer["resync"] == .flag(!isWatched))
        _ = try server.create()
        #expect(try caller.told().map { $0["params"]?["seq"]?.integer } == (isWatched ? [7, 8] : [8]))
    }

    @Test("a failure of the journal ends what was there before a restart, too")
    func failure() throws {
        let (server, since) = try restarted()
        server.tested.isDiskFast = false
        let writer = try server.connect()
        writer.send(request("session.create", #"{"userId":"ann"}"#) + "\n")
        server.serve()
        server.work(failingWith: SystemError("sync journal-1", code: EIO))
        #expect(try server.watcher(since(6)).1["resync"] == true)
    }
}
