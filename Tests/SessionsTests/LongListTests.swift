// Users with very many sessions: a place in their list is found without walking all the way, and those that have ended are
// passed over a page at a time. Whoever may make sessions can make such a list, and ask for any place in it.

import TestSupport
import Testing

@testable import Sessions

@Suite("Store: long lists")
struct LongListTests {
    private static let count = 20_000
    private let scenario = Scenario(policy: Policy(ttl: .seconds(3600), lifetime: .zero))
    private let seed = TestSupport.seed(for: "LongListTests")

    init() {
        for number in 0..<Self.count {
            if number % 3 > 0 { scenario.pass(Milliseconds(1)) }
            scenario.create()
            if number % 5 == 0 { scenario.create(user: .bob) }
        }
    }

    /// A place where no session is, somewhere in the list or behind it.
    private func place(using generator: inout SplitMix64) -> ListCursor {
        let age = Int64.random(in: -2...Int64(Self.count), using: &generator)
        let id = SessionID(high: generator.next(), low: generator.next())
        return ListCursor(id: id, createdAt: scenario.now.plus(-age))
    }

    @Test("a page goes on behind any place, whether or not a session is there")
    func places() {
        var generator = SplitMix64(seed: seed)
        let all = scenario.list(.ann).map(\.cursor)
        #expect(all.count == Self.count)
        for _ in 0..<300 {
            let place = place(using: &generator)
            let expected = all.first { $0 < place }
            #expect(scenario.list(.ann, after: place, limit: 1).first?.cursor == expected, "seed \(seed)")
        }
    }

    @Test("sessions of any age find their places in the list of the user that they move to")
    func moved() throws {
        var generator = SplitMix64(seed: seed)
        let order = scenario.list(.ann).map(\.id)
        for session in scenario.list(.ann).shuffled(using: &generator).prefix(100) {
            try scenario.put(session.tokenHash, user: .bob)
            try scenario.put(session.tokenHash, user: .ann)
        }
        #expect(scenario.list(.ann).map(\.id) == order, "seed \(seed)")
        #expect(scenario.store.sessionCount(of: .ann) == Self.count)
    }

    @Test("to find a place takes a small part of the time that walking through the list takes")
    func time() throws {
        let clock = ContinuousClock()
        let walk = try #require((0..<3).map { _ in clock.measure { _ = scenario.list(.ann, limit: Self.count) } }.min())
        var generator = SplitMix64(seed: seed)
        let places = (0..<200).map { _ in place(using: &generator) }
        let finding = clock.measure {
            for place in places { _ = scenario.list(.ann, after: place, limit: 1) }
        }
        // Walking there each time would take more than that, also without copying what is met, as this does once.
        #expect(finding < walk * 5, "\(finding) against \(walk), seed \(seed)")
    }

    @Test("many that were revoked together are passed over a page at a time, and none that is left is missed")
    func ended() throws {
        let oldest = try #require(scenario.list(.ann).last?.id)
        #expect(scenario.revoke(.user(.ann, except: oldest)) == Self.count - 1)
        let newest = try #require(scenario.session(scenario.create()))
        var (found, pages, cursor): ([SessionID], Int, ListCursor?) = ([], 0, nil)
        repeat {
            let page = scenario.store.page(of: .ann, after: cursor, limit: 10, looks: 500, now: scenario.now)
            found += page.slots.map { scenario.store.id(of: $0) }
            cursor = page.end
            pages += 1
            try #require(pages <= Self.count)
        } while cursor != nil
        #expect(found == [newest.id, oldest])
        #expect(pages == (Self.count + 1 + 499) / 500)
    }
}
