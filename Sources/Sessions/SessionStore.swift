// The sessions of this host, in memory. What sessions there are changes by `apply` alone, once a snapshot was put back
// (`restore`); the other mutating functions carry out what was applied, or move the sweep on. The store does no I/O, has no clock
// and makes no random choices.

/// The store: sessions and tombstones with their indexes by token, by id and by user, and by the time they end.
///
/// Applying a change and every lookup take constant time. A revocation of many holds from the moment it is applied, and
/// is carried out on each record afterwards, by `carryOutRevocations`.
public struct SessionStore: ~Copyable {
    /// The rules for new sessions and for touches.
    public var policy: Policy
    /// The sequence number of the last change.
    public internal(set) var sequence: UInt64 = 0
    /// How many sessions there are, counting those that have ended but were not swept yet.
    public internal(set) var sessionCount = 0
    /// How many tombstones there are.
    public internal(set) var tombstoneCount = 0
    /// How many tokens are remembered that sessions had before.
    public private(set) var replacedTokenCount = 0
    /// How many users have sessions.
    public var userCount: Int { users.count }
    /// The memory of what varies in length (user ids, addresses, user agents, data), in bytes.
    public internal(set) var payloadBytes = 0

    /// How many tokens of one session are remembered after they were replaced. Presenting one beyond that is not noticed
    /// as theft; it is just unknown.
    private static let replacedTokenLimit = 16

    var slab = RecordSlab()
    var tokens = RecordIndex<ByToken>()
    var ids = RecordIndex<ByID>()
    var users = RecordIndex<ByUser>()
    var expiry: ExpiryWheel
    /// What was restored and is in no index yet.
    var restored = RestoredRecords()
    /// Revocations of many that hold and are not carried out on each record yet, oldest first.
    var standing: [StandingRevocation] = []
    /// How many records a revocation looks at when it is applied; another one in tests.
    var promptLimit = SessionStore.promptRevocationLimit

    /// Makes an empty store.
    ///
    /// - Parameter now: The time from which on the sweep looks for ends.
    public init(policy: Policy, now: Instant) {
        self.policy = policy
        expiry = ExpiryWheel(now: now)
    }

    /// Makes a change: the only way in which sessions begin, change and end.
    ///
    /// - Parameters:
    ///   - change: What was decided. A change of something that is no longer there does nothing.
    ///   - sequence: The change's number; numbers only grow.
    public mutating func apply(_ change: Change, sequence: UInt64) {
        self.sequence = max(self.sequence, sequence)
        switch change {
        case .created(let session): insert(session, sequence: sequence)
        case .updated(let session):
            guard let slot = slot(ofSession: session.id, olderThan: sequence) else { return }
            replace(slot, with: session, sequence: sequence)
        case .rotated(let rotation):
            let id = rotation.session.id
            if let slot = slot(ofSession: id, olderThan: sequence) {
                replace(slot, with: rotation.session, sequence: sequence)
            }
            // A snapshot may hold the session after the rotation and the replaced token not yet.
            if slot(of: id) != .none { insert(rotation.replaced, sequence: sequence) }
        case .touched(let touch):
            guard let slot = slot(ofSession: touch.id, olderThan: sequence) else { return }
            reschedule(slot, to: touch.expiresAt)
            slab[slot].touchedAt = touch.touchedAt
            slab[slot].ttl = touch.ttl
            slab[slot].sequence = sequence
        case .revoked(let revocation): apply(revocation, sequence: sequence)
        case .expired(let id):
            let slot = slot(of: id)
            if slot != .none { remove(slot) }
            removeReplacedTokens(of: id, keeping: 0)
        }
    }

    /// Makes sure that the next change gets a number above this one.
    public mutating func advance(to sequence: UInt64) {
        self.sequence = max(self.sequence, sequence)
    }

    private mutating func insert(_ session: Session, sequence: UInt64) {
        // When there is one of that id already, the change was made before.
        guard slot(of: session.id) == .none else { return }
        let slot = slab.insert(Record(session, sequence: sequence), PayloadParts(session))
        index(slot)
        linkToUser(slot)
        sessionCount += 1
    }

    /// Puts a session or a tombstone into all indexes but that of users.
    mutating func index(_ slot: Slot) {
        payloadBytes += slab[slot].payload.byteCount
        tokens.insert(slot, in: &slab)
        ids.insert(slot, in: &slab)
        expiry.insert(slot, in: &slab)
    }

