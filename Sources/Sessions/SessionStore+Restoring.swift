// Putting back what a snapshot holds. The records are laid down one after the other in whatever order they come, and found
// their places in the indexes when all are there: each index then is as large as it has to be from the start, and is filled
// by walking memory in its order.

/// Records that were restored and are in no index yet: those of the slab from its first place on.
struct RestoredRecords {
    var count = 0
    var replaced: [(token: ReplacedToken, sequence: UInt64)] = []
    /// Whether there is a user with more than one session.
    var hasLists = false
}

extension SessionStore {
    /// Puts back a session that a snapshot holds.
    ///
    /// - Precondition: The store was empty before; `finishRestoring` is called before anything else is done with it.
    public mutating func restore(_ session: borrowing StoredSession, sequence: UInt64) {
        noteRestored(slab.insert(session, sequence: sequence), sequence)
    }

    /// Puts back a session that is a value of its own.
    ///
    /// - Precondition: As above.
    public mutating func restore(_ session: Session, sequence: UInt64) {
        let user = session.userID?.bytes ?? []
        restore(StoredSession(session, user: user.span), sequence: sequence)
    }

    /// Puts back a tombstone that a snapshot holds.
    ///
    /// - Precondition: As for a session.
    public mutating func restore(_ tombstone: Tombstone, sequence: UInt64) {
        var record = Record.placeholder
        record.id = tombstone.id
        record.tokenHash = tombstone.tokenHash
        record.touchedAt = tombstone.revokedAt
        record.expiresAt = tombstone.expiresAt
        record.sequence = sequence
        record.kind = .tombstone
        noteRestored(slab.insert(record, PayloadParts(cause: tombstone.cause)), sequence)
    }

    /// Puts back a replaced token that a snapshot holds, whether or not its session has come already.
    ///
    /// - Precondition: As for a session.
    public mutating func restore(_ replaced: ReplacedToken, sequence: UInt64) {
        self.sequence = max(self.sequence, sequence)
        restored.replaced.append((replaced, sequence))
    }

    private mutating func noteRestored(_ slot: Slot, _ sequence: UInt64) {
        self.sequence = max(self.sequence, sequence)
        restored.count += 1
        precondition(Int(slot.index) == restored.count, "restored into a store that is in use")
    }

    /// Makes what was restored a store: fills the indexes, puts the lists of users in order, and forgets the replaced tokens
    /// of sessions that were not restored.
    public mutating func finishRestoring() {
        let end = UInt32(restored.count + 1)
        if restored.count > 0 {
            tokens.reserve(restored.count)
            ids.reserve(restored.count)
            users.reserve(restored.count)
        }
        // As many as stay in the processor's cache until all is done with them.
        for start in stride(from: 1, to: end, by: 1024) {
            index((start..<min(start + 1024, end)).map { Slot(index: $0) })
        }
        for (token, sequence) in restored.replaced { insert(token, sequence: sequence) }
        if !restored.replaced.isEmpty { removeOrphans() }
        if restored.hasLists { orderLists() }
        restored = RestoredRecords()
    }

    /// Puts some of the records into the indexes: all of them into one before the next.
    private mutating func index(_ slots: [Slot]) {
        ids.insert(slots, in: &slab)
        for slot in slots { removeIfDouble(slot) }
        let present = slots.filter { slab[$0].kind != .free }
        tokens.insert(present, in: &slab)
        for slot in present {
            expiry.insert(slot, in: &slab)
            payloadBytes += slab[slot].payload.byteCount
            if slab[slot].kind == .session { sessionCount += 1 } else { tombstoneCount += 1 }
        }
        let owned = present.filter { slab[$0].kind == .session && slab[$0].payload.userLength > 0 }
        users.insert(owned, in: &slab)
        for slot in owned {
            slab[slot].userCount = 1
            if joinUserLists(slot) { restored.hasLists = true }
        }
    }

    /// A snapshot that was taken while things changed may hold a record twice: the first one stays, which comes later in
    /// the chain of its bucket.
    private mutating func removeIfDouble(_ slot: Slot) {
        var other = slab[slot].nextByID
        while other != .none, slab[other].id != slab[slot].id { other = slab[other].nextByID }
        guard other != .none else { return }
        ids.remove(slot, in: &slab)
        slab.remove(slot)
    }

    /// A snapshot may hold a token that was replaced and, because that had ended when the walk came by, not its session.
    mutating func removeOrphans() {
        for index in 1..<slab.unused {
            let slot = Slot(index: index)
            if slab[slot].kind == .replaced, self.slot(of: slab[slot].id) == .none { removeReplacedToken(slot) }
        }
    }
}

// Lists of users, whose sessions come in any order.
extension SessionStore {
    /// Puts the list that a session's user had before behind the session: in the chain of its bucket that one comes later.
    ///
    /// - Returns: Whether there was one.
    private mutating func joinUserLists(_ slot: Slot) -> Bool {
        var (previous, other) = (slot, slab[slot].nextUser)
        while other != .none, !slab.payload(of: other).user.elementsEqual(slab.payload(of: slot).user) {
            (previous, other) = (other, slab[other].nextUser)
        }
        guard other != .none else { return false }
        users.remove(other, after: previous, in: &slab)
        slab[slot].older = other
        slab[slot].userCount += slab[other].userCount
        slab[other].userCount = 0
        slab[other].newer = slot
        return true
    }

    private mutating func orderLists() {
        for index in 1..<slab.unused {
            let head = Slot(index: index)
            guard slab[head].kind == .session, slab[head].newer == .none, slab[head].older != .none else { continue }
            order(from: head)
        }
    }
}
