// Callers that take what they can get: their uid gets its share and no more, is told so, and nobody else notices.

import Durability
import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Callers that want more than their share")
struct ShareTests {
    let server: ConnectionsUnderTest
    private var quotas: Quotas { server.tested.service.quotas }

    init() throws {
        server = try ConnectionsUnderTest()
    }

    /// What a uid holds now.
    private func held(_ resource: Resource, _ uid: UInt32) -> Int { quotas.callers.accounts[uid]?.held[resource] ?? 0 }

    /// Expects that a caller who was there all the time is answered.
    private func expectService(of caller: CallerUnderTest, _ id: Int = 99) throws {
        caller.send(ping(id))
        server.serve()
        #expect(try caller.answeredIDs().last == Int64(id))
    }

    @Test("connections are held by their uid until they go")
    func connections() throws {
        let callers = try (0..<5).map { try server.connect(uid: $0 < 2 ? 7 : 8) }
        #expect(held(.connections, 7) == 2)
        #expect(held(.connections, 8) == 3)
        for caller in callers { caller.close() }
        server.serve()
        #expect(quotas.callers.accounts.isEmpty)
        #expect(quotas.callers.held == Amounts())
    }

    @Test(
        "who keeps more unfinished lines than its uid may is told so and sent away, and the others of its lines are served",
        .rule("bytes of unfinished lines and untaken answers | `maxBuffered`: 64 MiB | is closed"),
        .rule("or the caller's uid has its share of them, or of what else callers share"),
        arguments: [20_000, 100_000]
    )
    func unfinishedLines(_ length: Int) throws {
        quotas.limits.memory = 1 << 20
        let good = try server.connect(uid: 8)
        let hostile = try (0..<40).map { _ in try server.connect(uid: 7) }
        for caller in hostile {
            caller.send([UInt8](repeating: UInt8(ascii: " "), count: length))
            server.serve()
        }
        #expect(held(.memory, 7) <= 1 << 19)
        #expect(held(.memory, 7) > 1 << 17)
        let refused = try hostile.filter { try !$0.answers().isEmpty }
        #expect((1..<40).contains(refused.count))
        for caller in refused {
            #expect(caller.isClosed)
            #expect(try caller.answers().map { $0["error"]?["code"] } == [429])
        }
        #expect(server.offenders.map(\.offence) == refused.map { _ in .memory })
        #expect(server.offenders.first?.peer.userID == 7)
        try expectService(of: good)
        // Those that are in keep their places.
        let stays = try #require(hostile.first)
        try expectService(of: stays)
        for caller in hostile { caller.close() }
        server.serve()
        #expect(quotas.callers.held == Amounts(connections: 1))
    }

