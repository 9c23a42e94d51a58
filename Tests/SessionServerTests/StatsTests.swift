// server.stats: counters, each of which counts what its name says.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("server.stats")
struct StatsTests {
    let tested = ServiceUnderTest()

    @Test(
        "an idle daemon has counted nothing but the question",
        .rule("→ what is counted, as JSON: see the table below.")
    )
    func idle() throws {
        tested.pass(Milliseconds(5))
        let buckets = LatencyHistogram.bounds.map { #""\#($0.microseconds)":0"# }.joined(separator: ",")
        let expected = #"""
            {"now":1700000000005,"uptime":5,"version":"1.2.3",
            "store":{"sessions":0,"tombstones":0,"users":0,"payloadBytes":0,"memoryBytes":0,"sequence":0},
            "changes":{"created":0,"updated":0,"touched":0,"rotated":0,"revoked":0,"expired":0},
            "requests":{"server.stats":1},"lookupMisses":0,"errors":{},
            "watchers":0,"connections":{"open":0,"total":0,"refused":0,"bytesRead":0,"bytesWritten":0},
            "offences":{},"uids":{"connections":{},"memory":{},"watchers":{},"waiting":{}},
            "journal":{"health":"working","generation":1,"durableSequence":0,"commits":0,"bytes":0,
            "lastCommitMicroseconds":0,"failures":0},
            "snapshots":{"written":0,"failed":0,"lastAt":null,"lastBytes":null,"lastTookMs":null},
            "recovery":{"sessions":0,"tombstones":0,"changes":0,"bytes":0,"cutBytes":0,"damagedFiles":0,"tookMs":0},
            "turns":{"count":0,"sumMicroseconds":0,"buckets":{\#(buckets)}},"latency":{}}
            """#
        guard case .object(let members) = try tested.call("server.stats") else { return }
        // What the kernel says of the process is never twice the same.
        #expect(try .object(members.filter { $0.name != "process" }) == JSON(Array(expected.utf8)))
    }

    @Test("every request, error and change is counted where it belongs")
    func counts() throws {
        let (token, id) = try tested.createNamed(#"{"userId":"ann","ttl":7000}"#)
        let revoked = try tested.createNamed(#"{"userId":"bob","ttl":7000}"#)
        tested.pass(.seconds(1))
        _ = try tested.lookup(token)
        _ = try tested.lookup("x")
        _ = try tested.call("session.update", #"{"id":"\#(id)","data":{"a":1}}"#)
        _ = try tested.call("session.revoke", #"{"id":"\#(revoked.id)"}"#)
        _ = try tested.refusal("session.create", "{}")
        _ = try tested.refusal("session.create", #"{"userId":1}"#)
        _ = try tested.refusal("server.snapshot")
        _ = try tested.refusal("no.such")
        _ = tested.text("nonsense")
        // A notification counts like any request; its error is answered to nobody, and counted.
        #expect(tested.text(#"{"jsonrpc":"2.0","method":"session.create"}"#).isEmpty)
        let stats = try tested.call("server.stats")
        let requests = #"""
            {"session.lookup":2,"session.create":5,"session.update":1,"session.revoke":1,"server.stats":1,"server.snapshot":1}
            """#
        #expect(try stats["requests"] == JSON(Array(requests.utf8)))
        #expect(try stats["errors"] == JSON(Array(#"{"-32700":1,"-32602":3,"-32601":1,"403":1}"#.utf8)))
        let changes = #"{"created":2,"updated":1,"touched":1,"rotated":0,"revoked":1,"expired":0}"#
        #expect(try stats["changes"] == JSON(Array(changes.utf8)))
        #expect(stats["lookupMisses"] == 1)
        let store = try #require(stats["store"])
        #expect(store["sessions"] == 1)
        #expect(store["tombstones"] == 1)
        #expect(store["users"] == 1)
        #expect(store["sequence"] == 5)
        #expect(store["payloadBytes"] == .integer(Int64("ann".utf8.count + #"{"a":1}"#.utf8.count)))
    }

    @Test("what the sweep takes is counted as expired")
    func expired() throws {
        _ = try tested.create(#"{"userId":"ann","ttl":1000}"#)
        tested.pass(.seconds(3))
        tested.sweep()
        let stats = try tested.call("server.stats")
        #expect(stats["changes"]?["expired"] == 1)
        #expect(stats["store"]?["sessions"] == 0)
        #expect(stats["store"]?["payloadBytes"] == 0)
    }

    @Test("the last snapshot is shown")
    func snapshots() throws {
        let summary = SnapshotSummary(path: "/s/1", sessions: 2, bytes: 345, took: Milliseconds(6))
        tested.service.statistics.lastSnapshot = summary
        tested.service.statistics.lastSnapshotAt = .start
        tested.service.statistics.snapshotsWritten = 1
        let expected = #"{"written":1,"failed":0,"lastAt":1700000000000,"lastBytes":345,"lastTookMs":6}"#
        #expect(try tested.call("server.stats")["snapshots"] == JSON(Array(expected.utf8)))
    }
}
