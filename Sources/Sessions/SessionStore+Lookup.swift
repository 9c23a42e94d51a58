// Reading: which session a token or an id names at a given instant, and what it looks like. Expiry is decided here, to
// the millisecond, whether or not the sweep has come by.

/// Why a token or an id names no session now.
public enum Absence: Equatable, Sendable {
    /// There is nothing of the sort, or it is so long gone that nothing is known of it.
    case unknown
    /// It has reached its end.
    case expired
    /// It was revoked.
    case revoked(at: Instant, cause: [UInt8])
    /// The token was replaced by another one, longer ago than the grace.
    case rotated
}

/// What a token or an id names at an instant.
public enum Presence: Equatable, Sendable {
    /// A session that is alive.
    case live(Slot)
    /// No session.
    case absent(Absence)
}

/// What a lookup found, of which nothing has been copied.
public struct Lookup: Sendable {
    /// What a token or an id names, by its place in the store.
    public enum Finding: Equatable, Sendable {
        /// A session that is alive.
        case live(Slot)
        /// What a revoked session left behind: `session(at:)` has the instant for `touchedAt` and the cause for `data`.
        case tombstone(Slot)
        /// No session, for a reason that has no place.
        case absent(Absence)
    }

    /// Whether there is a session.
    public let finding: Finding
    /// Whether it was authenticated recently enough.
    public let isFresh: Bool
    /// The touch that is due, to be committed before the answer is written.
    public let touch: Touch?
}

/// A session in the store, seen without copying it.
///
/// Sound: it cannot outlive the borrow of the store that it was made from, and nothing moves or frees a record while the
/// store is borrowed.
@safe
public struct SessionView: ~Escapable {
    private let record: UnsafePointer<Record>
    private let payload: PayloadView

    @_lifetime(borrow store)
    fileprivate init(_ slot: Slot, of store: borrowing SessionStore) {
        unsafe record = unsafe store.slab.pointer(to: slot)
        payload = store.slab.payload(of: slot)
    }

    /// The public handle.
    public var id: SessionID { unsafe record.pointee.id }
    /// When it began.
    public var createdAt: Instant { unsafe record.pointee.createdAt }
    /// When the user last proved who they are.
    public var authenticatedAt: Instant { unsafe record.pointee.authenticatedAt }
    /// When it was last used, as far as touches record it.
    public var touchedAt: Instant { unsafe record.pointee.touchedAt }
    /// When it ends if nothing touches it.
    public var expiresAt: Instant { unsafe record.pointee.expiresAt }
    /// The absolute limit; `Instant.distantFuture` means none.
    public var lifetimeEndsAt: Instant { unsafe record.pointee.lifetimeEndsAt }
    /// The hash of the token.
    public var tokenHash: TokenHash { unsafe record.pointee.tokenHash }
    /// Its own idle limit.
    public var ttl: Milliseconds { unsafe record.pointee.ttl }
    /// The version of `data`.
    public var version: UInt32 { unsafe record.pointee.version }

    /// Whose it is, as UTF-8; empty for nobody's.
    public var user: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { payload.user }
    }

    /// The address it was created from; empty when none was given.
    public var ip: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { payload.ip }
    }

    /// The browser it was created by; empty when none was given.
    public var userAgent: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { payload.userAgent }
    }

    /// The application's JSON object.
    public var data: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { payload.data }
    }
}

extension SessionStore {
    /// What a token names now.
    public func presence(of tokenHash: TokenHash, now: Instant) -> Presence {
        presence(finding(of: tokenHash, now: now))
    }

    private func finding(of tokenHash: TokenHash, now: Instant) -> Lookup.Finding {
        let slot = slot(of: tokenHash)
        guard slot != .none, slab[slot].kind == .replaced else { return finding(at: slot, now: now) }
        let finding = finding(at: self.slot(of: slab[slot].id), now: now)
        guard case .live = finding, now >= slab[slot].touchedAt.advanced(by: policy.rotationGrace) else {
            return finding
        }
        return .absent(.rotated)
    }

    /// The living session that had this token before, however long ago; nil when there is none or it has the token still.
    public func session(thatHad tokenHash: TokenHash, now: Instant) -> Slot? {
        let slot = slot(of: tokenHash)
        guard slot != .none, slab[slot].kind == .replaced else { return nil }
        if case .live(let session) = presence(of: slab[slot].id, now: now) { return session }
        return nil
    }

