// When sessions end and how long they are fresh: each rule of the policy on both sides of its millisecond. Touching has
// a file of its own.

import TestSupport
import Testing

@testable import Sessions

@Suite("Policy: when sessions end")
struct PolicyTests {
    @Test("a session lives one millisecond before it expires")
    func livesUntilExpiry() throws {
        let scenario = Scenario(policy: Policy(ttl: Milliseconds(1000)))
        let token = scenario.create()
        scenario.pass(Milliseconds(999))
        let session = try #require(scenario.session(token))
        #expect(session.expiresAt == scenario.now.plus(1))
    }

    @Test(
        "a session is gone at the very millisecond at which it expires",
        .rule("At `expiresAt` a session is gone, to the millisecond, whether or not it has been cleared away.")
    )
    func goneAtExpiry() throws {
        let scenario = Scenario(policy: Policy(ttl: Milliseconds(1000)))
        let token = scenario.create()
        let id = try #require(scenario.session(token)).id
        scenario.pass(Milliseconds(1000))
        #expect(scenario.absence(token) == .expired)
        #expect(scenario.absence(id) == .expired)
        #expect(scenario.lookup(token).touch == nil)
        #expect(scenario.list(.ann).isEmpty)
    }

    @Test(
        "the defaults are a week idle, a month altogether and a day of freshness",
        .rule("`ttl` | 7 days"),
        .rule("`lifetime` | 30 days"),
        .rule("`freshAge` | 1 day")
    )
    func defaults() throws {
        let scenario = Scenario()
        let session = try #require(scenario.session(scenario.create()))
        #expect(session.ttl == .days(7))
        #expect(session.expiresAt == Instant.start.advanced(by: .days(7)))
        #expect(session.lifetimeEndsAt == Instant.start.advanced(by: .days(30)))
        #expect(Policy().freshAge == .days(1))
    }

    @Test("a session's own ttl and lifetime go before the policy's")
    func ownLimits() throws {
        let scenario = Scenario()
        let token = scenario.create(end: .ttl(.seconds(90)), lifetime: .seconds(100))
        let session = try #require(scenario.session(token))
        #expect(session.ttl == .seconds(90))
        #expect(session.expiresAt == Instant.start.plus(90_000))
        #expect(session.lifetimeEndsAt == Instant.start.plus(100_000))
    }

    @Test("a session never ends after its lifetime")
    func lifetimeLimitsTTL() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .seconds(30)))
        let token = scenario.create()
        #expect(try #require(scenario.session(token)).expiresAt == Instant.start.plus(30_000))
        scenario.pass(Milliseconds(29_999))
        #expect(scenario.session(token) != nil)
        scenario.pass(Milliseconds(1))
        #expect(scenario.absence(token) == .expired)
    }

    @Test("a lifetime of zero is none", .rule("0 for none"), arguments: [nil, Milliseconds.zero])
    func noLifetime(own: Milliseconds?) throws {
        let policy = Policy(ttl: .seconds(60), lifetime: own == nil ? .zero : .seconds(30))
        let scenario = Scenario(policy: policy)
        let session = try #require(scenario.session(scenario.create(lifetime: own)))
        #expect(session.lifetimeEndsAt == .distantFuture)
        #expect(session.expiresAt == Instant.start.plus(60_000))
    }

    @Test("an end that is named is kept exactly")
    func explicitEnd() throws {
        let scenario = Scenario(policy: Policy(ttl: .days(7)))
        let token = scenario.create(end: .at(Instant.start.plus(1234)))
        #expect(try #require(scenario.session(token)).expiresAt == Instant.start.plus(1234))
        scenario.pass(Milliseconds(1233))
        #expect(scenario.session(token) != nil)
        scenario.pass(Milliseconds(1))
        #expect(scenario.absence(token) == .expired)
    }

    @Test("an end that is named is the idle limit of later touches too")
    func explicitEndSlides() throws {
        let scenario = Scenario(policy: Policy(touchInterval: .zero, lifetime: .zero))
        let token = scenario.create(end: .at(Instant.start.plus(1000)))
        scenario.pass(Milliseconds(400))
        #expect(scenario.lookup(token).touch?.expiresAt == Instant.start.plus(1400))
    }

    @Test("an end that is named is never after the lifetime")
    func explicitEndWithinLifetime() throws {
        let scenario = Scenario(policy: Policy(lifetime: .seconds(30)))
        let token = scenario.create(end: .at(Instant.start.plus(40_000)))
        #expect(try #require(scenario.session(token)).expiresAt == Instant.start.plus(30_000))
    }

    @Test("a session whose end is now is gone at once")
    func explicitEndNow() {
        let scenario = Scenario()
        #expect(scenario.absence(scenario.create(end: .at(.start))) == .expired)
        #expect(scenario.absence(scenario.create(end: .at(Instant.start.plus(-1)))) == .expired)
    }
}

