// The indexes at a size at which they have grown many times: nothing is lost, nothing is left behind, and every byte is
// accounted for.

import TestSupport
import Testing

@testable import Sessions

@Suite("Indexes")
struct IndexTests {
    @Test("of 200,000 sessions half are removed: the others are found, and the removed are not")
    func growth() {
        let seed = SplitMix64.seedOfThisRun
        print("IndexTests: SESSIOND_SEED=\(seed)")
        var generator = SplitMix64(seed: seed)
        var store = SessionStore(policy: Policy(), now: .start)
        var sessions: [Session] = []
        var bytes = 0
        for number in 0..<200_000 {
            let session = Session.sample(
                id: SessionID(using: &generator),
                token: .random(using: &generator),
                user: UserID(named: "user \(Int.random(in: 0..<50_000, using: &generator))"),
                data: #"{"n":\#(number)}"#
            )
            bytes += session.payloadBytes
            sessions.append(session)
            store.apply(.created(session), sequence: UInt64(number + 1))
        }
        #expect(store.sessionCount == 200_000)
        #expect(store.payloadBytes == bytes)

        sessions.shuffle(using: &generator)
        let (removed, left) = (sessions.prefix(100_000), sessions.dropFirst(100_000))
        for session in removed {
            bytes -= session.payloadBytes
            store.apply(.expired(session.id), sequence: store.sequence + 1)
        }
        let lost = left.count { session in
            store.presence(of: session.tokenHash, now: .start) != store.presence(of: session.id, now: .start)
                || store.absence(of: session.id) != nil || store.data(of: session.id) != session.data
        }
        let leftBehind = removed.count { session in
            store.absence(of: session.id) != .unknown
                || store.presence(of: session.tokenHash, now: .start) != .absent(.unknown)
        }
        #expect(lost == 0, "seed \(seed)")
        #expect(leftBehind == 0, "seed \(seed)")
        #expect(store.sessionCount == 100_000, "seed \(seed)")
        #expect(store.payloadBytes == bytes, "seed \(seed)")
        #expect(store.userCount == Set(left.map(\.userID)).count, "seed \(seed)")

        for session in left { store.apply(.expired(session.id), sequence: store.sequence + 1) }
        #expect(store.sessionCount == 0)
        #expect(store.userCount == 0)
        #expect(store.payloadBytes == 0)
    }

    @Test("each of many users has their own sessions, newest first, after others of theirs went")
    func users() {
        let seed = SplitMix64.seedOfThisRun
        var generator = SplitMix64(seed: seed)
        var store = SessionStore(policy: Policy(), now: .start)
        var sessions: [UserID: [Session]] = [:]
        for number in 0..<20_000 {
            let session = Session.sample(
                id: SessionID(using: &generator),
                token: .random(using: &generator),
                user: UserID(named: "user \(Int.random(in: 0..<5000, using: &generator))"),
                start: Instant.start.plus(Int64(number))
            )
            store.apply(.created(session), sequence: UInt64(number + 1))
            sessions[session.userID!, default: []].insert(session, at: 0)
        }
        for session in sessions.values.joined() where Bool.random(using: &generator) {
            store.apply(.expired(session.id), sequence: store.sequence + 1)
            sessions[session.userID!]?.removeAll { $0.id == session.id }
        }
        let wrong = sessions.count { user, sessions in
            let slots = store.sessions(of: user, now: .start)
            return slots.map { store.copy(of: $0) } != sessions || store.sessionCount(of: user) != sessions.count
        }
        #expect(wrong == 0, "seed \(seed)")
        #expect(store.userCount == sessions.values.count { !$0.isEmpty }, "seed \(seed)")
    }

    @Test("ids and tokens that fall into one bucket are told apart")
    func sameBucket() {
        let scenario = Scenario()
        // The low half of an id is its hash, the first word of a token's.
        let sessions = (0..<100)
            .map { number in
                Session.sample(
                    id: SessionID(high: UInt64(number), low: 7),
                    token: TokenHash(words: .init(a: 7, b: 0, c: 0, d: UInt64(number))),
                    user: UserID(named: "user \(number)")
                )
            }
        for session in sessions { scenario.commit(.created(session)) }
        for session in sessions where session.id.high % 3 == 0 { scenario.commit(.expired(session.id)) }
        for session in sessions {
            let expected = session.id.high % 3 == 0 ? nil : session
            #expect(scenario.session(session.id) == expected)
            #expect(scenario.session(session.tokenHash) == expected)
        }
    }
}

extension Session {
    fileprivate var payloadBytes: Int { (userID?.bytes.count ?? 0) + ip.count + userAgent.count + data.count }
}

extension SessionStore {
    fileprivate func absence(of id: SessionID) -> Absence? {
        guard case .absent(let absence) = presence(of: id, now: .start) else { return nil }
        return absence
    }

    fileprivate func data(of id: SessionID) -> [UInt8]? {
        guard case .live(let slot) = presence(of: id, now: .start) else { return nil }
        let view = session(at: slot)
        return view.data.array
    }
}
