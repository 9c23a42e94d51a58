// No resurrection: whatever uses a session while it is revoked or reaches its end, in whichever order, and whatever the
// disk does meanwhile, the session is dead afterwards and stays so.

import Durability
import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Races between the use of a session and its end")
struct RaceTests {
    @Test(
        "a session that is used while it is revoked is dead, and stays dead until it would have ended",
        .rule("nothing brings such a session back before it would have ended anyway"),
        .rule("nor a request that was under way"),
        .rule("for requests that were under way"),
        arguments: pairs(Use.allCases, RevocationBy.allCases),
        pairs(RaceOrder.allCases, DiskInRace.allCases)
    )
    func revoked(_ pair: (use: Use, by: RevocationBy), _ way: (order: RaceOrder, disk: DiskInRace)) throws {
        for (name, revoked) in pairs(Name.allCases, [Name.current, .replaced]) {
            let race = try Race()
            let use = race.line(pair.use, by: name)
            let revocation = race.revocation(by: pair.by, naming: revoked)
            let isUseFirst = way.order == .useFirst
            let answers = try race.run(isUseFirst ? use : revocation, isUseFirst ? revocation : use, way.disk)
            try #require(answers.count == 2)
            expectRevocation(answers[isUseFirst ? 1 : 0], way)
            expectUse(answers[isUseFirst ? 0 : 1], of: pair.use, way)

            race.mend()
            let handedOut = answers.compactMap { $0["result"]?["token"]?.string }
            let tokens = [race.current, race.replaced] + handedOut
            try race.expectDead(tokens)
            // One second has passed since the last use that is sure to count.
            race.tested.pass(Milliseconds(Race.ttl.count - 1001))
            race.tested.sweep()
            try race.expectDead(tokens)
        }
    }

    private func expectRevocation(_ answer: JSON, _ way: (order: RaceOrder, disk: DiskInRace)) {
        #expect(answer["result"]?["revoked"] == 1, "\(answer)")
        let isDurable = way.disk.isHealthy || way.disk == .failsWithSecond && way.order == .revocationFirst
        #expect(answer["result"]?["durable"] == .flag(isDurable), "\(answer)")
    }

    /// What was carried out before the revocation has succeeded, unless its commit failed; what came after finds nothing.
    private func expectUse(_ answer: JSON, of use: Use, _ way: (order: RaceOrder, disk: DiskInRace)) {
        let code = answer["error"]?["code"]
        if way.order == .useFirst {
            let isLost = !way.disk.isHealthy && way.disk != .failsWithSecond && use != .lookup
            #expect(isLost ? code == 503 : (answer["result"]?["session"] ?? .null) != .null, "\(answer)")
        } else if code == nil {
            #expect(use != .put)
            #expect(answer["result"]?["session"] == .null, "\(answer)")
            #expect(answer["result"]?["reason"] == "revoked", "\(answer)")
        } else {
            #expect(code == 410 && use == .put || code == 503 && way.disk == .failsBetween, "\(answer)")
        }
    }

    @Test(
        "a session that is used before it ends is dead at its end, whether or not the use got to the disk",
        arguments: pairs(Use.allCases, Name.allCases),
        DiskInRace.allCases
    )
    func usedBeforeTheEnd(_ pair: (use: Use, name: Name), _ disk: DiskInRace) throws {
        let race = try Race()
        let caller = try race.server.connect()
        caller.send(race.line(pair.use, by: pair.name) + "\n")
        race.server.serve()
        let failure = disk.isHealthy ? nil : disk.failure
        if disk == .between || disk == .failsBetween { race.server.work(failingWith: failure) }
        race.tested.pass(Race.ttl)
        if disk == .batch || disk == .failsWithBatch { race.tested.sweep() }
        race.tested.service.journal.commitAll()
        race.server.work(failingWith: failure)
        race.server.serve()
        let handedOut = try caller.answers().compactMap { $0["result"]?["token"]?.string }
        race.mend()
        try race.expectDead([race.current, race.replaced] + handedOut, because: ["expired", "unknown"])
        race.tested.sweep()
        try race.expectDead([race.current, race.replaced] + handedOut, because: ["unknown"])
    }

    @Test(
        "a session that is used in the millisecond of its end is dead; a put begins another one",
        arguments: pairs(Use.allCases, Name.allCases),
        pairs([true, false], [true, false])
    )
    func usedAtTheEnd(_ pair: (use: Use, name: Name), _ way: (isSwept: Bool, fails: Bool)) throws {
        let race = try Race()
        race.tested.pass(Milliseconds(Race.ttl.count - 1000))
        if way.isSwept { race.tested.sweep() }
        let caller = try race.server.connect()
        caller.send(race.line(pair.use, by: pair.name) + "\n")
        race.server.serve()
        race.server.work(failingWith: way.fails ? DiskInRace.failsAfter.failure : nil)
        race.server.serve()
        let answer = try #require(try caller.answers().first)
        race.mend()
        if pair.use == .put, !way.fails {
            #expect(answer["result"]?["created"] == true)
            #expect(answer["result"]?["session"]?["id"]?.string != race.id)
            #expect(answer["result"]?["session"]?["version"] == 1)
            // Only the token that was put means something again.
            let other = pair.name == .replaced ? race.current : race.replaced
            try race.expectDead([other], because: ["expired", "unknown"])
        } else {
            if pair.use != .put { #expect((answer["result"]?["session"] ?? .null) == .null, "\(answer)") }
            try race.expectDead([race.current, race.replaced], because: ["expired", "unknown"])
        }
    }
}
