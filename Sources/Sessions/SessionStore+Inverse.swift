// Taking back: what was changed and could not be kept is undone by another change, so that a command that is refused
// after all has changed nothing.

extension SessionStore {
    /// The change that takes another one back, worked out before that one is applied.
    ///
    /// - Returns: Nil for what is never taken back: revocations, and the end of what has ended.
    public func inverse(of change: Change) -> Change? {
        switch change {
        case .created(let session): return .expired(session.id)
        case .updated(let session):
            return slot(ofSession: session.id).map { .updated(copy(of: $0)) }
        case .rotated(let rotation):
            // The session with the token that it had; this one is then forgotten.
            return slot(ofSession: rotation.session.id).map { .updated(copy(of: $0)) }
        case .touched(let touch):
            return slot(ofSession: touch.id)
                .map { slot in
                    let record = slab[slot]
                    return .touched(
                        Touch(
                            id: record.id,
                            touchedAt: record.touchedAt,
                            expiresAt: record.expiresAt,
                            ttl: record.ttl
                        )
                    )
                }
        case .revoked, .expired: return nil
        }
    }

    /// Whether an id names a session that was not revoked, whether or not it has ended.
    public func isUnrevoked(_ id: SessionID) -> Bool { slot(ofSession: id) != nil }
}
