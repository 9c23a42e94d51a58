// Walking over many sessions: those of one user page by page, and all there are, for a snapshot or for the sweep.

/// Where a page of a user's sessions ended. It stays good when the session that it names is gone.
public struct ListCursor: Comparable, Sendable {
    /// The last session of the page.
    public let id: SessionID
    /// When that session began.
    public let createdAt: Instant

    /// Makes a cursor from its parts.
    public init(id: SessionID, createdAt: Instant) {
        self.id = id
        self.createdAt = createdAt
    }

    init(_ record: borrowing Record) {
        self.init(id: record.id, createdAt: record.createdAt)
    }

    /// Whether one is older than the other: lists go from the greatest to the least.
    public static func < (one: ListCursor, other: ListCursor) -> Bool {
        (one.createdAt, one.id.high, one.id.low) < (other.createdAt, other.id.high, other.id.low)
    }
}

/// What a snapshot holds of one record.
public enum SnapshotEntry: Equatable, Sendable {
    case session(Session, sequence: UInt64)
    case tombstone(Tombstone, sequence: UInt64)
    case replaced(ReplacedToken, sequence: UInt64)
}

/// What a snapshot holds of one place of the store.
public enum SnapshotPlace {
    /// Nothing.
    case empty
    /// A session, which `session(at:)` shows where it lies: nearly all are.
    case session(Slot, sequence: UInt64)
    /// A tombstone or a replaced token.
    case other(SnapshotEntry)
}

extension SessionStore {
    /// The slots of a user's living sessions, newest first.
    ///
    /// - Parameters:
    ///   - cursor: Where the page before ended; nil for the first.
    ///   - limit: The most slots to return.
    public func sessions(of user: UserID, after cursor: ListCursor?, limit: Int, now: Instant) -> [Slot] {
        var slots: [Slot] = []
        var slot = start(of: user, after: cursor)
        while slot != .none, slots.count < limit {
            if isLiving(slot, now: now) { slots.append(slot) }
            slot = slab[slot].older
        }
        return slots
    }

    /// Right behind the cursor's session while that is in the list; else at the first session that is older.
    private func start(of user: UserID, after cursor: ListCursor?) -> Slot {
        let head = newestSession(of: user.bytes.span)
        guard let cursor else { return head }
        if let slot = slot(ofSession: cursor.id), slab.payload(of: slot).user.elementsEqual(user.bytes.span) {
            return slab[slot].older
        }
        var slot = head
        while slot != .none, ListCursor(slab[slot]) >= cursor { slot = slab[slot].older }
        return slot
    }

    /// The change by which the next session or tombstone that has ended goes; nil when none is left.
    ///
    /// - Parameter budget: How many steps of constant work may be made; counted down. When it reaches zero there may be
    ///   more.
    public mutating func nextExpiry(now: Instant, budget: inout Int) -> Change? {
        while budget > 0 {
            budget -= 1
            switch expiry.step(now: now, in: &slab) {
            case .ended(let slot): return .expired(slab[slot].id)
            case .passed: continue
            case .finished: return nil
            }
        }
        return nil
    }

    /// The number of places to ask `snapshotEntry` about; places may be empty.
    public var snapshotPlaces: Int { Int(slab.unused) }

    /// What the record at a place contributes to a snapshot, as a value of its own; nil for an empty place.
    ///
    /// - Parameter now: What has ended by then is left out.
    public func snapshotEntry(at place: Int, now: Instant = Instant(milliseconds: .min)) -> SnapshotEntry? {
        switch snapshotPlace(place, now: now) {
        case .empty: nil
        case .session(let slot, let sequence): .session(copy(of: slot), sequence: sequence)
        case .other(let entry): entry
        }
    }

    /// What the record at a place contributes to a snapshot.
    ///
    /// - Parameter now: What has ended by then is left out. A snapshot leaves nothing out: what the sweep has not taken yet
    ///   it takes after a restart, and watchers are told.
    public func snapshotPlace(_ place: Int, now: Instant = Instant(milliseconds: .min)) -> SnapshotPlace {
        guard place > 0, place < snapshotPlaces else { return .empty }
        let slot = Slot(index: UInt32(place))
        let (kind, expiresAt) = (slab[slot].kind, slab[slot].expiresAt)
        if kind == .replaced {
            let record = slab[slot]
            let replaced = ReplacedToken(tokenHash: record.tokenHash, id: record.id, at: record.touchedAt)
            return .other(.replaced(replaced, sequence: record.sequence))
        }
        guard kind != .free, expiresAt > now else { return .empty }
        if let standing = condemnation(of: slot) {
            let revocation = standing.revocation
            return tombstone(of: slot, revokedAt: revocation.at, cause: revocation.cause, sequence: standing.sequence)
        }
        if kind == .session { return .session(slot, sequence: slab[slot].sequence) }
        let cause = slab.payload(of: slot).data.array
        return tombstone(of: slot, revokedAt: slab[slot].touchedAt, cause: cause, sequence: slab[slot].sequence)
    }

    private func tombstone(of slot: Slot, revokedAt: Instant, cause: [UInt8], sequence: UInt64) -> SnapshotPlace {
        let tombstone = Tombstone(
            id: slab[slot].id,
            tokenHash: slab[slot].tokenHash,
            expiresAt: slab[slot].expiresAt,
            revokedAt: revokedAt,
            cause: cause
        )
        return .other(.tombstone(tombstone, sequence: sequence))
    }

    /// The session at a slot as a value of its own.
    public func copy(of slot: Slot) -> Session {
        let record = slab[slot]
        let payload = slab.payload(of: slot)
        return Session(
            id: record.id,
            tokenHash: record.tokenHash,
            userID: UserID(payload.user.array),
            createdAt: record.createdAt,
            authenticatedAt: record.authenticatedAt,
            touchedAt: record.touchedAt,
            expiresAt: record.expiresAt,
            lifetimeEndsAt: record.lifetimeEndsAt,
            ttl: record.ttl,
            version: record.version,
            ip: payload.ip.array,
            userAgent: payload.userAgent.array,
            data: payload.data.array
        )
    }
}
