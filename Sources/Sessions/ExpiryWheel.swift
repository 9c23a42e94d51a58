// When which record ends. A hashed timing wheel (Varghese and Lauck, SOSP 1987, scheme 6) of one bucket a second and
// nine hours around: a record that ends later than that is met, and left for another round, once in nine hours. A touch
// moves nothing: a record whose end has moved is put where it belongs when it is met.

/// The records by the second in which they end.
struct ExpiryWheel: ~Copyable {
    private static let size = 1 << 15
    /// What was taken out of the bucket of a second that has come, to be looked at one by one.
    private static let due = size

    private var heads = [Slot](repeating: .none, count: size + 1)
    /// The first second whose bucket was not emptied yet.
    private var nextSecond: Int64

    init(now: Instant) {
        nextSecond = now.milliseconds / 1000
    }

    mutating func insert(_ slot: Slot, in slab: inout RecordSlab) {
        // Rounded up: when the bucket's second has come, all in it have ended. Never into a bucket that has been passed.
        let second = max((slab[slot].expiresAt.milliseconds + 999) / 1000, nextSecond)
        link(slot, into: Int(second & Int64(Self.size - 1)), in: &slab)
    }

    mutating func remove(_ slot: Slot, in slab: inout RecordSlab) {
        let (previous, next) = (slab[slot].previousToExpire, slab[slot].nextToExpire)
        if next != .none { slab[next].previousToExpire = previous }
        if let bucket = Self.bucket(previous) {
            heads[bucket] = next
        } else {
            slab[previous].nextToExpire = next
        }
        slab[slot].nextToExpire = .none
        slab[slot].previousToExpire = .none
    }

    /// What a step of the sweep came to.
    enum Step {
        /// This record has ended; it stays until its end is applied.
        case ended(Slot)
        /// A record or a second was passed; there may be more.
        case passed
        /// Nothing has ended that is still there.
        case finished
    }

    /// Looks at one record, or moves on by one second: constant work.
    mutating func step(now: Instant, in slab: inout RecordSlab) -> Step {
        let slot = heads[Self.due]
        if slot != .none {
            if slab[slot].expiresAt <= now { return .ended(slot) }
            remove(slot, in: &slab)
            insert(slot, in: &slab)
            return .passed
        }
        let second = now.milliseconds / 1000
        // After a pause longer than the wheel, once around meets everything. When the clock was set back, what was put
        // into the seconds ahead is met as the wheel comes around.
        nextSecond = min(max(nextSecond, second - Int64(Self.size) + 1), second + 1)
        guard nextSecond <= second else { return .finished }
        let bucket = Int(nextSecond & Int64(Self.size - 1))
        nextSecond += 1
        guard heads[bucket] != .none else { return .passed }
        let head = heads[bucket]
        heads[Self.due] = head
        heads[bucket] = .none
        // Only the head of a list knows its bucket, so the others need not be told.
        slab[head].previousToExpire = Self.link(toBucket: Self.due)
        return .passed
    }

    private mutating func link(_ slot: Slot, into bucket: Int, in slab: inout RecordSlab) {
        let head = heads[bucket]
        slab[slot].previousToExpire = Self.link(toBucket: bucket)
        slab[slot].nextToExpire = head
        if head != .none { slab[head].previousToExpire = slot }
        heads[bucket] = slot
    }

    /// How the first record of a bucket names it: from the greatest slot down, where there are no records.
    private static func link(toBucket bucket: Int) -> Slot { Slot(index: ~UInt32(bucket)) }

    private static func bucket(_ link: Slot) -> Int? {
        let bucket = Int(~link.index)
        return bucket <= due ? bucket : nil
    }
}
