// A connection that watches: it can go on asking, ask for something else, stop, close its half, or take nothing of what
// it is told.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Connections that watch")
struct WatchingConnectionTests: WatchersUnderTest {
    let server: ConnectionsUnderTest

    init() throws { server = try ConnectionsUnderTest(watchHistory: 100) }

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

    @Test("a hundred watchers are told some at a time, and whoever asks is answered meanwhile")
    func many() throws {
        let watchers = try (0..<100).map { _ in try watcher(Self.all).0 }
        let good = try server.connect(uid: 8)
        server.serve()
        _ = try server.tested.create()
        server.tested.work()
        var numbers: [Int] = []
        for id in 1...20 {
            good.send(ping(id))
            server.set.serveReady()
            #expect(try good.answeredIDs().count == id)
            numbers.append(try watchers.count { try !told($0).isEmpty })
        }
        #expect(numbers.first.map { (1...40).contains($0) } == true, "\(numbers)")
        #expect(numbers.last == 100, "\(numbers)")
        #expect(!server.isReady)
    }

    @Test("what becomes visible while some have yet to be told is told to those who were told before, too")
    func newsMeanwhile() throws {
        let watchers = try (0..<40).map { _ in try watcher(Self.all).0 }
        server.serve()
        var meanwhile = 0
        _ = try server.tested.create()
        server.work()
        for _ in 1...20 where server.isReady {
            server.set.serveReady()
            if try watchers.contains(where: { try !told($0).isEmpty }), meanwhile == 0 {
                meanwhile = 1
                _ = try server.tested.create()
                server.work()
            }
        }
        #expect(meanwhile == 1)
        #expect(!server.isReady)
        #expect(try watchers.map { try told($0).count } == [Int](repeating: 2, count: 40))
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
