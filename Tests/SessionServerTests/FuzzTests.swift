// Random conversations, most of them damaged on the way. Whatever comes in, nothing crashes, what goes out is JSON-RPC
// 2.0 in at most one line for one, and afterwards the daemon serves as if nothing had been said.
//
// SESSIOND_SEED=… repeats a run.

import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Random conversations")
struct FuzzTests {
    /// The answers in what came back for one line.
    ///
    /// - Throws: When it is neither nothing nor one line of JSON.
    private func answers(in output: [UInt8]) throws -> [JSON] {
        guard let end = output.last else { return [] }
        try #require(end == UInt8(ascii: "\n") && output.count { $0 == end } == 1)
        let json = try JSON(output)
        guard case .array(let answers) = json else { return [json] }
        try #require(!answers.isEmpty)
        return answers
    }

    /// What is wrong with an answer; nil when nothing is.
    private func fault(in answer: JSON) -> String? {
        guard answer["jsonrpc"] == "2.0" else { return "no version" }
        switch answer["id"] {
        case .string, .number, .null: break
        default: return "no id"
        }
        guard answer.names.count == 3 else { return "not three members" }
        // Only `session.unwatch` has nothing to say.
        if let result = answer["result"] {
            if case .object = result { return nil }
            return "a result that is no object"
        }
        guard answer["error"]?["code"]?.integer != nil, answer["error"]?["message"]?.string != nil else {
            return "neither result nor error"
        }
        return nil
    }

    /// A session's life, from its beginning to its end.
    private func expectNormalLife(_ tested: ServiceUnderTest) throws {
        let (token, id) = try tested.createNamed(#"{"userId":"afterwards","data":{"a":1},"ttl":60000}"#)
        #expect(try tested.lookup(token)["session"]?["userId"] == "afterwards")
        _ = try tested.call("session.update", #"{"id":"\#(id)","data":{"b":2},"ifVersion":1}"#)
        let listed = try tested.call("session.list", #"{"userId":"afterwards"}"#)["sessions"]
        #expect(listed?.elements.map { $0["version"] } == [2])
        #expect(try tested.call("session.revoke", #"{"token":"\#(token)"}"#)["revoked"] == 1)
        #expect(try tested.lookup(token)["reason"] == "revoked")
        #expect(try tested.refusal("session.put", #"{"token":"\#(token)","data":{}}"#).code == 410)
        tested.pass(.seconds(60))
        #expect(try tested.lookup(token)["reason"] == "unknown")
    }

    @Test("50,000 lines, whole and damaged, are each answered with at most one line of JSON-RPC")
    func conversation() throws {
        let seed = SplitMix64.seedOfThisRun
        print("fuzzed conversation: SESSIOND_SEED=\(seed)")
        var conversation = RandomConversation(seed: seed)
        let tested = ServiceUnderTest()
        tested.snapshot = .written(SnapshotSummary(path: "/s", sessions: 0, bytes: 1, took: .zero))
        var (results, errors, silences) = (0, 0, 0)
        for number in 0..<50_000 {
            let line = conversation.line()
            let answers = try answers(in: tested.bytes(line, as: conversation.role()))
            for answer in answers {
                if let fault = fault(in: answer) {
                    Issue.record("\(fault): \(String(decoding: line, as: UTF8.self)) → \(answer), seed \(seed)")
                }
                conversation.hear(answer)
                if answer["result"] != nil { results += 1 } else { errors += 1 }
            }
            if answers.isEmpty { silences += 1 }
            if number % 100 == 0 { tested.pass(Milliseconds(Int64(number % 1000))) }
            if number % 1000 == 0 { tested.sweep() }
        }
        // The conversation was neither all nonsense nor all sense.
        #expect(results > 5000 && errors > 5000 && silences > 500, "\(results), \(errors), \(silences)")
        #expect(tested.service.statistics.errors[-32603] == nil, "the daemon blamed itself, seed \(seed)")
        try expectNormalLife(tested)
        // At the end of time everything has ended, and nothing is left of it.
        tested.now = .distantFuture
        tested.sweep()
        #expect(tested.service.store.sessionCount == 0)
        #expect(tested.service.store.tombstoneCount == 0)
        #expect(tested.service.store.payloadBytes == 0)
    }

    @Test("a session that was changed as often as versions can count is still served")
    func versionOverflow() async {
        await #expect(processExitsWith: .success) {
            let tested = ServiceUnderTest()
            _ = try tested.call("session.put", #"{"token":"0123456789abcdef","userId":"ann","data":{}}"#)
            let hash = TokenHash(of: Array("0123456789abcdef".utf8).span)
            guard case .live(let slot) = tested.service.store.presence(of: hash, now: tested.now) else { return }
            var session = tested.service.store.copy(of: slot)
            session.version = .max
            tested.service.commit(.updated(session), at: tested.now)
            _ = try tested.call("session.update", #"{"token":"0123456789abcdef","data":{"a":1}}"#)
        }
    }
}
