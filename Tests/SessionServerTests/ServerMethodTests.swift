// server.ping, server.info and server.snapshot: what they say, member by member.

import Durability
import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("server.ping, server.info and server.snapshot")
struct ServerMethodTests {
    @Test("a ping is answered with the time", .rule("→ `{pong, now}`"), arguments: Role.allCases)
    func ping(_ role: Role) throws {
        let tested = ServiceUnderTest()
        tested.pass(Milliseconds(123))
        let answer = tested.text(#"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"#, as: role)
        #expect(answer == #"{"jsonrpc":"2.0","id":1,"result":{"pong":true,"now":1700000000123}}"# + "\n")
    }

    @Test(
        "info says what the daemon is, what it allows and what it found at the start",
        .rule("→ version of the daemon and of the protocol, process, uptime, the caller's role"),
        .rule("the policy and limits in force, what the last start found"),
        arguments: Role.allCases
    )
    func info(_ role: Role) throws {
        let recovery = RecoveryFacts(
            snapshot: "snapshot-7",
            journals: ["journal-7", "journal-8"],
            damaged: ["snapshot-8: a \"checksum\" does not match"],
            sessions: 10,
            tombstones: 11,
            changes: 12,
            bytes: 13,
            cutBytes: 15,
            took: Milliseconds(14)
        )
        let policy = Policy(ttl: .seconds(70), lifetime: .seconds(700), freshAge: .seconds(7))
        let tested = ServiceUnderTest(policy: policy, recovery: recovery)
        tested.pass(Milliseconds(1234))
        let expected = #"""
            {"name":"sessiond","version":"1.2.3","protocol":1,"pid":42,"startedAt":1700000000000,"uptime":1234,
            "role":"\#(role.rawValue)",
            "policy":{"ttl":70000,"touchInterval":10000,"lifetime":700000,"freshAge":7000,
            "rotationGrace":10000,"maxSessionsPerUser":0,"whenFull":"evictOldest","sync":"always","snapshotInterval":300000},
            "limits":{"lineBytes":131072,"batchRequests":100,"depth":64,"dataBytes":65536,"userIdBytes":255,
            "tokenBytes":512,"connections":77,"watchHistory":100,"memoryBytes":0,
            "bufferedBytes":67108864,"watchers":1024,"waitingAnswers":8192,"uidSharePercent":50,"lineTimeout":30000},
            "recovery":{"snapshot":"snapshot-7","sessions":10,"tombstones":11,"changes":12,"bytes":13,"cutBytes":15,
            "tookMs":14,"journals":["journal-7","journal-8"],"damaged":["snapshot-8: a \"checksum\" does not match"]}}
            """#
        #expect(try tested.call("server.info", as: role) == JSON(Array(expected.utf8)))
    }

    @Test("info of a start without a snapshot says null")
    func infoOfAFirstStart() throws {
        let recovery = try ServiceUnderTest().call("server.info")["recovery"]
        #expect(recovery?["snapshot"] == .null)
        #expect(recovery?["damaged"] == .array([]))
    }

    @Test(
        "a snapshot that was taken is told with its path, and reported for the log",
        .rule("`{path, sessions, bytes, tookMs}`")
    )
    func snapshot() throws {
        let tested = ServiceUnderTest()
        let summary = SnapshotSummary(path: "/s/\"1\"", sessions: 2, bytes: 345, took: Milliseconds(6))
        tested.snapshot = .written(summary)
        let result = try tested.call("server.snapshot", as: .administrator)
        #expect(try result == JSON(Array(#"{"path":"/s/\"1\"","sessions":2,"bytes":345,"tookMs":6}"#.utf8)))
        #expect(tested.reports.count == 1)
    }

    @Test("a snapshot that could not be written is 503, with the reason and what to do")
    func failedSnapshot() throws {
        let tested = ServiceUnderTest()
        tested.snapshot = .failed(SystemError("write snapshot-9", code: 28))
        let refused = try tested.refusal("server.snapshot", as: .administrator)
        #expect(refused.code == 503)
        #expect(refused.message.contains("write snapshot-9: No space left on device"))
        #expect(refused.hint != nil)
        #expect(tested.reports.isEmpty)
    }

    @Test(
        "a snapshot that was asked for and forgotten is the daemon's own fault",
        .rule("-32603 | a fault of the daemon")
    )
    func forgottenSnapshot() throws {
        let refused = try ServiceUnderTest().refusal("server.snapshot", as: .administrator)
        #expect(refused.code == -32603)
        #expect(refused.message == "internal error: no snapshot was taken")
    }

    @Test(
        "a method of the server takes no parameters, and says so",
        .rule("None of them has parameters."),
        arguments: Method.table.map { "\($0.name)" }.filter { !$0.hasPrefix("session.") }
    )
    func noParameters(_ method: String) throws {
        let refused = try ServiceUnderTest().refusal(method, #"{"now":1}"#, as: .administrator)
        #expect(refused.code == -32602)
        #expect(refused.message == #"invalid parameters: unknown parameter "now""#)
        #expect(refused.hint == "this method takes no parameters")
    }
}
