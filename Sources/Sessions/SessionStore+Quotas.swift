// Quotas: how many sessions a user may have, and how much memory all of them take.

extension SessionStore {
    /// Decides what has to happen before a user gets one more session.
    ///
    /// - Returns: The revocations to commit first, of the user's oldest sessions.
    /// - Throws: `Refusal.full` when the policy refuses it.
    public func makeRoom(for user: UserID, now: Instant) throws(Refusal) -> [Change] {
        let limit = policy.maxSessionsPerUser
        // The list also has what has ended and was not swept yet; nearly always it is short enough even so.
        guard limit > 0, sessionCount(of: user) >= limit else { return [] }
        let living = sessions(of: user, now: now)
        guard living.count >= limit else { return [] }
        guard policy.whenFull == .evictOldest else { throw .full(limit: limit) }
        let cause = Array("evicted".utf8)
        return living.suffix(living.count - limit + 1)
            .map { slot in .revoked(Revocation(scope: .session(slab[slot].id), at: now, cause: cause)) }
    }

    /// What the store takes in memory, in bytes: the records with their places in the indexes, and the blocks of what varies
    /// in length. What has become free is not counted; the store keeps it for what comes next.
    public var memoryBytes: Int {
        let records = sessionCount + tombstoneCount + replacedTokenCount
        // A bucket is four bytes, and an index has four buckets for three records.
        let perRecord = MemoryLayout<Record>.stride + 3 * MemoryLayout<Slot>.stride * 4 / 3
        return records * perRecord + slab.payloads.byteCount
    }
}
