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

/// Some of a user's living sessions, newest first.
public struct SessionPage {
    /// Where they are.
    public var slots: [Slot] = []
    /// Where to go on when the page ended before it was full or the list was at its end: too many had ended meanwhile.
    public var end: ListCursor?
    /// How many records were looked at, about.
    public var looks = 0
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
    public func sessions(of user: UserID, now: Instant) -> [Slot] {
        page(of: user, after: nil, limit: .max, looks: .max, now: now).slots
    }

    /// A page of a user's living sessions.
    ///
    /// - Parameters:
    ///   - cursor: Where the page before ended; nil for the first.
    ///   - limit: The most sessions on it.
    ///   - looks: The most that are looked at. Of many that were revoked together all may have ended, and be in the list.
    public func page(
        of user: UserID,
        after cursor: ListCursor?,
        limit: Int,
        looks: Int,
        now: Instant
    ) -> SessionPage {
        var page = SessionPage()
        if cursor != nil { page.looks = searchLength(in: user) }
        var (slot, last, left) = (start(of: user, after: cursor), Slot.none, looks)
        while slot != .none, page.slots.count < limit {
            guard left > 0 else {
                page.end = ListCursor(slab[last])
                break
            }
            left -= 1
            page.looks += 1
            if isLiving(slot, now: now) { page.slots.append(slot) }
            (last, slot) = (slot, slab[slot].older)
        }
        return page
    }

    /// Right behind the cursor's session while that is in the list; else at the first session that is older.
    private func start(of user: UserID, after cursor: ListCursor?) -> Slot {
        let head = newestSession(of: user.bytes.span)
        guard let cursor else { return head }
        if let slot = slot(ofSession: cursor.id), slab.payload(of: slot).user.elementsEqual(user.bytes.span) {
            return slab[slot].older
        }
        let last = lastSession(from: head, notOlderThan: cursor)
        return last == .none ? head : slab[last].older
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
