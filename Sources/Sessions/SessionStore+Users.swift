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
        while slot != .none, !slab.payload(of: slot).user.elementsEqual(user) { slot = slab[slot].nextUser }
        return slot
    }

    /// Puts a session into its user's list; one without a user is in no list.
    ///
    /// Nearly always it is the newest. It is not when an old session gets a user, or when the clock was set back.
    mutating func linkToUser(_ slot: Slot) {
        guard !slab.payload(of: slot).user.isEmpty else { return }
        let head = newestSession(of: slab.payload(of: slot).user)
        let newer = lastSession(from: head, notOlderThan: ListCursor(slab[slot]))
        guard newer != .none else { return linkAsNewest(slot, before: head) }
        let older = slab[newer].older
        slab[slot].newer = newer
        slab[slot].older = older
        slab[newer].older = slot
        if older != .none { slab[older].newer = slot }
        slab[head].userCount += 1
    }

    /// The last session of a list that is not older than a place in it; none when all are.
    ///
    /// In a list of any length that takes about as many steps as the root of how many records there are: of so many records,
    /// picked at random, the one in the list that lies nearest before the place is where the walk begins.
    func lastSession(from head: Slot, notOlderThan place: ListCursor) -> Slot {
        guard head != .none, ListCursor(slab[head]) >= place else { return .none }
        var last = pick(from: head, nearest: place)
        while slab[last].older != .none, ListCursor(slab[slab[last].older]) >= place { last = slab[last].older }
        return last
    }

    /// About how many records are looked at to find a place in a user's list that is neither its head nor a session's.
    public func searchLength(in user: UserID) -> Int { min(sessionCount(of: user), 2 * picks) }

    /// So that nobody can choose a place that is far from all picks.
    private static let seed = UInt64.random(in: .min ... .max)

    private var picks: Int { Int(Double(slab.unused).squareRoot()) }

    private func pick(from head: Slot, nearest place: ListCursor) -> Slot {
        let picks = picks
        guard slab[head].userCount > picks else { return head }
        let user = slab.payload(of: head).user
        var (nearest, draw) = (head, place.id.low ^ Self.seed)
        for _ in 0..<picks {
            draw = draw &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Swift shifts before it multiplies.
            let index = ((draw >> 32) * UInt64(slab.unused - 1)) >> 32
            let slot = Slot(index: UInt32(truncatingIfNeeded: index) + 1)
            guard slab[slot].kind == .session, ListCursor(slab[slot]) > place else { continue }
            guard ListCursor(slab[slot]) < ListCursor(slab[nearest]) else { continue }
            if slab.payload(of: slot).user.elementsEqual(user) { nearest = slot }
        }
        return nearest
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
        if slots[0] != head { makeHead(slots[0], insteadOf: head) }
        for (place, slot) in slots.enumerated() {
            if place > 0 { slab[slot].newer = slots[place - 1] }
            slab[slot].older = place + 1 < slots.count ? slots[place + 1] : .none
        }
    }

    private mutating func linkAsNewest(_ slot: Slot, before head: Slot) {
        slab[slot].older = head
        guard head != .none else {
            slab[slot].userCount = 1
            return users.insert(slot, in: &slab)
        }
        makeHead(slot, insteadOf: head)
        slab[slot].userCount += 1
        slab[head].newer = slot
    }

    /// Gives one session what another has as the head of its user's list.
    private mutating func makeHead(_ slot: Slot, insteadOf head: Slot) {
        users.exchange(head, for: slot, in: &slab)
        slab[slot].userCount = slab[head].userCount
        slab[head].userCount = 0
    }

    /// The order of a list: by beginning, and by id where two began in the same millisecond.
    private func isNewer(_ one: Slot, than other: Slot) -> Bool {
        ListCursor(slab[one]) > ListCursor(slab[other])
    }

    mutating func unlinkFromUser(_ slot: Slot) {
        guard !slab.payload(of: slot).user.isEmpty else { return }
        leaveWalks(slot)
        let (newer, older) = (slab[slot].newer, slab[slot].older)
        if newer != .none {
            slab[newer].older = older
            if older != .none { slab[older].newer = newer }
            slab[newestSession(of: slab.payload(of: slot).user)].userCount -= 1
        } else if older != .none {
            makeHead(older, insteadOf: slot)
            slab[older].userCount -= 1
        } else {
            users.remove(slot, in: &slab)
            slab[slot].userCount = 0
        }
        slab[slot].newer = .none
        slab[slot].older = .none
    }
}
