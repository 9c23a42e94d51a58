// What a change met when it was made, as far as watchers have to know it: a change of one session names only its id, and a
// revocation of many not even that. It is kept beside the change, so that watchers can be told of it when what it met is
// gone.

/// What a change of a session met that it does not say itself.
public enum Circumstance: Equatable, Sendable {
    /// Nothing, or nothing that matters: the change says it all.
    case plain
    /// A session of this user, as UTF-8; empty for nobody's.
    case session(of: [UInt8])
    /// A tombstone, which the change of this number made.
    case tombstone(of: UInt64)
    /// So few sessions that they became tombstones at once.
    case few
    /// So many sessions that they became tombstones one after the other.
    case many
}

/// The occasion on which a change was made.
public struct Occasion: Equatable, Sendable {
    /// When.
    public let at: Instant
    /// What it met.
    public let circumstance: Circumstance

    /// Notes an occasion.
    public init(at: Instant, circumstance: Circumstance) {
        self.at = at
        self.circumstance = circumstance
    }
}

extension SessionStore {
    /// Says what a change meets, if it is applied now.
    public func circumstance(of change: Change) -> Circumstance {
        switch change {
        case .created, .updated, .rotated: return .plain
        case .touched(let touch): return slot(ofSession: touch.id).map { session(at: $0) } ?? .plain
        case .expired(let id):
            let slot = slot(of: id)
            if slot == .none { return .plain }
            if let standing = condemnation(of: slot) { return .tombstone(of: standing.sequence) }
            return slab[slot].kind == .tombstone ? .tombstone(of: slab[slot].sequence) : session(at: slot)
        case .revoked(let revocation):
            guard case .session(let id) = revocation.scope else { return isPrompt(revocation.scope) ? .few : .many }
            guard case .live(let slot) = presence(of: id, now: revocation.at) else { return .plain }
            return session(at: slot)
        }
    }

    private func session(at slot: Slot) -> Circumstance { .session(of: slab.payload(of: slot).user.array) }

    /// Finds the tombstones that changes of these numbers have made, looking at every record.
    ///
    /// - Parameter found: Told of each, and by which change.
    public func forEachTombstone(of changes: Set<UInt64>, _ found: (SessionID, UInt64) -> Void) {
        for index in 1..<slab.unused {
            let slot = Slot(index: index)
            guard slab[slot].kind == .tombstone, changes.contains(slab[slot].sequence) else { continue }
            found(slab[slot].id, slab[slot].sequence)
        }
    }
}
