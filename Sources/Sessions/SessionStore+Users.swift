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

    /// Puts a session into its user's list; one without a user is in no list.
    ///
    /// Nearly always it is the newest. It is not when an old session gets a user, or when the clock was set back.
    mutating func linkToUser(_ slot: Slot) {
        guard !slab[slot].payload.user.isEmpty else { return }
        let head = newestSession(of: slab[slot].payload.user)
        guard head != .none, isNewer(head, than: slot) else { return linkAsNewest(slot, before: head) }
        var newer = head
        while slab[newer].older != .none, isNewer(slab[newer].older, than: slot) { newer = slab[newer].older }
        let older = slab[newer].older
        slab[slot].newer = newer
        slab[slot].older = older
        slab[newer].older = slot
        if older != .none { slab[older].newer = slot }
        slab[head].userCount += 1
    }

    /// Puts a session at the head of its user's list wherever it belongs: constant work.
    mutating func linkToUserUnordered(_ slot: Slot) {
        guard !slab[slot].payload.user.isEmpty else { return }
        linkAsNewest(slot, before: newestSession(of: slab[slot].payload.user))
    }

    /// Puts a user's list in order, which was linked in whatever order its sessions came.
    mutating func order(from head: Slot) {
        var slots: [Slot] = []
        var slot = head
        while slot != .none {
            slots.append(slot)
            slot = slab[slot].older
        }
        slots.sort { isNewer($0, than: $1) }
        if slots[0] != head {
            slab[slots[0]].userCount = slab[head].userCount
            users.exchange(head, for: slots[0], in: &slab)
        }
        for (place, slot) in slots.enumerated() {
            slab[slot].newer = place > 0 ? slots[place - 1] : .none
            slab[slot].older = place + 1 < slots.count ? slots[place + 1] : .none
        }
    }

    private mutating func linkAsNewest(_ slot: Slot, before head: Slot) {
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

    /// The order of a list: by beginning, and by id where two began in the same millisecond.
    private func isNewer(_ one: Slot, than other: Slot) -> Bool {
        ListCursor(slab[one]) > ListCursor(slab[other])
    }

    mutating func unlinkFromUser(_ slot: Slot) {
        guard !slab[slot].payload.user.isEmpty else { return }
        leaveWalks(slot)
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
