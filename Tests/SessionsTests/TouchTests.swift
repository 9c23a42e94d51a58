// When a lookup touches a session and what that does to its end: on the millisecond, for touch intervals of every kind.
// Short sessions in use must not die of a long interval.

import TestSupport
import Testing

@testable import Sessions

@Suite("Policy: touching")
struct TouchTests {
    @Test(
        "a lookup touches exactly when the touch interval has passed, and not a millisecond before",
        .rule("a lookup touches only when the last touch is this long ago")
    )
    func boundary() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .seconds(10), lifetime: .zero))
        let token = scenario.create()
        scenario.pass(Milliseconds(9999))
        #expect(scenario.lookup(token).touch == nil)
        scenario.pass(Milliseconds(1))
        let session = try #require(scenario.session(token))
        let due = Instant.start.plus(10_000)
        let touch = Touch(id: session.id, touchedAt: due, expiresAt: Instant.start.plus(70_000), ttl: .seconds(60))
        #expect(scenario.lookup(token).touch == touch)
        let touched = try #require(scenario.session(token))
        #expect(touched.touchedAt == due)
        #expect(touched.expiresAt == Instant.start.plus(70_000))
    }

    @Test("the interval counts from the last touch")
    func countsFromLastTouch() {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .seconds(10), lifetime: .zero))
        let token = scenario.create()
        scenario.pass(.seconds(15))
        #expect(scenario.lookup(token).touch != nil)
        scenario.pass(Milliseconds(9999))
        #expect(scenario.lookup(token).touch == nil)
        scenario.pass(Milliseconds(1))
        #expect(scenario.lookup(token).touch != nil)
    }

    @Test("a touch changes nothing but touchedAt and expiresAt")
    func leavesTheRest() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .zero))
        let token = scenario.create(data: #"{"a":1}"#, ip: "::1", userAgent: "curl")
        var expected = try #require(scenario.session(token))
        scenario.pass(.seconds(1))
        scenario.lookup(token)
        expected.touchedAt = Instant.start.plus(1000)
        expected.expiresAt = Instant.start.plus(61_000)
        #expect(scenario.session(token) == expected)
    }

    @Test("a lookup that must not touch does not")
    func mayNotTouch() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero))
        let token = scenario.create()
        scenario.pass(.seconds(30))
        #expect(scenario.lookup(token, mayTouch: false).touch == nil)
        #expect(try #require(scenario.session(token)).expiresAt == Instant.start.plus(60_000))
    }

    @Test(
        "without a configured interval it is a seventh of the session's ttl",
        .rule("`touchInterval` | a seventh of `ttl`")
    )
    func defaultIsASeventh() {
        #expect(Policy().touchInterval(forTTL: .days(7)) == .days(1))
        let scenario = Scenario(policy: Policy(ttl: .days(7)))
        let token = scenario.create(end: .ttl(.seconds(70)))
        scenario.pass(Milliseconds(9999))
        #expect(scenario.lookup(token).touch == nil)
        scenario.pass(Milliseconds(1))
        #expect(scenario.lookup(token).touch != nil)
    }

    @Test("an interval of zero touches at each lookup in a later millisecond", .rule("0 for every lookup"))
    func zeroTouchesAlways() {
        let scenario = Scenario(policy: Policy(touchInterval: .zero))
        let token = scenario.create()
        for _ in 0..<3 {
            scenario.pass(Milliseconds(1))
            #expect(scenario.lookup(token).touch?.touchedAt == scenario.now)
        }
    }

    @Test(
        "an interval above half of a session's ttl counts as that half",
        .rule("more than half of a session's own `ttl` counts as that half")
    )
    func neverAboveHalf() {
        let policy = Policy(touchInterval: .days(1))
        #expect(policy.touchInterval(forTTL: .seconds(60)) == .seconds(30))
        #expect(policy.touchInterval(forTTL: .days(2)) == .days(1))
        #expect(policy.touchInterval(forTTL: Milliseconds(Milliseconds.days(2).count - 2)) < .days(1))
        #expect(policy.touchInterval(forTTL: .days(7)) == .days(1))
    }

    @Test("a session of a minute under an interval of a day lives while it is used every 20 seconds")
    func shortSessionInUse() {
        let scenario = Scenario(policy: Policy(touchInterval: .days(1), lifetime: .zero))
        let token = scenario.create(end: .ttl(.seconds(60)))
        for use in 1...100 {
            scenario.pass(.seconds(20))
            scenario.lookup(token)
            #expect(scenario.session(token) != nil, "at use \(use)")
        }
        scenario.pass(.seconds(60))
        #expect(scenario.absence(token) == .expired)
    }

    @Test(
        "a touch never goes beyond the lifetime",
        .rule("a touch at `now` lets the session end at `now + ttl`, never after `lifetimeEndsAt`")
    )
    func withinLifetime() {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .seconds(100)))
        let token = scenario.create()
        scenario.pass(.seconds(40))
        #expect(scenario.lookup(token).touch?.expiresAt == Instant.start.plus(100_000))
        scenario.pass(Milliseconds(59_999))
        #expect(scenario.session(token) != nil)
        scenario.pass(Milliseconds(1))
        #expect(scenario.absence(token) == .expired)
    }

    @Test("a touch that would not move the end is not made", .rule("and the end would move"))
    func noUselessTouch() {
        let policy = Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .seconds(100))
        let scenario = Scenario(policy: policy)
        let token = scenario.create()
        #expect(scenario.lookup(token).touch == nil, "at the moment of creation")
        scenario.pass(.seconds(40))
        #expect(scenario.lookup(token).touch != nil)
        scenario.pass(.seconds(1))
        #expect(scenario.lookup(token).touch == nil, "at the end of the lifetime already")
    }

    @Test("a clock that was set back does not shorten a session")
    func clockSetBack() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .zero))
        let token = scenario.create()
        scenario.now = Instant.start.plus(-5000)
        #expect(scenario.lookup(token).touch == nil)
        #expect(try #require(scenario.session(token)).expiresAt == Instant.start.plus(60_000))
    }

    @Test("a change of the policy is in force for sessions that are there")
    func changedPolicy() {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .seconds(30)))
        let token = scenario.create()
        scenario.pass(.seconds(10))
        #expect(scenario.lookup(token).touch == nil)
        scenario.store.policy.touchInterval = .seconds(10)
        #expect(scenario.lookup(token).touch != nil)
    }
}
