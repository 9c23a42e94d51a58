// What stands in the notifications that watchers get, member by member, and which changes the numbers in them count.

import Durability
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("What watchers are told")
struct WatcherToldTests {
    private static let all = #"{"changes":["created","updated","touched","rotated","revoked","expired"]}"#

    let server: ConnectionsUnderTest
    var tested: ServiceUnderTest { server.tested }

    init() throws { server = try ConnectionsUnderTest() }

    private func watcher(_ params: String = "{}") throws -> CallerUnderTest {
        let watcher = try server.connect(.reader)
        watcher.send(request("session.watch", params) + "\n")
        server.serve()
        return watcher
    }

    private func told(_ watcher: CallerUnderTest) throws -> [JSON] {
        server.tested.service.journal.commitAll()
        server.work()
        return try watcher.answers().compactMap { $0["params"] }
    }

    private func rotate(_ token: String) throws -> JSON {
        try tested.call("session.refresh", #"{"token":"\#(token)","rotate":true}"#)
    }

    @Test(
        "theft is told: the session whose replaced token came back is revoked with the cause reuse",
        .rule("the session is revoked with the cause `reuse`, and watchers are told")
    )
    func theft() throws {
        let watcher = try watcher(#"{"changes":["revoked"]}"#)
        let (token, id) = try tested.createNamed()
        _ = try rotate(token)
        tested.pass(.seconds(10))
        _ = try rotate(token)
        let told = try told(watcher)
        #expect(told.map { $0["change"] } == ["revoked"])
        #expect(told.first?["id"]?.string == id)
        #expect(told.first?["cause"] == "reuse")
    }

    @Test("only a revocation has a cause, which is null when none was given", .rule("only `revoked` has a `cause`"))
    func causes() throws {
        let watcher = try watcher(Self.all)
        let (token, id) = try tested.createNamed(#"{"userId":"ann","ttl":7000}"#)
        _ = try tested.call("session.update", #"{"id":"\#(id)","data":{"a":1}}"#)
        tested.pass(.seconds(1))
        _ = try tested.lookup(token)
        _ = try rotate(token)
        _ = try tested.call("session.revoke", #"{"id":"\#(id)"}"#)
        _ = try tested.create(#"{"userId":"ann","ttl":1000}"#)
        tested.pass(.seconds(3))
        tested.sweep()
        let told = try told(watcher)
        let kinds = ["created", "updated", "touched", "rotated", "revoked", "created", "expired"]
        #expect(told.compactMap { $0["change"]?.string } == kinds)
        for params in told {
            let cause = params["change"] == "revoked" ? ["cause"] : []
            #expect(params.names == ["seq", "change", "id", "userId", "at"] + cause)
            #expect((params["cause"] ?? .null) == .null)
        }
    }

    @Test("a session of nobody is told with a null user")
    func nobody() throws {
        let watcher = try watcher(Self.all)
        _ = try tested.call("session.put", #"{"token":"0123456789abcdef","data":{}}"#)
        #expect(try told(watcher).map { $0["userId"] } == [.null])
    }

    @Test(
        "the numbers count every change, also those that this watcher is not told of",
        .rule("`seq` is the number of the change, and grows by one with each change in the daemon, told or not.")
    )
    func numbers() throws {
        let watcher = try watcher(#"{"userId":"ann"}"#)
        let ann = try tested.createNamed(#"{"userId":"ann","ttl":7000}"#)
        let bob = try tested.createNamed(#"{"userId":"bob"}"#)
        tested.pass(.seconds(1))
        _ = try tested.lookup(ann.token)
        _ = try tested.call("session.revoke", #"{"id":"\#(bob.id)"}"#)
        _ = try tested.call("session.update", #"{"id":"\#(ann.id)","data":{"a":1}}"#)
        _ = try tested.call("session.update", #"{"id":"\#(ann.id)","data":{"a":1}}"#)
        _ = try tested.call("session.revoke", #"{"id":"\#(ann.id)"}"#)
        #expect(try told(watcher).map { $0["seq"]?.integer } == [5, 6])
    }

    @Test(
        "a kind of change that there is not is refused, and those that there are are named",
        .rule("`changes`? (an array of kinds)"),
        arguments: [#"["logout"]"#, #"["revoked","Revoked"]"#, #"[1]"#, #"["revoked",null]"#, #"[["revoked"]]"#]
    )
    func unknownKinds(_ kinds: String) throws {
        let refused = try tested.refusal("session.watch", #"{"changes":\#(kinds)}"#)
        #expect(refused.code == -32602)
        let expected = "an array of created, updated, touched, rotated, revoked, expired"
        #expect(refused.message == "invalid parameters: changes: expected \(expected)")
    }

    @Test(
        "with everysec a change is told at once, as it is acknowledged, a revocation too",
        .rule("and, with `sync = \"everysec\"`, at once")
    )
    func everysec() throws {
        let server = try ConnectionsUnderTest(sync: .everysec)
        server.tested.isDiskFast = false
        let watcher = try server.connect(.reader)
        watcher.send(request("session.watch", Self.all) + "\n")
        let writer = try server.connect()
        writer.send(request("session.create", #"{"userId":"ann"}"#) + "\n")
        server.serve()
        server.set.tellWatchers()
        #expect(try writer.answers().count == 1)
        #expect(try watcher.answers().compactMap { $0["params"]?["change"] } == ["created"])
        writer.send(request("session.revoke", #"{"userId":"ann"}"#) + "\n")
        server.serve()
        server.set.tellWatchers()
        #expect(try writer.answers().count == 1, "a revocation is acknowledged when it is on the disk")
        #expect(try watcher.answers().compactMap { $0["params"]?["change"] } == ["created", "revoked"])
    }
}
