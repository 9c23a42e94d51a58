// Looking ahead changes nothing, whatever is looked ahead for; what it gains is measured, not tested.

import Testing

@testable import Sessions

@Suite("Looking ahead")
struct PrefetchTests {
    /// Tokens of which the store knows none.
    private func unknown(_ count: Int) -> [TokenHash] { (0..<count).map { TokenHash(text: "unknown \($0)") } }

    private func session(_ number: Int) -> Session {
        .sample(id: SessionID(high: 1, low: UInt64(number)), token: TokenHash(text: "\(number)"))
    }

    @Test("an empty store has nothing to fetch", arguments: [0, 1, SessionStore.prefetchLimit, 1000])
    func empty(_ count: Int) {
        let store = SessionStore(policy: Policy(), now: .start)
        let hashes = unknown(count)
        store.prefetch(hashes.span)
        #expect(store.sessionCount == 0)
    }

    @Test("what was looked ahead for can go before it is looked up, and come back elsewhere")
    func gone() {
        var store = SessionStore(policy: Policy(), now: .start)
        for number in 1...100 { store.apply(.created(session(number)), sequence: UInt64(number)) }
        let hashes = (1...100).map { session($0).tokenHash }
        store.prefetch(hashes.span)
        for number in 1...50 { store.apply(.expired(session(number).id), sequence: UInt64(100 + number)) }
        store.prefetch(hashes.span)
        store.apply(.created(session(7)), sequence: 151)
        for token in hashes + unknown(100) {
            let alone = [token]
            store.prefetch(alone.span)
        }
        for number in 1...100 {
            let isThere = number > 50 || number == 7
            #expect(store.lookup(hashes[number - 1], mayTouch: false, now: .start).isLive == isThere)
        }
    }
}

extension Lookup {
    fileprivate var isLive: Bool {
        if case .live = finding { true } else { false }
    }
}