    /// The session that has or had this token, whether or not it is alive and the grace is over.
    public func sessionID(of tokenHash: TokenHash) -> SessionID? {
        let slot = slot(of: tokenHash)
        return slot == .none ? nil : slab[slot].id
    }

    /// What an id names now.
    public func presence(of id: SessionID, now: Instant) -> Presence {
        presence(at: slot(of: id), now: now)
    }

    /// The session at a slot that `presence` found.
    ///
    /// - Precondition: No change was applied since.
    @_lifetime(borrow self)
    public borrowing func session(at slot: Slot) -> SessionView {
        SessionView(slot, of: self)
    }

    /// The handle of the session at a slot.
    public func id(of slot: Slot) -> SessionID { slab[slot].id }

    /// Whose a session is that was not revoked.
    public func userID(of id: SessionID) -> UserID? {
        slot(ofSession: id).flatMap { UserID(slab.payload(of: $0).user.array) }
    }

    /// Whether the session at a slot was authenticated recently enough.
    public func isFresh(_ slot: Slot, now: Instant) -> Bool {
        policy.isFresh(authenticatedAt: slab[slot].authenticatedAt, now: now)
    }

    /// Looks a token up, and says whether that touches the session.
    ///
    /// - Parameter mayTouch: Whether a touch that is due is to be made.
    public func lookup(_ tokenHash: TokenHash, mayTouch: Bool, now: Instant) -> Lookup {
        let finding = finding(of: tokenHash, now: now)
        guard case .live(let slot) = finding else { return Lookup(finding: finding, isFresh: false, touch: nil) }
        return Lookup(
            finding: finding,
            isFresh: isFresh(slot, now: now),
            touch: mayTouch ? dueTouch(at: slot, now: now) : nil
        )
    }

    private func dueTouch(at slot: Slot, now: Instant) -> Touch? {
        let ttl = slab[slot].ttl
        guard slab[slot].touchedAt.advanced(by: policy.touchInterval(forTTL: ttl)) <= now else { return nil }
        let end = Policy.expiry(touchedAt: now, ttl: ttl, lifetimeEndsAt: slab[slot].lifetimeEndsAt)
        guard end > slab[slot].expiresAt else { return nil }
        return Touch(id: slab[slot].id, touchedAt: now, expiresAt: end, ttl: ttl)
    }

    func slot(of tokenHash: TokenHash) -> Slot {
        var slot = tokens.first(ByToken.hash(tokenHash))
        while slot != .none, slab[slot].tokenHash != tokenHash { slot = slab[slot].nextByToken }
        return slot
    }

    /// The session or the tombstone with this id.
    func slot(of id: SessionID) -> Slot {
        var slot = ids.first(ByID.hash(id))
        while slot != .none, slab[slot].id != id || slab[slot].kind == .replaced { slot = slab[slot].nextByID }
        return slot
    }

    /// One of the tokens that the session with this id had before.
    func replacedToken(of id: SessionID) -> Slot {
        var slot = ids.first(ByID.hash(id))
        while slot != .none, slab[slot].id != id || slab[slot].kind != .replaced { slot = slab[slot].nextByID }
        return slot
    }

    /// The slot of a session that was not revoked; it may have ended.
    func slot(ofSession id: SessionID) -> Slot? {
        let slot = slot(of: id)
        return slot != .none && slab[slot].kind == .session && condemnation(of: slot) == nil ? slot : nil
    }

    func presence(at slot: Slot, now: Instant) -> Presence { presence(finding(at: slot, now: now)) }

    private func presence(_ finding: Lookup.Finding) -> Presence {
        switch finding {
        case .live(let slot): .live(slot)
        case .tombstone(let slot):
            .absent(.revoked(at: slab[slot].touchedAt, cause: slab.payload(of: slot).data.array))
        case .absent(let absence): .absent(absence)
        }
    }

    private func finding(at slot: Slot, now: Instant) -> Lookup.Finding {
        guard slot != .none else { return .absent(.unknown) }
        if let standing = condemnation(of: slot) {
            if slab[slot].expiresAt <= now { return .absent(.unknown) }
            return .absent(.revoked(at: standing.revocation.at, cause: standing.revocation.cause))
        }
        let isTombstone = slab[slot].kind == .tombstone
        if slab[slot].expiresAt <= now { return .absent(isTombstone ? .unknown : .expired) }
        return isTombstone ? .tombstone(slot) : .live(slot)
    }
}
