// The memory of the records: chunks of 16,384 that never move, with a list of freed places that are used again first.
// A lookup goes to some record at random, so the chunks ask for huge pages: finding the page costs as much as reading it.

internal import Glibc

/// All records, by slot.
///
/// Sound: a slot's chunk is checked to exist, chunks are only freed with the slab, and a record is initialised before its
/// slot is handed out.
@safe
struct RecordSlab: ~Copyable {
    private static let chunkShift: UInt32 = 14
    private static let chunkSize = 1 << chunkShift
    private static let hugePageSize = 1 << 21

    private var chunks: [UnsafeMutablePointer<Record>] = unsafe []
    /// The first freed slot; each names the next in `nextByToken`.
    private var firstFree = Slot.none
    /// Slots from here on were never used. The first is left out, so that slot 0 can mean none.
    private(set) var unused: UInt32 = 1

    init() {}

    deinit {
        for index in 1..<max(unused, 1) { self[Slot(index: index)].payload.free() }
        unsafe chunks.forEach { unsafe free($0) }
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
        let chunk = unsafe chunks[Int(unused >> Self.chunkShift)]
        unsafe (chunk + (Int(unused) & (Self.chunkSize - 1))).initialize(to: record)
        unused += 1
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
        let size = Self.chunkSize * MemoryLayout<Record>.stride
        var memory: UnsafeMutableRawPointer?
        guard unsafe posix_memalign(&memory, Self.hugePageSize, size) == 0, let memory = unsafe memory else {
            fatalError("out of memory for \(size) bytes")
        }
        // Where there are none, or when they are switched off, small ones do.
        _ = unsafe madvise(memory, size, CInt(MADV_HUGEPAGE))
        unsafe chunks.append(memory.bindMemory(to: Record.self, capacity: Self.chunkSize))
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
