// Revoking. One session becomes a tombstone at once, and so do a few. A revocation of many is constant work: it stands
// from the moment it is applied, so that everything older in its scope counts as revoked, and its records become
// tombstones afterwards, a few at a time between other work.

/// A revocation of many that is not carried out on each record yet.
struct StandingRevocation {
    let revocation: Revocation
    /// Its number: what has changed since is spared.
    let sequence: UInt64
    /// The next record to look at: in the list of the user, or in the slab when everyone is revoked.
    var next: Slot
    /// Where the slab ended.
    let end: UInt32
    /// How many of the sessions that it counted are still there.
    var remaining: Int
    /// Whether it counted those, too, that had ended by themselves and were not swept yet.
    let countsEnded: Bool
}

/// A session that a revocation of many has ended, as it is carried out on it.
public struct RevokedSession: Sendable {
    /// Which one.
    public let id: SessionID
    /// Whose it was, as UTF-8; empty for nobody's.
    public let user: [UInt8]
    /// When it was revoked.
    public let at: Instant
    /// Why, in the caller's words.
    public let cause: [UInt8]
}

extension SessionStore {
    /// How many records a revocation looks at when it is applied; one of more is carried out afterwards.
    public static let promptRevocationLimit = 64

    /// Decides the revocation of what is alive in a scope.
    ///
    /// - Returns: How many sessions it ends, and the change; no change when there are certainly none. Of many, those may be
    ///   counted, too, that ended by themselves and were not swept yet.
    public func revoke(_ scope: Revocation.Scope, cause: [UInt8], now: Instant) -> (count: Int, change: Change?) {
        let change = Change.revoked(Revocation(scope: scope, at: now, cause: cause))
        guard isPrompt(scope) else { return (countOfMany(in: scope, now: now), change) }
        let count = livingSessions(in: scope, now: now)
        return (count, count == 0 ? nil : change)
    }

    /// What the counts say that a revocation of many ends, without looking at the sessions.
    private func countOfMany(in scope: Revocation.Scope, now: Instant) -> Int {
        switch scope {
        case .session: return livingSessions(in: scope, now: now)
        case .everyone: return max(sessionCount - standing.reduce(0) { $0 + $1.remaining }, 0)
        case .user(let user, let except):
            if isCountedOneByOne(scope) { return livingSessions(in: scope, now: now) }
            var count = sessionCount(of: user)
            for one in standing {
                if case .user(user, _) = one.revocation.scope { count -= one.remaining }
            }
            // Unless it was taken off already, with what an earlier revocation has counted.
            if let except, let slot = slot(ofSession: except),
                slab.payload(of: slot).user.elementsEqual(user.bytes.span),
                !standing.contains(where: { counts($0, slot) })
            {
                count -= 1
            }
            return max(count, 0)
        }
    }

    /// Whether sessions have to be counted one by one: while a revocation of everyone stands, no count says how many of one user's
    /// are left.
    private func isCountedOneByOne(_ scope: Revocation.Scope) -> Bool {
        scope != .everyone && standing.contains(where: \.isOfEveryone)
    }

    private func livingSessions(in scope: Revocation.Scope, now: Instant) -> Int {
        switch scope {
        case .session(let id):
            if case .live = presence(of: id, now: now) { return 1 }
            return 0
        case .user(let user, let except):
            return sessions(of: user, now: now).count { slab[$0].id != except }
        case .everyone:
            return (1..<slab.unused).count { isLiving(Slot(index: $0), now: now) }
        }
    }

    func isLiving(_ slot: Slot, now: Instant) -> Bool {
        slab[slot].kind == .session && slab[slot].expiresAt > now && condemnation(of: slot) == nil
    }

    /// Whether a revocation is carried out when it is applied.
    func isPrompt(_ scope: Revocation.Scope) -> Bool {
        switch scope {
        case .session: true
        case .user(let user, _): sessionCount(of: user) <= promptLimit
        case .everyone: slab.unused <= promptLimit
        }
    }

    mutating func apply(_ revocation: Revocation, sequence: UInt64) {
        guard isPrompt(revocation.scope) else {
            var first = Slot(index: 1)
            if case .user(let user, _) = revocation.scope { first = newestSession(of: user.bytes.span) }
            let one = StandingRevocation(
                revocation: revocation,
                sequence: sequence,
                next: first,
                end: slab.unused,
                remaining: countOfMany(in: revocation.scope, now: revocation.at),
                countsEnded: !isCountedOneByOne(revocation.scope)
            )
            return standing.append(one)
        }
        switch revocation.scope {
        case .session(let id):
            if let slot = slot(ofSession: id) { bury(slot, revocation, sequence: sequence) }
        case .user(let user, let except):
            var next = newestSession(of: user.bytes.span)
            while next != .none {
                let slot = next
                next = slab[slot].older
                if slab[slot].id != except { bury(slot, revocation, sequence: sequence) }
            }
        case .everyone:
            for index in 1..<slab.unused where slab[Slot(index: index)].kind == .session {
                bury(Slot(index: index), revocation, sequence: sequence)
            }
        }
    }

