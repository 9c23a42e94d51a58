// Putting back what a snapshot holds. The records are laid down one after the other in whatever order they come, and found
// their places in the indexes when all are there: each index then is as large as it has to be from the start, and is filled
// by walking memory in its order.

/// Records that were restored and are in no index yet: those of the slab from its first place on.
struct RestoredRecords {
    var count = 0
    var replaced: [(token: ReplacedToken, sequence: UInt64)] = []
}

extension SessionStore {
    /// Puts back a session that a snapshot holds.
    ///
    /// - Precondition: The store was empty before; `finishRestoring` is called before anything else is done with it.
    public mutating func restore(_ session: Session, sequence: UInt64) {
        layDown(Record(session, sequence: sequence), PayloadParts(session))
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
        layDown(record, PayloadParts(cause: tombstone.cause))
    }

    /// Puts back a replaced token that a snapshot holds, whether or not its session has come already.
    ///
    /// - Precondition: As for a session.
    public mutating func restore(_ replaced: ReplacedToken, sequence: UInt64) {
        self.sequence = max(self.sequence, sequence)
        restored.replaced.append((replaced, sequence))
    }

    private mutating func layDown(_ record: consuming Record, _ parts: PayloadParts) {
        sequence = max(sequence, record.sequence)
        restored.count += 1
        let slot = slab.insert(record, parts)
        precondition(Int(slot.index) == restored.count, "restored into a store that is in use")
    }

    /// Makes what was restored a store: fills the indexes, puts the lists of users in order, and forgets the replaced tokens
    /// of sessions that were not restored.
    public mutating func finishRestoring() {
        let count = restored.count
        if count > 0 {
            tokens.reserve(count)
            ids.reserve(count)
            users.reserve(count)
        }
        for index in 0..<count { indexRestored(Slot(index: UInt32(index + 1))) }
        for (token, sequence) in restored.replaced { insert(token, sequence: sequence) }
        restored = RestoredRecords()
        removeOrphans()
        for index in 1..<slab.unused {
            let head = Slot(index: index)
            guard slab[head].kind == .session, slab[head].newer == .none, slab[head].older != .none else { continue }
            order(from: head)
        }
    }

    private mutating func indexRestored(_ slot: Slot) {
        // A snapshot that was taken while things changed may hold a record twice.
        guard self.slot(of: slab[slot].id) == .none else { return slab.remove(slot) }
        index(slot)
        guard slab[slot].kind == .session else { return tombstoneCount += 1 }
        linkToUserUnordered(slot)
        sessionCount += 1
    }

    /// A snapshot may hold a token that was replaced and, because that had ended when the walk came by, not its session.
    mutating func removeOrphans() {
        for index in 1..<slab.unused {
            let slot = Slot(index: index)
            if slab[slot].kind == .replaced, self.slot(of: slab[slot].id) == .none { removeReplacedToken(slot) }
        }
    }
}
