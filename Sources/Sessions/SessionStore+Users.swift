// The sessions of one user: a list from the newest to the oldest that runs through the records. Only its head is in
// the index of users, and only the head knows how long the list is.

extension SessionStore {
    /// How many sessions a user has, counting those that have ended but were not swept yet.
    public func sessionCount(of user: UserID) -> Int {
        let head = newestSession(of: user.bytes.span)
        return head == .none ? 0 : Int(slab[head].userCount)
    }

    /// The head of a user's list.
    func newestSession(of user: Span<UInt8>) -> Slot {
        var slot = users.first(ByUser.hash(user))
        while slot != .none, !slab[slot].payload.user.elementsEqual(user) { slot = slab[slot].nextUser }
        return slot
    }

    /// Makes a session the newest of its user; one without a user is in no list.
    mutating func linkToUser(_ slot: Slot) {
        guard !slab[slot].payload.user.isEmpty else { return }
        let head = newestSession(of: slab[slot].payload.user)
        slab[slot].newer = .none
        slab[slot].older = head
        if head == .none {
            slab[slot].userCount = 1
            users.insert(slot, in: &slab)
        } else {
            slab[slot].userCount = slab[head].userCount + 1
            slab[head].newer = slot
            users.exchange(head, for: slot, in: &slab)
        }
    }

    mutating func unlinkFromUser(_ slot: Slot) {
        guard !slab[slot].payload.user.isEmpty else { return }
        let (newer, older) = (slab[slot].newer, slab[slot].older)
        if older != .none { slab[older].newer = newer }
        if newer != .none {
            slab[newer].older = older
            slab[newestSession(of: slab[slot].payload.user)].userCount -= 1
        } else if older != .none {
            slab[older].userCount = slab[slot].userCount - 1
            users.exchange(slot, for: older, in: &slab)
        } else {
            users.remove(slot, in: &slab)
        }
        slab[slot].newer = .none
        slab[slot].older = .none
    }
}
