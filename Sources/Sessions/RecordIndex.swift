// Finding records by a key. A hash table that grows by one bucket at a time (linear hashing: Litwin, VLDB 1980), so
// that no insertion ever pays for moving the whole table. Buckets hold the first slot of a chain that runs through the
// records themselves.

/// By which key an index finds records: its hash, and the link of the chain in the record.
protocol IndexKey {
    static func hash(of slot: Slot, in slab: borrowing RecordSlab) -> UInt64
    static func next(_ record: borrowing Record) -> Slot
    static func setNext(_ record: inout Record, to slot: Slot)
}

/// A hash table over the records of a slab.
struct RecordIndex<Key: IndexKey>: ~Copyable {
    private static var segmentShift: Int { 12 }
    private static var segmentSize: Int { 1 << segmentShift }

    private var segments: [[Slot]]
    private var bucketCount: Int
    /// The largest power of two that is not above `bucketCount`, less one.
    private var mask: UInt64
    private(set) var count = 0

    init() {
        segments = [[Slot](repeating: .none, count: Self.segmentSize)]
        bucketCount = Self.segmentSize
        mask = UInt64(Self.segmentSize - 1)
    }

    /// Makes an empty index as large as so many records need, so that inserting them moves nothing.
    mutating func reserve(_ records: Int) {
        precondition(count == 0, "an index that is in use cannot be made larger at once")
        while bucketCount * 3 < records * 4 {
            segments.append([Slot](repeating: .none, count: Self.segmentSize))
            bucketCount += Self.segmentSize
        }
        while Int(mask) + 1 <= bucketCount / 2 { mask = mask << 1 | 1 }
    }

    /// The first record of the chain that a record with this hash would be in; follow `Key.next` from there.
    @inline(__always)
    func first(_ hash: UInt64) -> Slot { self[bucket(hash)] }

    /// Has the processor fetch the bucket that `first` will read.
    @inline(__always)
    func prefetch(_ hash: UInt64) {
        let bucket = bucket(hash)
        unsafe segments[bucket >> Self.segmentShift]
            .withUnsafeBufferPointer { segment in
                unsafe fetch(segment.baseAddress! + (bucket & (Self.segmentSize - 1)), MemoryLayout<Slot>.size)
            }
    }

    mutating func insert(_ slot: Slot, in slab: inout RecordSlab) {
        let bucket = bucket(Key.hash(of: slot, in: slab))
        Key.setNext(&slab[slot], to: self[bucket])
        self[bucket] = slot
        count += 1
        // Split at three quarters, which keeps the chains at 1.4 records on average.
        if count * 4 > bucketCount * 3 { split(&slab) }
    }

    /// The same for many, into an index that is large enough for them: where they go lies anywhere in memory, and the
    /// processor waits for many such places together, as long as nothing lies between that takes long to compute.
    mutating func insert(_ slots: some Collection<Slot>, in slab: inout RecordSlab) {
        let buckets = slots.map { bucket(Key.hash(of: $0, in: slab)) }
        for (slot, bucket) in zip(slots, buckets) {
            Key.setNext(&slab[slot], to: self[bucket])
            self[bucket] = slot
        }
        count += buckets.count
        precondition(count * 4 <= bucketCount * 3, "an index was not made large enough")
    }

    mutating func remove(_ slot: Slot, in slab: inout RecordSlab) {
        replace(slot, with: Key.next(slab[slot]), in: &slab)
        count -= 1
    }

    /// Takes out what comes right behind `previous` in its chain.
    mutating func remove(_ slot: Slot, after previous: Slot, in slab: inout RecordSlab) {
        Key.setNext(&slab[previous], to: Key.next(slab[slot]))
        Key.setNext(&slab[slot], to: .none)
        count -= 1
    }

    /// Puts `other` into the place of `slot`; both have the same key.
    mutating func exchange(_ slot: Slot, for other: Slot, in slab: inout RecordSlab) {
        Key.setNext(&slab[other], to: Key.next(slab[slot]))
        replace(slot, with: other, in: &slab)
    }

    private mutating func replace(_ slot: Slot, with successor: Slot, in slab: inout RecordSlab) {
        let bucket = bucket(Key.hash(of: slot, in: slab))
        var current = self[bucket]
        if current == slot {
            self[bucket] = successor
        } else {
            while Key.next(slab[current]) != slot { current = Key.next(slab[current]) }
            Key.setNext(&slab[current], to: successor)
        }
        Key.setNext(&slab[slot], to: .none)
    }

    @inline(__always)
    private func bucket(_ hash: UInt64) -> Int {
        let wide = Int(truncatingIfNeeded: hash & (mask << 1 | 1))
        return wide < bucketCount ? wide : Int(truncatingIfNeeded: hash & mask)
    }

    private subscript(bucket: Int) -> Slot {
        get { segments[bucket >> Self.segmentShift][bucket & (Self.segmentSize - 1)] }
        set { segments[bucket >> Self.segmentShift][bucket & (Self.segmentSize - 1)] = newValue }
    }

    /// Adds a bucket and moves into it what now belongs there, all of it from one other bucket.
    private mutating func split(_ slab: inout RecordSlab) {
        let fresh = bucketCount
        if fresh >> Self.segmentShift == segments.count {
            segments.append([Slot](repeating: .none, count: Self.segmentSize))
        }
        let old = fresh & Int(mask)
        bucketCount += 1
        if bucketCount == (Int(mask) + 1) * 2 { mask = mask << 1 | 1 }
        var slot = self[old]
        self[old] = .none
        while slot != .none {
            let next = Key.next(slab[slot])
            let bucket = bucket(Key.hash(of: slot, in: slab))
            Key.setNext(&slab[slot], to: self[bucket])
            self[bucket] = slot
            slot = next
        }
    }
}

/// By the hash of the token, mixed with a number drawn at start: callers may choose tokens, but not buckets.
enum ByToken: IndexKey {
    private static let seed = UInt64.random(in: .min ... .max)

    @inline(__always)
    static func hash(_ tokenHash: TokenHash) -> UInt64 {
        let product = (tokenHash.words.a ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    static func hash(of slot: Slot, in slab: borrowing RecordSlab) -> UInt64 { hash(slab[slot].tokenHash) }
    static func next(_ record: borrowing Record) -> Slot { record.nextByToken }
    static func setNext(_ record: inout Record, to slot: Slot) { record.nextByToken = slot }
}

/// By the public handle, which is random already.
enum ByID: IndexKey {
    static func hash(_ id: SessionID) -> UInt64 { id.low }
    static func hash(of slot: Slot, in slab: borrowing RecordSlab) -> UInt64 { hash(slab[slot].id) }
    static func next(_ record: borrowing Record) -> Slot { record.nextByID }
    static func setNext(_ record: inout Record, to slot: Slot) { record.nextByID = slot }
}

/// By user, through the newest session of each.
enum ByUser: IndexKey {
    static func hash(_ user: Span<UInt8>) -> UInt64 {
        var hasher = Hasher()
        unsafe user.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    static func hash(of slot: Slot, in slab: borrowing RecordSlab) -> UInt64 { hash(slab.payload(of: slot).user) }
    static func next(_ record: borrowing Record) -> Slot { record.nextUser }
    static func setNext(_ record: inout Record, to slot: Slot) { record.nextUser = slot }
}