@Suite("Policy: freshness")
struct FreshnessTests {
    @Test(
        "a session is fresh until it is as old as freshAge says, and not then",
        .rule("a session is fresh for this long after authentication")
    )
    func boundary() {
        let scenario = Scenario(policy: Policy(freshAge: Milliseconds(5000)))
        let token = scenario.create()
        #expect(scenario.lookup(token).isFresh)
        scenario.pass(Milliseconds(4999))
        #expect(scenario.lookup(token).isFresh)
        scenario.pass(Milliseconds(1))
        #expect(!scenario.lookup(token).isFresh)
    }

    @Test("a freshAge of zero is always fresh", .rule("0 for always"))
    func always() {
        let scenario = Scenario(policy: Policy(ttl: .days(100), lifetime: .zero, freshAge: .zero))
        let token = scenario.create()
        scenario.pass(.days(99))
        #expect(scenario.lookup(token).isFresh)
    }

    @Test("touching does not make a session fresh")
    func touchingIsNotAuthenticating() {
        let scenario = Scenario(policy: Policy(touchInterval: .zero, freshAge: .seconds(10)))
        let token = scenario.create()
        scenario.pass(.seconds(9))
        #expect(scenario.lookup(token).touch != nil)
        scenario.pass(.seconds(1))
        #expect(!scenario.lookup(token).isFresh)
    }

    @Test("what is gone is not fresh")
    func goneIsNotFresh() {
        let scenario = Scenario(policy: Policy(ttl: .seconds(1), freshAge: .zero))
        let token = scenario.create()
        scenario.pass(.seconds(1))
        #expect(!scenario.lookup(token).isFresh)
    }
}

@Suite("Instants")
struct InstantTests {
    @Test("instants lie between 0 and 2^53 - 1 milliseconds")
    func range() {
        #expect(Instant(milliseconds: -1).milliseconds == 0)
        #expect(Instant(milliseconds: .min).milliseconds == 0)
        #expect(Instant(milliseconds: .max) == .distantFuture)
        #expect(Instant.distantFuture.milliseconds == 9_007_199_254_740_991)
    }

    @Test("nothing goes beyond the distant future", arguments: [Int64(1), Milliseconds.longest.count, .max])
    func saturation(count: Int64) {
        #expect(Instant.distantFuture.advanced(by: Milliseconds(count)) == .distantFuture)
        #expect(Instant.distantFuture.plus(-1).advanced(by: Milliseconds(count)) == .distantFuture)
    }

    @Test("two milliseconds before the distant future there is still one instant in between")
    func nothingSaturatesEarly() {
        let instant = Instant.distantFuture.plus(-2)
        #expect(instant.advanced(by: Milliseconds(1)) < .distantFuture)
        #expect(instant.advanced(by: Milliseconds(2)) == .distantFuture)
    }

    @Test("a session that begins shortly before the distant future ends there, lifetime or not")
    func sessionNearTheEnd() throws {
        let scenario = Scenario(policy: Policy(touchInterval: .zero), now: Instant.distantFuture.plus(-10))
        let token = scenario.create()
        let session = try #require(scenario.session(token))
        #expect(session.expiresAt == .distantFuture)
        #expect(session.lifetimeEndsAt == .distantFuture)
        scenario.pass(Milliseconds(9))
        #expect(scenario.lookup(token).touch == nil)
        scenario.pass(Milliseconds(1))
        #expect(scenario.absence(token) == .expired)
    }

    @Test("the time between two instants is negative when they are the other way round")
    func since() {
        #expect(Instant.start.plus(5).since(.start) == Milliseconds(5))
        #expect(Instant.start.since(Instant.start.plus(5)) == Milliseconds(-5))
    }
}