    @Test(
        "who takes no answers is disconnected when its uid has its share of memory",
        .rule("also without the error when it takes no answers")
    )
    func untakenAnswers() throws {
        quotas.limits.memory = 1 << 20
        let data = #"{"x":"\#(String(repeating: "x", count: 60_000))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let good = try server.connect(uid: 8)
        let hostile = try (0..<20).map { _ in try server.connect(uid: 7) }
        for caller in hostile {
            let lookup = request("session.lookup", #"{"token":"0123456789abcdef"}"#) + "\n"
            caller.send(String(repeating: lookup, count: 5))
            server.serve()
        }
        #expect(held(.memory, 7) <= 1 << 19)
        #expect(server.set.count < 21)
        #expect(server.offenders.count == 21 - server.set.count)
        #expect(Set(server.offenders.map(\.offence)) == [.memory])
        try expectService(of: good)
        for caller in hostile { caller.receive() }
        #expect(hostile.filter(\.isClosed).count == server.offenders.count)
        for caller in hostile { caller.close() }
        server.serve()
        #expect(quotas.callers.held == Amounts(connections: 1))
    }

    @Test(
        "a watcher more than the share is refused, watching again is not, and what is ended is given back",
        .rule("watchers | `maxWatchers`: 1024 | does not watch")
    )
    func watchers() throws {
        quotas.limits.watchers = 4
        let (first, _) = try server.watcher()
        let (second, _) = try server.watcher()
        let third = try server.connect(.reader)
        third.send(request("session.watch") + "\n")
        server.serve()
        let error = try #require(try third.answers().first?["error"])
        #expect(error["code"] == 429)
        #expect(error["data"]?["hint"] != nil)
        #expect(server.offenders.map(\.offence) == [.watchers])
        first.send(request("session.watch", id: "2") + "\n")
        server.serve()
        #expect(try first.answers().last?["result"] != nil)
        second.send(request("session.unwatch", id: "2") + "\n")
        server.serve()
        third.send(request("session.watch", id: "2") + "\n")
        server.serve()
        #expect(try third.answers().last?["result"] != nil)
        #expect(held(.watchers, Peer.tester.userID) == 2)
        third.close()
        server.serve()
        #expect(held(.watchers, Peer.tester.userID) == 1)
    }

    @Test(
        "a change for which its uid may not wait as well is refused and not made, while others write",
        .rule("answers that wait for the disk | `maxWaiting`: 8192 | changes nothing")
    )
    func waiting() throws {
        quotas.limits.waiting = 12
        server.tested.isDiskFast = false
        let good = try server.connect(uid: 8)
        let hostile = try (0..<20).map { _ in try server.connect(uid: 7) }
        for caller in hostile {
            caller.send(request("session.create", #"{"userId":"ann"}"#) + "\n")
            server.serve()
        }
        // Beside one other it may have a third.
        #expect(held(.waiting, 7) == 4)
        let refused = try hostile.filter { try !$0.answers().isEmpty }
        #expect(refused.count == 16)
        for caller in refused { #expect(try caller.answers().map { $0["error"]?["code"] } == [429]) }
        #expect(server.tested.service.store.sessionCount == 4)
        #expect(Set(server.offenders.map(\.offence)) == [.waiting])
        good.send(request("session.create", #"{"userId":"bob"}"#) + "\n")
        server.serve()
        for _ in 0..<3 { server.work() }
        server.serve()
        #expect(try good.answers().first?["result"] != nil)
        #expect(held(.waiting, 7) == 0)
        #expect(server.tested.service.store.sessionCount == 5)
    }

    @Test(
        "changes as notifications leave room in the journal for those who wait",
        .rule("Changes that are sent as notifications, for which nobody waits"),
        .rule("are taken while less than 16 MiB wait for the disk.")
    )
    func notifications() throws {
        server.tested.isDiskFast = false
        let text = String(repeating: "x", count: 60_000)
        var number = 0
        // Each time other data: what is there already would only be touched.
        var hasty: [UInt8] {
            number += 1
            let params = #"{"token":"0123456789abcdef","data":{"x":"\#(text)","number":\#(number)}}"#
            return Array(#"{"jsonrpc":"2.0","method":"session.put","params":\#(params)}"#.utf8)
        }
        let tested = server.tested
        #expect(tested.bytes(hasty).isEmpty)
        tested.service.journal.commitAll()
        var taken = 0
        while server.offenders.isEmpty {
            taken += 1
            try #require(taken < 1000)
            #expect(tested.bytes(hasty).isEmpty)
        }
        #expect((250...300).contains(taken))
        // What nobody waits for can as well be made later.
        tested.pass(.seconds(2 * 86_400))
        #expect(try tested.lookup("0123456789abcdef")["touched"] == false)
        #expect(server.offenders.map(\.offence) == [.waiting])
        let sequence = tested.sequence
        #expect(tested.bytes(hasty).isEmpty)
        #expect(tested.sequence == sequence)
        let good = try server.connect(uid: 8)
        good.send(request("session.create", #"{"userId":"bob"}"#) + "\n")
        server.serve()
        for _ in 0..<3 { server.work() }
        #expect(try good.answers().first?["result"] != nil)
        #expect(try tested.lookup("0123456789abcdef")["touched"] == true)
        #expect(tested.bytes(hasty).isEmpty)
        #expect(tested.sequence > sequence + 2)
    }

    @Test("a revocation is made however many answers wait", .rule("a revocation always goes through"))
    func revocation() throws {
        let token = try server.tested.create().token
        quotas.limits.waiting = 2
        server.tested.isDiskFast = false
        let (writer, revoker) = (try server.connect(), try server.connect())
        writer.send(request("session.create", #"{"userId":"bob"}"#) + "\n")
        server.serve()
        revoker.send(request("session.create", #"{"userId":"bob"}"#) + "\n")
        revoker.send(request("session.revoke", #"{"token":"\#(token)"}"#, id: "2") + "\n")
        server.serve()
        for _ in 0..<3 { server.work() }
        server.serve()
        #expect(try revoker.answers().first?["error"]?["code"] == 429)
        #expect(try revoker.answers().last?["result"]?["revoked"] == 1)
    }

    @Test(
        "the administrator's socket is no part of it",
        .rule("The administrator's socket has a reserve beside all this, which nobody else can take"),
        .rule("32 connections, 16 MiB, 32 watchers and 4096 answers that wait.")
    )
    func administrator() throws {
        let reserve = QuotaLimits.administrators
        #expect(reserve == Amounts(connections: 32, memory: 16 << 20, watchers: 32, waiting: 4096))
        quotas.limits = QuotaLimits(connections: 0, memory: 1, watchers: 0, waiting: 0)
        server.tested.isDiskFast = false
        let administrator = try server.connect(.administrator, uid: 0)
        administrator.send(request("session.watch") + "\n" + request("session.create", #"{"userId":"ann"}"#))
        server.serve()
        administrator.send("\n")
        server.serve()
        server.work()
        server.serve()
        #expect(try administrator.answers().filter { $0["result"] != nil }.count == 2)
        #expect(server.offenders.isEmpty)
        #expect(quotas.administrators.held.watchers == 1)
    }

    @Test("what each uid holds is shown", .rule(table: "what | how much"))
    func figures() throws {
        let limits = QuotaLimits()
        #expect(limits.connections == 4096 && limits.memory == 64 << 20)
        #expect(limits.watchers == 1024 && limits.waiting == 8192)
        let callers = [
            try server.connect(uid: 7), try server.connect(uid: 8), try server.connect(.administrator, uid: 8),
        ]
        callers[0].send(String(repeating: " ", count: 9000))
        server.serve()
        let uids = try server.tested.call("server.stats")["uids"]
        #expect(uids?["connections"]?["7"] == 1)
        #expect(uids?["connections"]?["8"] == 2)
        #expect((uids?["memory"]?["7"]?.integer ?? 0) >= 9000)
        #expect(uids?["memory"]?["8"] == 0)
    }
}