    /// Makes a tombstone of a session that is alive. A replayed revocation spares what is newer than it.
    private mutating func bury(_ slot: Slot, _ revocation: Revocation, sequence: UInt64) {
        guard slab[slot].sequence < sequence, slab[slot].expiresAt > revocation.at, condemnation(of: slot) == nil else {
            return
        }
        entomb(slot, revocation, sequence: sequence)
    }

    private mutating func entomb(_ slot: Slot, _ revocation: Revocation, sequence: UInt64) {
        unlinkFromUser(slot)
        setPayload(of: slot, to: PayloadParts(cause: revocation.cause))
        slab[slot].touchedAt = revocation.at
        slab[slot].sequence = sequence
        slab[slot].kind = .tombstone
        sessionCount -= 1
        tombstoneCount += 1
    }
}

extension SessionStore {
    /// How many revocations of many hold and have to be carried out still.
    public var standingRevocationCount: Int { standing.count }

    /// Carries out what stands, oldest first.
    ///
    /// - Parameters:
    ///   - budget: How many records may be looked at; counted down. When some is left, all is carried out.
    ///   - revoked: Told of each session that is made a tombstone.
    public mutating func carryOutRevocations(budget: inout Int, revoked: (RevokedSession) -> Void = { _ in }) {
        while budget > 0, let first = standing.first {
            let slot = first.next
            guard slot != .none, slot.index < first.end || !first.isOfEveryone else {
                finishFirstRevocation()
                continue
            }
            budget -= 1
            standing[0].next = first.isOfEveryone ? Slot(index: slot.index + 1) : slab[slot].older
            guard condemns(first, slot) else { continue }
            let revocation = first.revocation
            revoked(
                RevokedSession(
                    id: slab[slot].id,
                    user: slab.payload(of: slot).user.array,
                    at: revocation.at,
                    cause: revocation.cause
                )
            )
            uncount(slot)
            entomb(slot, revocation, sequence: first.sequence)
        }
    }

    /// Forgets a revocation that is carried out. What it has counted and is still there had ended by itself and is not swept
    /// yet: the next one that would have counted it does so from here on.
    private mutating func finishFirstRevocation() {
        let first = standing.removeFirst()
        guard first.remaining > 0, let heir = standing.firstIndex(where: { $0.includes(first) }) else { return }
        standing[heir].remaining += first.remaining
    }

    /// Takes note that a session goes that a standing revocation may have counted.
    mutating func uncount(_ slot: Slot) {
        if let place = standing.firstIndex(where: { counts($0, slot) }) { standing[place].remaining -= 1 }
    }

    /// The revocation by which a record that is a session still counts as a tombstone; nil for all others.
    @inline(__always)
    func condemnation(of slot: Slot) -> StandingRevocation? {
        standing.isEmpty ? nil : standing.first { condemns($0, slot) }
    }

    private func condemns(_ one: StandingRevocation, _ slot: Slot) -> Bool {
        slab[slot].expiresAt > one.revocation.at && isMeant(by: one, slot)
    }

    /// Whether a revocation has counted a session: one that had ended by itself may count as long as it was not swept.
    private func counts(_ one: StandingRevocation, _ slot: Slot) -> Bool {
        (one.countsEnded || slab[slot].expiresAt > one.revocation.at) && isMeant(by: one, slot)
    }

    private func isMeant(by one: StandingRevocation, _ slot: Slot) -> Bool {
        guard slab[slot].kind == .session, slab[slot].sequence < one.sequence else { return false }
        guard case .user(let user, let except) = one.revocation.scope else { return true }
        return slab[slot].id != except && slab.payload(of: slot).user.elementsEqual(user.bytes.span)
    }

    /// Lets those who walk a user's list go on behind a session that leaves it.
    mutating func leaveWalks(_ slot: Slot) {
        for place in standing.indices where standing[place].next == slot && !standing[place].isOfEveryone {
            standing[place].next = slab[slot].older
        }
    }
}

extension StandingRevocation {
    fileprivate var isOfEveryone: Bool { revocation.scope == .everyone }

    /// Whether it counts everyone who is in the scope of another one, but perhaps for one session.
    fileprivate func includes(_ other: StandingRevocation) -> Bool {
        guard countsEnded else { return false }
        switch (revocation.scope, other.revocation.scope) {
        case (.everyone, _): return true
        case (.user(let user, _), .user(let otherUser, _)): return user == otherUser
        default: return false
        }
    }
}
