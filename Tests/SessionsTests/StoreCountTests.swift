// What the store says of its size: every count is exact at each step, and is back at zero when all is gone. Quotas and
// the memory limit rest on these numbers.

import Testing

@testable import Sessions

@Suite("Store: counting")
struct StoreCountTests {
    private let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .zero))

    @Test("an empty store counts nothing")
    func empty() {
        expectCounts(sessions: 0, tombstones: 0, users: 0, bytes: 0)
        #expect(scenario.store.sequence == 0)
        #expect(scenario.store.sessionCount(of: .ann) == 0)
    }

    @Test("each session, tombstone and user counts once")
    func counts() throws {
        let first = scenario.create(user: .ann)
        expectCounts(sessions: 1, tombstones: 0, users: 1, bytes: 5)
        scenario.create(user: .ann)
        expectCounts(sessions: 2, tombstones: 0, users: 1, bytes: 10)
        scenario.create(user: .bob)
        expectCounts(sessions: 3, tombstones: 0, users: 2, bytes: 15)
        scenario.create(user: nil)
        expectCounts(sessions: 4, tombstones: 0, users: 2, bytes: 17)
        #expect(scenario.store.sessionCount(of: .ann) == 2)
        try scenario.revoke(first)
        expectCounts(sessions: 3, tombstones: 1, users: 2, bytes: 12)
        #expect(scenario.store.sessionCount(of: .ann) == 1)
        scenario.revoke(.user(.ann, except: nil))
        expectCounts(sessions: 2, tombstones: 2, users: 1, bytes: 7)
        #expect(scenario.store.sessionCount(of: .ann) == 0)
    }

    @Test("payload bytes are those of user id, address, user agent and data, and of a tombstone's cause")
    func payloadBytes() throws {
        let token = scenario.create(user: .ann, data: #"{"a":1}"#, ip: "::1", userAgent: "curl")
        #expect(scenario.store.payloadBytes == 3 + 7 + 3 + 4)
        try scenario.update(token, data: #"{"a":"longer"}"#)
        #expect(scenario.store.payloadBytes == 3 + 14 + 3 + 4)
        try scenario.refresh(token, data: "{}")
        #expect(scenario.store.payloadBytes == 3 + 2 + 3 + 4)
        try scenario.put(token, user: UserID(named: "somebody"))
        #expect(scenario.store.payloadBytes == 8 + 2 + 3 + 4)
        try scenario.revoke(token, cause: "logout")
        #expect(scenario.store.payloadBytes == 6)
        scenario.pass(.seconds(60))
        scenario.sweep()
        #expect(scenario.store.payloadBytes == 0)
    }

    @Test("memory is that of the records with their places in the indexes, and of the blocks of what varies in length")
    func memoryBytes() throws {
        let record = 136 + 16
        #expect(scenario.store.memoryBytes == 0)
        // Four bytes more for the owner, in units of eight.
        let token = scenario.create(user: .ann)
        #expect(scenario.store.memoryBytes == record + 16)
        scenario.create(user: nil, data: #"{"a":"0123456789"}"#)
        #expect(scenario.store.memoryBytes == 2 * record + 16 + 24)
        // What is larger than 2 KiB is an allocation of its own.
        try scenario.update(token, data: #"{"a":"\#(String(repeating: "a", count: 5000))"}"#)
        #expect(scenario.store.memoryBytes == 2 * record + 5024 + 24)
        try scenario.revoke(token)
        #expect(scenario.store.memoryBytes == 2 * record + 24)
        scenario.pass(.seconds(60))
        scenario.sweep()
        #expect(scenario.store.memoryBytes == 0)
    }

    @Test("a session with everything at its limit is kept whole")
    func limits() throws {
        let token = scenario.create(
            user: UserID(named: String(repeating: "u", count: UserID.longest)),
            data: #"{"a":"\#(String(repeating: "d", count: SessionLimit.data - 8))"}"#,
            ip: String(repeating: "i", count: SessionLimit.ip),
            userAgent: String(repeating: "b", count: SessionLimit.userAgent)
        )
        #expect(scenario.store.payloadBytes == UserID.longest + 65_536 + 64 + 1024)
        let session = try #require(scenario.session(token))
        guard case .created(let created)? = scenario.journal.first?.change else { return }
        #expect(session == created)
        try scenario.update(token, data: "{}")
        #expect(scenario.session(token)?.userAgent == created.userAgent)
        #expect(scenario.store.payloadBytes == UserID.longest + 2 + 64 + 1024)
    }

    @Test("what has ended counts until it is swept")
    func endedCountsUntilSwept() throws {
        scenario.create()
        try scenario.revoke(scenario.create())
        scenario.pass(.seconds(60))
        expectCounts(sessions: 1, tombstones: 1, users: 1, bytes: 5)
        scenario.sweep()
        expectCounts(sessions: 0, tombstones: 0, users: 0, bytes: 0)
    }

    @Test("all counts are back at zero after everything went, in whatever way it went")
    func backToZero() throws {
        for round in 0..<3 {
            for number in 0..<500 {
                let user = [nil, UserID.ann, .bob, UserID(named: "user \(number)")][number % 4]
                let token = scenario.create(user: user, data: #"{"n":\#(number)}"#, ip: "::1", userAgent: "curl")
                switch number % 7 {
                case 0: try scenario.revoke(token, cause: "logout")
                case 1: try scenario.update(token, data: #"{"n":"\#(number)"}"#)
                case 2: try scenario.put(token, user: .ann)
                case 3: try scenario.refresh(token, end: .ttl(.seconds(1)), data: "{}")
                default: break
                }
            }
            #expect(scenario.store.sessionCount + scenario.store.tombstoneCount == 500)
            if round > 0 { scenario.revoke(.user(.ann, except: nil), cause: "password") }
            if round > 1 { scenario.revoke(.everyone) }
            scenario.pass(.seconds(60))
            #expect(scenario.sweep().count == 500)
            expectCounts(sessions: 0, tombstones: 0, users: 0, bytes: 0)
        }
    }

    @Test("the sequence number is that of the last change")
    func sequence() {
        scenario.create()
        scenario.create()
        #expect(scenario.store.sequence == 2)
        scenario.store.apply(.expired(SessionID(high: 1, low: 1)), sequence: 17)
        #expect(scenario.store.sequence == 17)
        scenario.replay(0)
        #expect(scenario.store.sequence == 17)
        scenario.store.advance(to: 20)
        #expect(scenario.store.sequence == 20)
        scenario.store.advance(to: 19)
        #expect(scenario.store.sequence == 20)
    }

    private func expectCounts(
        sessions: Int,
        tombstones: Int,
        users: Int,
        bytes: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(scenario.store.sessionCount == sessions, sourceLocation: sourceLocation)
        #expect(scenario.store.tombstoneCount == tombstones, sourceLocation: sourceLocation)
        #expect(scenario.store.userCount == users, sourceLocation: sourceLocation)
        #expect(scenario.store.payloadBytes == bytes, sourceLocation: sourceLocation)
    }
}
