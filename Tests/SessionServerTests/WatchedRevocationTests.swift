// Revocations as watchers are told of them: of one session or of many, also while the disk fails.

import Durability
import Glibc
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Revocations that are watched")
struct WatchedRevocationTests: WatchersUnderTest {
    let server: ConnectionsUnderTest

    init() throws { server = try ConnectionsUnderTest(watchHistory: 100) }

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
        "ending up to 64 of a user's sessions tells of each, under the revocation's own number",
        .rule("A revocation of many sessions tells of each of them: of up to 64 under its own number"),
        arguments: [3, 64]
    )
    func ofUser(count: Int) throws {
        let ids = try (0..<count).map { _ in try create().id }
        let (caller, _) = try watcher()
        try call("session.revoke", #"{"userId":"ann"}"#)
        let told = try told(caller).compactMap { $0["params"] }
        #expect(told.count == count)
        #expect(Set(told.compactMap { $0["id"]?.string }) == Set(ids))
        #expect(Set(told.compactMap { $0["seq"]?.integer }) == [Int64(count) + 1])
    }

    @Test(
        "ending more tells of each as it is carried out, under the number of the last change by then",
        .rule("of more under the number of the last change by then")
    )
    func ofMoreThanPrompt() throws {
        let ids = try (0..<65).map { _ in try create().id }
        let (caller, _) = try watcher()
        try call("session.revoke", #"{"userId":"ann"}"#)
        for records in [30, Int.max] {
            _ = try create("bob")
            var budget = records
            tested.service.carryOutRevocations(budget: &budget)
            server.set.tellWatchers()
        }
        let told = try told(caller).compactMap { $0["params"] }
        #expect(told.count == 65)
        #expect(Set(told.compactMap { $0["id"]?.string }) == Set(ids))
        #expect(told.map { $0["seq"]?.integer } == Array(repeating: 67, count: 30) + Array(repeating: 68, count: 35))
    }
}
