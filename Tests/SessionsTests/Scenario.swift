// What the daemon does with a store, without the daemon: a store, a clock that moves only when told, random numbers,
// and changes that are applied with growing numbers and kept, as a journal keeps them.

import TestSupport
import Testing

@testable import Sessions

final class Scenario {
    var store: SessionStore
    var now: Instant
    var generator: SplitMix64
    /// All changes so far, with their numbers.
    private(set) var journal: [(change: Change, sequence: UInt64)] = []

    init(policy: Policy = Policy(), now: Instant = .start, seed: UInt64 = 1) {
        store = SessionStore(policy: policy, now: now)
        self.now = now
        generator = SplitMix64(seed: seed)
    }

    func pass(_ duration: Milliseconds) { now = now.advanced(by: duration) }

    func commit(_ change: Change) {
        let sequence = store.sequence + 1
        store.apply(change, sequence: sequence)
        journal.append((change, sequence))
    }

    /// Applies a change again under the number that it had.
    func replay(_ place: Int) { store.apply(journal[place].change, sequence: journal[place].sequence) }
}

// Commands, decided and committed.
extension Scenario {
    @discardableResult
    func create(
        user: UserID? = .ann,
        data: String = "{}",
        end: SessionEnd? = nil,
        lifetime: Milliseconds? = nil,
        ip: String = "",
        userAgent: String = ""
    ) -> TokenHash {
        let new = NewSession(
            userID: user,
            data: Array(data.utf8),
            end: end,
            lifetime: lifetime,
            ip: Array(ip.utf8),
            userAgent: Array(userAgent.utf8)
        )
        let (token, change) = store.create(new, now: now, using: &generator)
        commit(change)
        return token.hash
    }

    /// Puts, and says whether the session is new.
    @discardableResult
    func put(
        _ token: TokenHash,
        data: String = "{}",
        user: UserID? = nil,
        end: SessionEnd? = nil,
        condition: PutCondition = .none
    ) throws(Refusal) -> Bool {
        let new = NewSession(userID: user, data: Array(data.utf8), end: end)
        let (changes, isNew) = try store.put(token, new, condition: condition, now: now, using: &generator)
        for change in changes { commit(change) }
        return isNew
    }

    /// Looks up, making the touch that is due.
    @discardableResult
    func lookup(_ token: TokenHash, mayTouch: Bool = true) -> Lookup {
        let lookup = store.lookup(token, mayTouch: mayTouch, now: now)
        if let touch = lookup.touch { commit(.touched(touch)) }
        return lookup
    }

    @discardableResult
    func refresh(_ token: TokenHash, end: SessionEnd? = nil, data: String? = nil) throws -> Change {
        let slot = try #require(livingSlot(store.presence(of: token, now: now)))
        let change = store.refresh(slot, end: end, data: data.map { Array($0.utf8) }, now: now)
        commit(change)
        return change
    }

    @discardableResult
    func update(_ token: TokenHash, data: String) throws -> Change? {
        let slot = try #require(livingSlot(store.presence(of: token, now: now)))
        let change = store.update(slot, data: Array(data.utf8))
        if let change { commit(change) }
        return change
    }

    /// Revokes, and says how many sessions that ended.
    @discardableResult
    func revoke(_ scope: Revocation.Scope, cause: String = "") -> Int {
        let (count, change) = store.revoke(scope, cause: Array(cause.utf8), now: now)
        if let change { commit(change) }
        return count
    }

    @discardableResult
    func revoke(_ token: TokenHash, cause: String = "") throws -> Int {
        let id = try #require(session(token)?.id)
        return revoke(.session(id), cause: cause)
    }

    /// Sweeps until nothing is left to do, a few steps at a time, and says what went, in the order in which it went.
    @discardableResult
    func sweep(budget: Int = 1 << 16) -> [SessionID] {
        var removed: [SessionID] = []
        var isFinished = false
        while !isFinished {
            var left = budget
            while let change = store.nextExpiry(now: now, budget: &left) {
                guard case .expired(let id) = change else {
                    Issue.record("the sweep decided \(change)")
                    return removed
                }
                commit(change)
                removed.append(id)
            }
            isFinished = left > 0
        }
        return removed
    }
}

// Questions.
extension Scenario {
    /// The living session that a token names.
    func session(_ token: TokenHash) -> Session? {
        livingSlot(store.presence(of: token, now: now)).map { store.copy(of: $0) }
    }

    /// The living session that an id names.
    func session(_ id: SessionID) -> Session? {
        livingSlot(store.presence(of: id, now: now)).map { store.copy(of: $0) }
    }

    /// Why a token names no session; nil when it does.
    func absence(_ token: TokenHash) -> Absence? {
        guard case .absent(let absence) = store.presence(of: token, now: now) else { return nil }
        return absence
    }

    /// Why an id names no session; nil when it does.
    func absence(_ id: SessionID) -> Absence? {
        guard case .absent(let absence) = store.presence(of: id, now: now) else { return nil }
        return absence
    }

    func list(_ user: UserID, after cursor: ListCursor? = nil, limit: Int = .max) -> [Session] {
        store.page(of: user, after: cursor, limit: limit, looks: .max, now: now).slots.map { store.copy(of: $0) }
    }

    func snapshot() -> [SnapshotEntry] {
        (0..<store.snapshotPlaces).compactMap { store.snapshotEntry(at: $0, now: now) }
    }

    /// A scenario that goes on with a store into which the entries were restored.
    func restoring(_ entries: [SnapshotEntry]) -> Scenario {
        let other = Scenario(policy: store.policy, now: now)
        other.generator = generator
        other.store.restore(entries)
        return other
    }

    private func livingSlot(_ presence: Presence) -> Slot? {
        guard case .live(let slot) = presence else { return nil }
        return slot
    }
}

extension SessionStore {
    /// Puts back all that a snapshot holds.
    mutating func restore(_ entries: [SnapshotEntry]) {
        for entry in entries {
            switch entry {
            case .session(let session, let sequence): restore(session, sequence: sequence)
            case .tombstone(let tombstone, let sequence): restore(tombstone, sequence: sequence)
            case .replaced(let token, let sequence): restore(token, sequence: sequence)
            }
        }
        finishRestoring()
        finishRestoring()
    }
}

extension Session {
    /// Where a page that ends with this session ends.
    var cursor: ListCursor { ListCursor(id: id, createdAt: createdAt) }
}
