// The memory of the records: chunks of 262,144 that never move, with a list of freed places that are used again first.
// A lookup goes to some record at random, so the chunks ask for huge pages: finding the page costs as much as reading it.

internal import Glibc

/// All records, by slot, with their payloads.
///
/// Sound: a slot's chunk is checked to exist, chunks are only freed with the slab, and a record is initialised before its
/// slot is handed out.
@safe
struct RecordSlab: ~Copyable {
    /// Of 136 bytes a record these are 17 huge pages, which take up memory only as they are used.
    private static let chunkShift: UInt32 = 18
    private static let chunkSize = 1 << chunkShift
    private static let hugePageSize = 1 << 21

    private(set) var payloads = PayloadArena()
    private var chunks: [UnsafeMutablePointer<Record>] = unsafe []
    /// The first freed slot; each names the next in `nextByToken`.
    private var firstFree = Slot.none
    /// Slots from here on were never used. The first is left out, so that slot 0 can mean none.
    private(set) var unused: UInt32 = 1

    init() {}

    deinit {
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

    /// What varies in length of a record.
    @inline(__always)
    @_lifetime(borrow self)
    func payload(of slot: Slot) -> PayloadView {
        payloads.view(of: self[slot].payload)
    }

    /// Puts a record with its payload into a free place.
    mutating func insert(_ record: consuming Record, _ parts: borrowing PayloadParts = PayloadParts()) -> Slot {
        let slot = insertBare(record)
        self[slot].payload = payloads.store(parts, for: slot)
        return slot
    }

    /// Puts a session that was stored into a free place.
    mutating func insert(_ stored: borrowing StoredSession, sequence: UInt64) -> Slot {
        let slot = insertBare(Record(stored, sequence: sequence))
        self[slot].payload = payloads.store(
            user: stored.user,
            ip: stored.ip,
            userAgent: stored.userAgent,
            data: stored.data,
            for: slot
        )
        return slot
    }

    /// Puts another payload in the place of a record's.
    mutating func setPayload(of slot: Slot, to parts: borrowing PayloadParts) {
        freePayload(of: slot)
        self[slot].payload = payloads.store(parts, for: slot)
    }

    private mutating func freePayload(of slot: Slot) {
        let payload = self[slot].payload
        self[slot].payload = Payload()
        guard let move = payloads.free(payload, of: slot) else { return }
        self[move.owner].payload.place = move.place
    }

    private mutating func insertBare(_ record: consuming Record) -> Slot {
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
        freePayload(of: slot)
        self[slot].kind = .free
        self[slot].nextByToken = firstFree
        firstFree = slot
    }

    private mutating func addChunk() {
        precondition(unsafe chunks.count < 1 << (32 - Self.chunkShift) - 1, "more than four thousand million records")
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
