// Taking back: what was changed and could not be kept is undone by another change, so that a command that is refused
// after all has changed nothing.

extension SessionStore {
    /// The change that takes another one back, worked out before that one is applied.
    ///
    /// - Returns: Nil for what is never taken back: revocations, and the end of what has ended.
    public func inverse(of change: Change) -> Change? {
        switch change {
        case .created(let session): return .expired(session.id)
        // The session as it was, with the token that it had.
        case .updated(let session): return slot(ofSession: session.id).map { .updated(copy(of: $0)) }
        case .rotated(let rotation): return slot(ofSession: rotation.session.id).map { .updated(copy(of: $0)) }
        case .touched(let touch): return slot(ofSession: touch.id).map { .updated(copy(of: $0)) }
        case .revoked, .expired: return nil
        }
    }

    /// The tokens that a session had before, oldest first.
    public func replacedTokens(of id: SessionID) -> [ReplacedToken] {
        var slots: [Slot] = []
        var slot = ids.first(ByID.hash(id))
        while slot != .none {
            if slab[slot].id == id, slab[slot].kind == .replaced { slots.append(slot) }
            slot = slab[slot].nextByID
        }
        return slots.sorted { slab[$0].sequence < slab[$1].sequence }
            .map { ReplacedToken(tokenHash: slab[$0].tokenHash, id: id, at: slab[$0].touchedAt) }
    }

    /// Whether an id names a session that was revoked, as long as that is remembered.
    public func isRevoked(_ id: SessionID) -> Bool {
        let slot = slot(of: id)
        return slot != .none && (slab[slot].kind == .tombstone || condemnation(of: slot) != nil)
    }
}
