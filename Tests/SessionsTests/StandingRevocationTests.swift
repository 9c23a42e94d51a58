// Revoking many at once: it holds from the moment it is applied, whatever has been carried out of it, and spares what came
// later.

import TestSupport
import Testing

@testable import Sessions

@Suite("Store: revoking many")
struct StandingRevocationTests {
    private static let many = SessionStore.promptRevocationLimit + 6
    private let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .zero))

    /// Carries out what stands, on so many records.
    @discardableResult
    private func carryOut(_ records: Int) -> [RevokedSession] {
        var (budget, revoked) = (records, [RevokedSession]())
        scenario.store.carryOutRevocations(budget: &budget) { revoked.append($0) }
        return revoked
    }

    @discardableResult
    private func createMany(user: UserID? = .ann) -> [TokenHash] {
        (0..<Self.many).map { _ in scenario.create(user: user) }
    }

    @Test("it holds at once, by token and by id, says when and why, and shows in no list")
    func holdsAtOnce() throws {
        let tokens = createMany()
        let ids = try tokens.map { try #require(scenario.session($0)).id }
        scenario.pass(.seconds(5))
        #expect(scenario.revoke(.user(.ann, except: nil), cause: "logout") == Self.many)
        #expect(scenario.store.standingRevocationCount == 1)
        let absence = Absence.revoked(at: Instant.start.plus(5000), cause: Array("logout".utf8))
        // Whatever has been carried out of it.
        for _ in 0...Self.many {
            #expect(tokens.allSatisfy { scenario.absence($0) == absence })
            #expect(ids.allSatisfy { scenario.absence($0) == absence && scenario.store.isRevoked($0) })
            #expect(scenario.list(.ann).isEmpty)
            carryOut(1)
        }
        carryOut(1)
        #expect(scenario.store.standingRevocationCount == 0)
        #expect(scenario.store.tombstoneCount == Self.many)
        #expect(scenario.store.sessionCount == 0)
        #expect(scenario.store.userCount == 0)
    }

    @Test(
        "applying it looks at no record, however many there are",
        .rule("a revocation is one change and constant work, however many sessions it ends")
    )
    func constantWork() {
        let tokens = createMany()
        scenario.revoke(.user(.ann, except: nil))
        #expect(scenario.store.tombstoneCount == 0)
        #expect(scenario.store.sessionCount == tokens.count)
        #expect(carryOut(1).count == 1)
        #expect(scenario.store.tombstoneCount == 1)
    }

    @Test("each session is told of once, with its user, and when and why it was revoked")
    func told() throws {
        let tokens = createMany()
        let ids = try tokens.map { try #require(scenario.session($0)).id }
        scenario.revoke(.everyone, cause: "breach")
        let revoked = carryOut(.max)
        #expect(Set(revoked.map(\.id)) == Set(ids) && revoked.count == ids.count)
        #expect(
            revoked.allSatisfy { $0.user == UserID.ann.bytes && $0.at == .start && $0.cause == Array("breach".utf8) }
        )
    }

    @Test("a session that begins after it lives, is listed, and stays when it is carried out")
    func laterSessions() throws {
        let old = createMany()
        scenario.revoke(.user(.ann, except: nil))
        let new = scenario.create()
        #expect(scenario.list(.ann).map(\.tokenHash) == [new])
        carryOut(3)
        let newer = scenario.create()
        #expect(Set(scenario.list(.ann).map(\.tokenHash)) == [new, newer])
        carryOut(.max)
        #expect(Set(scenario.list(.ann).map(\.tokenHash)) == [new, newer])
        #expect(old.allSatisfy { scenario.session($0) == nil })
        #expect(scenario.store.sessionCount(of: .ann) == 2)
    }

    @Test("what is excepted, somebody else's, or changed since then is spared")
    func spared() throws {
        let tokens = createMany()
        let kept = try #require(scenario.session(tokens[Self.many / 2]))
        let other = scenario.create(user: .bob)
        #expect(scenario.revoke(.user(.ann, except: kept.id)) == Self.many - 1)
        #expect(scenario.list(.ann) == [kept])
        // It goes on as any session does.
        try scenario.update(kept.tokenHash, data: #"{"a":1}"#)
        scenario.lookup(kept.tokenHash)
        carryOut(.max)
        #expect(scenario.list(.ann).map(\.id) == [kept.id])
        #expect(scenario.session(other) != nil)
    }

    @Test("no command brings one of its sessions back before it is carried out")
    func noResurrection() throws {
        let tokens = createMany()
        let id = try #require(scenario.session(tokens[0])).id
        scenario.revoke(.user(.ann, except: nil), cause: "x")
        #expect(throws: Refusal.revoked(at: .start, cause: Array("x".utf8))) { try scenario.put(tokens[0]) }
        #expect(scenario.lookup(tokens[0]).touch == nil)
        scenario.commit(.touched(Touch(id: id, touchedAt: scenario.now, expiresAt: .distantFuture, ttl: .days(1))))
        #expect(scenario.session(tokens[0]) == nil)
        carryOut(.max)
        #expect(scenario.session(tokens[0]) == nil)
    }

    @Test("a second one ends what began between the two, and leaves to the first what the first has ended")
    func twice() {
        let old = createMany()
        scenario.revoke(.user(.ann, except: nil), cause: "first")
        let between = createMany()
        scenario.pass(.seconds(1))
        #expect(scenario.revoke(.user(.ann, except: nil), cause: "second") == Self.many)
        for records in [0, 10, .max] {
            carryOut(records)
            #expect(old.allSatisfy { scenario.absence($0) == .revoked(at: .start, cause: Array("first".utf8)) })
            let absence = Absence.revoked(at: Instant.start.plus(1000), cause: Array("second".utf8))
            #expect(between.allSatisfy { scenario.absence($0) == absence })
        }
        #expect(scenario.revoke(.user(.ann, except: nil)) == 0)
    }

    @Test("what is revoked again meanwhile counts as none, and what came since as what it is")
    func counted() throws {
        createMany()
        scenario.revoke(.user(.ann, except: nil))
        carryOut(5)
        #expect(scenario.revoke(.user(.ann, except: nil)) == 0)
        let kept = try #require(scenario.session(scenario.create()))
        for _ in 0..<3 { scenario.create() }
        #expect(scenario.revoke(.user(.ann, except: kept.id)) == 3)
        #expect(scenario.revoke(.everyone) == 1)
        carryOut(.max)
        #expect(scenario.store.sessionCount == 0)
    }

    @Test("what had ended by itself and is swept late is counted once, whatever was revoked before", arguments: 0..<2)
    func sweptLate(order: Int) {
        let scopes = [Revocation.Scope.user(.ann, except: nil), .everyone]
        for _ in 0..<3 { scenario.create(user: .ann) }
        scenario.pass(.seconds(60))
        createMany()
        scenario.revoke(scopes[order])
        scenario.revoke(scopes[1 - order])
        carryOut(Self.many + 4)
        #expect(scenario.store.standingRevocationCount == 1)
        #expect(scenario.sweep().count == 3)
        for _ in 0..<2 { scenario.create(user: .bob) }
        #expect(scenario.revoke(.everyone) == 2)
    }

    @Test("a session that goes while it is carried out does not stop it", arguments: 0..<8)
    func departures(place: Int) throws {
        let tokens = createMany()
        let id = try #require(scenario.session(tokens[Self.many - 1 - place])).id
        scenario.revoke(.user(.ann, except: nil))
        carryOut(place)
        scenario.commit(.expired(id))
        carryOut(.max)
        #expect(scenario.store.standingRevocationCount == 0)
        #expect(scenario.store.sessionCount == 0)
    }

    @Test("a snapshot holds tombstones, whatever has been carried out", arguments: [0, 7, Int.max])
    func snapshot(records: Int) {
        let tokens = createMany()
        scenario.revoke(.user(.ann, except: nil), cause: "x")
        carryOut(records)
        let restored = scenario.restoring(scenario.snapshot())
        #expect(restored.store.tombstoneCount == Self.many)
        #expect(tokens.allSatisfy { restored.absence($0) == .revoked(at: .start, cause: [UInt8(ascii: "x")]) })
    }

    @Test("everyone may be revoked while a user's revocation stands")
    func everyoneMeanwhile() {
        let mine = createMany()
        scenario.revoke(.user(.ann, except: nil), cause: "user")
        let others = createMany(user: .bob)
        #expect(scenario.revoke(.everyone, cause: "all") == Self.many)
        let later = scenario.create(user: .bob)
        carryOut(.max)
        #expect(mine.allSatisfy { scenario.absence($0) == .revoked(at: .start, cause: Array("user".utf8)) })
        #expect(others.allSatisfy { scenario.absence($0) == .revoked(at: .start, cause: Array("all".utf8)) })
        #expect(scenario.list(.bob).map(\.tokenHash) == [later])
    }
}
