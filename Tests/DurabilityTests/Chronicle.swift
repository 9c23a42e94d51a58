// What a recovery is measured by: what the store held after each change, and at which moment which changes had been
// made, and which of them acknowledged. What has ended is left out of every comparison: when it goes is nobody's concern.

@testable import Durability
@testable import Sessions

struct Chronicle: Sendable {
    /// How things stood after so many operations of the disk.
    struct Mark: Sendable {
        let operations: Int
        let now: Instant
        /// The last change that was made.
        let made: UInt64
        /// The last change that was said to be durable.
        let acknowledged: UInt64
    }

    /// A token that was revoked by a change, and until when its tombstone keeps it dead.
    struct RevokedToken: Sendable {
        let hash: TokenHash
        /// Of which session.
        let id: SessionID
        let change: UInt64
        let end: Instant
    }

    let first: UInt64
    /// The history that all of it belongs to.
    let epoch: Epoch
    /// What watchers are to be told of, when it is durable.
    private(set) var events: [SessionEvent] = []
    /// What there was after each change, in the order of the ids.
    private var states: [[SnapshotEntry]]
    /// The tokens that sessions had before, after each change.
    private var replaced: [[SessionID: Set<TokenHash>]]
    private(set) var marks: [Mark]
    private(set) var revoked: [RevokedToken]

    /// Begins with what a store holds.
    ///
    /// - Parameter revoked: Tokens that were revoked before.
    init(_ store: borrowing SessionStore, epoch: Epoch, now: Instant, revoked: [RevokedToken] = []) {
        first = store.sequence
        self.epoch = epoch
        states = [contents(of: store, now: now)]
        replaced = [replacedTokens(of: store)]
        marks = [Mark(operations: 0, now: now, made: store.sequence, acknowledged: store.sequence)]
        self.revoked = revoked
    }

    var last: Mark { marks[marks.count - 1] }
    /// What there is now.
    var entries: [SnapshotEntry] { states[states.count - 1] }

    mutating func noteEvent(_ event: SessionEvent) { events.append(event) }

    mutating func noteChange(_ store: borrowing SessionStore, _ change: Change, now: Instant) {
        precondition(store.sequence == first + UInt64(states.count), "a change was left out")
        let before = entries
        states.append(contents(of: store, now: now))
        replaced.append(replacedTokens(of: store))
        guard case .revoked = change else { return }
        let tombstones = Set(entries.compactMap { $0.session == nil ? $0.id : nil })
        for case .session(let session, _) in before where tombstones.contains(session.id) {
            let token = RevokedToken(
                hash: session.tokenHash,
                id: session.id,
                change: store.sequence,
                end: session.expiresAt
            )
            revoked.append(token)
        }
    }

    /// Whether some of these changes gave a session to another user: a revocation of that user's sessions that comes after
    /// them misses it when they are lost.
    func movesSession(_ id: SessionID, in changes: [ClosedRange<UInt64>]) -> Bool {
        func user(after change: UInt64) -> UserID?? {
            states[Int(change - first)].first { $0.id == id }?.session.map(\.userID)
        }
        return changes.joined()
            .contains { change in
                guard change > first, change - first < states.count, let before = user(after: change - 1) else {
                    return false
                }
                return user(after: change).map { $0 != before } ?? false
            }
    }

    mutating func noteMark(operations: Int, now: Instant, acknowledged: UInt64) {
        let mark = Mark(
            operations: operations,
            now: now,
            made: first + UInt64(states.count) - 1,
            acknowledged: max(last.acknowledged, acknowledged)
        )
        marks.append(mark)
    }

    /// How things stood when an operation was done, or not, as the crash would have it.
    func mark(before operations: Int) -> Mark {
        // The last one at which no more operations had been done: those after it saw the next one.
        var (low, high) = (0, marks.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if marks[middle].operations <= operations { low = middle } else { high = middle }
        }
        return marks[low]
    }

    /// The tokens whose revocation had been acknowledged and that must not be seen alive again.
    func dead(at mark: Mark) -> [RevokedToken] {
        revoked.filter { $0.change <= mark.acknowledged && $0.end > mark.now }
    }
}

// Comparing.
extension Chronicle {
    /// What is wrong with a store that was recovered after a crash; nil when it is what it was after some change, with
    /// all changes up to that one, and that is no earlier than the last acknowledged one.
    func complaint(about store: borrowing SessionStore, at mark: Mark) -> String? {
        if let complaint = complaintAboutSequence(store.sequence, at: mark) ?? complaintAboutTokens(store, at: mark) {
            return complaint
        }
        let expected = states[Int(store.sequence - first)].filter { $0.expiresAt > mark.now }
        let found = contents(of: store, now: mark.now)
        guard found != expected else { return complaintAboutReplacedTokens(store, of: expected.map(\.id)) }
        let surplus = found.filter { !expected.contains($0) }
        let missing = expected.filter { !found.contains($0) }
        return "after change \(store.sequence), at \(mark):\nunexpected: \(surplus)\nmissing: \(missing)"
    }

    /// The same of a store that may hold some changes without others before them, none of which was acknowledged: each
    /// session and tombstone by itself is what it was after some change, no earlier than the last acknowledged one.
    func complaintAboutEach(of store: borrowing SessionStore, at mark: Mark) -> String? {
        if let complaint = complaintAboutSequence(store.sequence, at: mark) ?? complaintAboutTokens(store, at: mark) {
            return complaint
        }
        let found = Dictionary(uniqueKeysWithValues: contents(of: store, now: mark.now).map { ($0.id, $0) })
        let possible = states[Int(mark.acknowledged - first)...Int(mark.made - first)]
            .map { state in Dictionary(uniqueKeysWithValues: state.map { ($0.id, $0) }) }
        for id in Set(possible.flatMap(\.keys)).union(found.keys) {
            let isPossible = possible.contains { state in
                state[id].flatMap { $0.expiresAt > mark.now ? $0 : nil } == found[id]
            }
            if !isPossible { return "at \(mark): \(String(describing: found[id])) is no state of \(id)" }
        }
        return nil
    }

    /// Of sessions that are there the tokens that they had before are remembered, and no others.
    private func complaintAboutReplacedTokens(_ store: borrowing SessionStore, of ids: [SessionID]) -> String? {
        let (expected, found) = (replaced[Int(store.sequence - first)], replacedTokens(of: store))
        let wrong = ids.filter { expected[$0] != found[$0] }
        return wrong.isEmpty ? nil : "other replaced tokens are remembered of \(wrong)"
    }

    private func complaintAboutSequence(_ sequence: UInt64, at mark: Mark) -> String? {
        if sequence < mark.acknowledged { return "recovered to change \(sequence) only, at \(mark)" }
        return sequence > mark.made ? "recovered change \(sequence), which was never made, at \(mark)" : nil
    }

    private func complaintAboutTokens(_ store: borrowing SessionStore, at mark: Mark) -> String? {
        for token in dead(at: mark) {
            guard case .live = store.presence(of: token.hash, now: mark.now) else { continue }
            return "a token that change \(token.change) revoked is alive, at \(mark)"
        }
        return nil
    }
}

extension SnapshotEntry {
    var session: Session? {
        guard case .session(let session, _) = self else { return nil }
        return session
    }
}
