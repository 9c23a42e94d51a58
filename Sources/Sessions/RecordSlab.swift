// The memory of the records: chunks of 4,096 that never move, with a list of freed places that are used again first.

/// All records, by slot.
///
/// Sound: a slot's chunk is checked to exist, chunks are only freed with the slab, and every record of a chunk is
/// initialised when the chunk is made.
@safe
struct RecordSlab: ~Copyable {
    private static let chunkShift: UInt32 = 12
    private static let chunkSize = 1 << chunkShift

    private var chunks: [UnsafeMutablePointer<Record>] = unsafe []
    /// The first freed slot; each names the next in `nextByToken`.
    private var firstFree = Slot.none
    /// Slots from here on were never used. The first is left out, so that slot 0 can mean none.
    private(set) var unused: UInt32 = 1

    init() {}

    deinit {
        for index in 1..<max(unused, 1) { self[Slot(index: index)].payload.free() }
        unsafe chunks.forEach { unsafe $0.deallocate() }
    }

    subscript(slot: Slot) -> Record {
        @inline(__always)
        _read {
            let chunk = unsafe chunks[Int(slot.index >> Self.chunkShift)]
            yield unsafe chunk[Int(slot.index) & (Self.chunkSize - 1)]
        }
        @inline(__always)
        _modify {
            let chunk = unsafe chunks[Int(slot.index >> Self.chunkShift)]
            yield unsafe &chunk[Int(slot.index) & (Self.chunkSize - 1)]
        }
    }

    /// The record itself, for who looks at it without copying it.
    ///
    /// Sound as long as the slab is not changed.
    @unsafe
    func pointer(to slot: Slot) -> UnsafePointer<Record> {
        unsafe UnsafePointer(chunks[Int(slot.index >> Self.chunkShift)] + (Int(slot.index) & (Self.chunkSize - 1)))
    }

    /// Puts a record into a free place.
    mutating func insert(_ record: consuming Record) -> Slot {
        if firstFree != .none {
            let slot = firstFree
            firstFree = self[slot].nextByToken
            self[slot] = record
            return slot
        }
        if unsafe Int(unused >> Self.chunkShift) == chunks.count { addChunk() }
        let slot = Slot(index: unused)
        unused += 1
        self[slot] = record
        return slot
    }

    /// Frees a place and what belongs to it.
    mutating func remove(_ slot: Slot) {
        self[slot].payload.free()
        self[slot].payload = Payload()
        self[slot].kind = .free
        self[slot].nextByToken = firstFree
        firstFree = slot
    }

    private mutating func addChunk() {
        let chunk = UnsafeMutablePointer<Record>.allocate(capacity: Self.chunkSize)
        unsafe chunk.initialize(repeating: .placeholder, count: Self.chunkSize)
        unsafe chunks.append(chunk)
    }
}

extension Record {
    /// What an unused place holds.
    static var placeholder: Record {
        Record(
            tokenHash: TokenHash(words: .init(a: 0, b: 0, c: 0, d: 0)),
            expiresAt: Instant(milliseconds: 0),
            touchedAt: Instant(milliseconds: 0),
            ttl: .zero,
            authenticatedAt: Instant(milliseconds: 0),
            payload: Payload(),
            id: SessionID(high: 0, low: 0),
            createdAt: Instant(milliseconds: 0),
            lifetimeEndsAt: Instant(milliseconds: 0),
            version: 0,
            sequence: 0
        )
    }
}