    /// Remembers a token that a session had, and forgets the oldest ones when there are too many.
    mutating func insert(_ replaced: ReplacedToken, sequence: UInt64) {
        guard slot(of: replaced.tokenHash) == .none else { return }
        var record = Record.placeholder
        record.tokenHash = replaced.tokenHash
        record.id = replaced.id
        record.touchedAt = replaced.at
        record.sequence = sequence
        record.kind = .replaced
        let slot = slab.insert(record)
        tokens.insert(slot, in: &slab)
        ids.insert(slot, in: &slab)
        replacedTokenCount += 1
        removeReplacedTokens(of: replaced.id, keeping: Self.replacedTokenLimit)
    }

    private mutating func removeReplacedTokens(of id: SessionID, keeping limit: Int) {
        while true {
            var (count, oldest, slot) = (0, Slot.none, ids.first(ByID.hash(id)))
            while slot != .none {
                if slab[slot].id == id, slab[slot].kind == .replaced {
                    count += 1
                    if oldest == .none || slab[slot].sequence < slab[oldest].sequence { oldest = slot }
                }
                slot = slab[slot].nextByID
            }
            guard count > limit else { return }
            removeReplacedToken(oldest)
        }
    }

    mutating func removeReplacedToken(_ slot: Slot) {
        tokens.remove(slot, in: &slab)
        ids.remove(slot, in: &slab)
        replacedTokenCount -= 1
        slab.remove(slot)
    }

    /// A session that does not contain this change yet.
    private func slot(ofSession id: SessionID, olderThan sequence: UInt64) -> Slot? {
        slot(ofSession: id).flatMap { slab[$0].sequence < sequence ? $0 : nil }
    }

    private mutating func replace(_ slot: Slot, with session: Session, sequence: UInt64) {
        let user = session.userID?.bytes ?? []
        let changesUser = !slab.payload(of: slot).user.elementsEqual(user.span)
        if changesUser { unlinkFromUser(slot) }
        reschedule(slot, to: session.expiresAt)
        let changesToken = slab[slot].tokenHash != session.tokenHash
        if changesToken { takeToken(session.tokenHash, from: slot) }
        setPayload(of: slot, to: PayloadParts(session))
        var record = Record(session, sequence: sequence)
        record.copyLinks(from: slab[slot])
        slab[slot] = record
        if changesToken { tokens.insert(slot, in: &slab) }
        if changesUser { linkToUser(slot) }
    }

    /// Takes a session out of the index by token before it gets this one. It may have had it before, when a rotation is
    /// taken back.
    private mutating func takeToken(_ tokenHash: TokenHash, from slot: Slot) {
        tokens.remove(slot, in: &slab)
        let other = self.slot(of: tokenHash)
        if other != .none, slab[other].kind == .replaced, slab[other].id == slab[slot].id { removeReplacedToken(other) }
    }

    private mutating func remove(_ slot: Slot) {
        if slab[slot].kind == .session {
            uncount(slot)
            unlinkFromUser(slot)
            sessionCount -= 1
        } else {
            tombstoneCount -= 1
        }
        expiry.remove(slot, in: &slab)
        tokens.remove(slot, in: &slab)
        ids.remove(slot, in: &slab)
        payloadBytes -= slab[slot].payload.byteCount
        slab.remove(slot)
    }

    mutating func setPayload(of slot: Slot, to parts: PayloadParts) {
        payloadBytes -= slab[slot].payload.byteCount
        slab.setPayload(of: slot, to: parts)
        payloadBytes += slab[slot].payload.byteCount
    }

    /// A later end is noticed when the sweep comes by; an earlier one would be missed.
    private mutating func reschedule(_ slot: Slot, to expiresAt: Instant) {
        guard expiresAt < slab[slot].expiresAt else {
            slab[slot].expiresAt = expiresAt
            return
        }
        expiry.remove(slot, in: &slab)
        slab[slot].expiresAt = expiresAt
        expiry.insert(slot, in: &slab)
    }
}

extension Record {
    init(_ session: Session, sequence: UInt64) {
        self.init(StoredSession(session, user: Span()), sequence: sequence)
    }

    /// Takes over the payload and the links; `nextUser` shares its place with `newer`.
    fileprivate mutating func copyLinks(from other: borrowing Record) {
        payload = other.payload
        userCount = other.userCount
        nextByToken = other.nextByToken
        nextByID = other.nextByID
        nextUser = other.nextUser
        older = other.older
        nextToExpire = other.nextToExpire
        previousToExpire = other.previousToExpire
    }
}
