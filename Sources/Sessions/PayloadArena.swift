// The memory of what varies in length, one block a record. Blocks of one size lie one after the other in spans, without
// gaps: the last one moves into the place of one that is freed, and its record is told. So churn fragments nothing,
// whatever sizes come and go: beyond the blocks in use there is at most one span a size that is not full, and a span
// without blocks serves any size. Memory that was taken once is kept for what comes next.

internal import Glibc

/// Blocks of memory, each with the parts of one payload and the slot of the record that owns it.
///
/// Sound: places are handed out by `store` alone, which also makes the regions that they lie in, and nothing frees a
/// region but the arena's end. A block is as long as the lengths in its payload say, since those are never changed apart
/// from the place; its owner frees it exactly once, which debug builds check by the slot in the block. Views cannot
/// outlive a borrow of the arena, and only changing it moves or frees a block.
@safe
struct PayloadArena: ~Copyable {
    /// Blocks are a multiple of this long, and places count in it.
    private static let unitShift = 3
    /// 64 KiB: the blocks of 268 bytes that are usual leave four in a thousand of it unused.
    private static let spanShift = 16
    /// 32 MiB, which take up memory only as spans are used, one huge page after the other.
    private static let regionShift = 25
    private static let hugePageSize = 1 << 21
    /// What is longer has an allocation of its own, so that a span always holds many blocks.
    private static let longestInSpan = 2048
    /// Places from here on are those in `large`.
    private static let firstLargePlace = 1 << (Payload.placeBits - 1)
    private static let longestPrefetch = 512
    private static let ownerSize = MemoryLayout<UInt32>.size

    private var regions: [UnsafeMutablePointer<UInt8>] = unsafe []
    /// By length in units.
    private var classes = [SizeClass](repeating: SizeClass(), count: (longestInSpan >> unitShift) + 1)
    private var freeSpans: [Int] = []
    /// Spans from here on were never used. The first is left out, so that place 0 can mean none.
    private var unusedSpan = 1
    private var large: [UnsafeMutablePointer<UInt8>] = unsafe []
    /// What the blocks in use take, with what the allocator adds to those that have an allocation of their own.
    private(set) var byteCount = 0

    /// The blocks of one length. All spans but the last are full.
    private struct SizeClass {
        var spans: [Int] = []
        var countInLast = 0
    }

    /// A block that is at another place from now on.
    struct Move {
        let owner: Slot
        let place: Int
    }

    init() {}

    deinit {
        unsafe regions.forEach { unsafe Glibc.free($0) }
        unsafe large.forEach { unsafe Glibc.free($0) }
    }

    /// Copies the parts into a block; nothing takes none.
    mutating func store(_ parts: borrowing PayloadParts, for owner: Slot) -> Payload {
        store(
            user: parts.user.span,
            ip: parts.ip.span,
            userAgent: parts.userAgent.span,
            data: parts.data.span,
            for: owner
        )
    }

    /// The same with parts that are in somebody else's memory.
    mutating func store(
        user: Span<UInt8>,
        ip: Span<UInt8>,
        userAgent: Span<UInt8>,
        data: Span<UInt8>,
        for owner: Slot
    ) -> Payload {
        var payload = Payload(user: user.count, ip: ip.count, userAgent: userAgent.count, data: data.count)
        guard payload.byteCount > 0 else { return payload }
        let size = Self.blockSize(payload)
        byteCount += Self.cost(size)
        payload.place = size <= Self.longestInSpan ? takePlace(size) : takeLargePlace(size)
        let block = unsafe address(payload.place)
        unsafe UnsafeMutableRawPointer(block).storeBytes(of: owner.index, as: UInt32.self)
        var end = unsafe block + Self.ownerSize
        unsafe Self.copy(user, to: &end)
        unsafe Self.copy(ip, to: &end)
        unsafe Self.copy(userAgent, to: &end)
        unsafe Self.copy(data, to: &end)
        return payload
    }

    /// Sound: the block that `end` is in was made as long as all parts together.
    @inline(__always)
    private static func copy(_ part: Span<UInt8>, to end: inout UnsafeMutablePointer<UInt8>) {
        unsafe part.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            unsafe end.update(from: first, count: source.count)
        }
        unsafe end += part.count
    }

    /// Gives up a block.
    ///
    /// - Returns: The block that has moved into its place; its owner has to be told before anything else is done.
    mutating func free(_ payload: Payload, of owner: Slot) -> Move? {
        guard payload.place != 0 else { return nil }
        let block = unsafe address(payload.place)
        assert(unsafe Self.owner(of: block) == owner, "a payload is freed that is not its record's")
        let size = Self.blockSize(payload)
        byteCount -= Self.cost(size)
        let moved: UnsafeMutablePointer<UInt8>
        if size <= Self.longestInSpan {
            let last = giveUpLastPlace(size)
            guard last != payload.place else { return nil }
            unsafe block.update(from: address(last), count: size)
            unsafe moved = block
        } else {
            unsafe Glibc.free(block)
            unsafe moved = large.removeLast()
            let index = payload.place - Self.firstLargePlace
            guard unsafe index < large.count else { return nil }
            unsafe large[index] = moved
        }
        return Move(owner: unsafe Self.owner(of: moved), place: payload.place)
    }

    /// The parts of a payload.
    @inline(__always)
    @_lifetime(borrow self)
    func view(of payload: Payload) -> PayloadView {
        let start = unsafe payload.place == 0 ? nil : UnsafePointer(address(payload.place) + Self.ownerSize)
        return unsafe _overrideLifetime(PayloadView(start, payload), borrowing: self)
    }

    /// Has the processor fetch a payload, of a long one the beginning: as much as it cannot foresee by itself.
    @inline(__always)
    func prefetch(_ payload: Payload) {
        guard payload.place != 0 else { return }
        unsafe fetch(address(payload.place), min(Self.ownerSize + payload.byteCount, Self.longestPrefetch))
    }

    @inline(__always)
    private func address(_ place: Int) -> UnsafeMutablePointer<UInt8> {
        if place >= Self.firstLargePlace { return unsafe large[place - Self.firstLargePlace] }
        let region = place >> (Self.regionShift - Self.unitShift)
        let offset = place << Self.unitShift & (1 << Self.regionShift - 1)
        return unsafe regions[region] + offset
    }

    private static func owner(of block: UnsafeMutablePointer<UInt8>) -> Slot {
        Slot(index: unsafe UnsafeRawPointer(block).load(as: UInt32.self))
    }

    private static func blockSize(_ payload: Payload) -> Int {
        let mask = 1 << unitShift - 1
        return (ownerSize + payload.byteCount + mask) & ~mask
    }

    /// An allocation has a word of the allocator's before it, and is a multiple of 16 bytes with that.
    private static func cost(_ size: Int) -> Int { size <= longestInSpan ? size : (size + 8 + 15) & ~15 }
}

// Places.
extension PayloadArena {
    private static func blocksInSpan(_ size: Int) -> Int { (1 << spanShift) / size }

    private static func place(_ size: Int, number: Int, inSpan span: Int) -> Int {
        (span << spanShift + number * size) >> unitShift
    }

    private mutating func takePlace(_ size: Int) -> Int {
        let index = size >> Self.unitShift
        if classes[index].spans.isEmpty || classes[index].countInLast == Self.blocksInSpan(size) {
            classes[index].spans.append(takeSpan())
            classes[index].countInLast = 0
        }
        let number = classes[index].countInLast
        classes[index].countInLast += 1
        return Self.place(size, number: number, inSpan: classes[index].spans[classes[index].spans.count - 1])
    }

    private mutating func giveUpLastPlace(_ size: Int) -> Int {
        let index = size >> Self.unitShift
        classes[index].countInLast -= 1
        let number = classes[index].countInLast
        let span = classes[index].spans[classes[index].spans.count - 1]
        if number == 0 {
            freeSpans.append(classes[index].spans.removeLast())
            classes[index].countInLast = Self.blocksInSpan(size)
        }
        return Self.place(size, number: number, inSpan: span)
    }

    private mutating func takeSpan() -> Int {
        if let span = freeSpans.popLast() { return span }
        if unsafe unusedSpan >> (Self.regionShift - Self.spanShift) == regions.count {
            unsafe regions.append(Self.allocate(1 << Self.regionShift, alignment: Self.hugePageSize))
            // Where there are none, or when they are switched off, small ones do.
            _ = unsafe madvise(regions[regions.count - 1], 1 << Self.regionShift, CInt(MADV_HUGEPAGE))
        }
        unusedSpan += 1
        return unusedSpan - 1
    }

    private mutating func takeLargePlace(_ size: Int) -> Int {
        unsafe large.append(Self.allocate(size, alignment: 16))
        return unsafe Self.firstLargePlace + large.count - 1
    }

    private static func allocate(_ size: Int, alignment: Int) -> UnsafeMutablePointer<UInt8> {
        var memory: UnsafeMutableRawPointer?
        guard unsafe posix_memalign(&memory, alignment, size) == 0, let memory = unsafe memory else {
            fatalError("out of memory for \(size) bytes")
        }
        return unsafe memory.bindMemory(to: UInt8.self, capacity: size)
    }

    /// How much memory the spans take that are in use or were.
    var spanBytes: Int { unusedSpan << Self.spanShift }
}

/// The parts of one payload, seen without copying them.
///
/// Sound: its start is that of a block that is as long as the lengths say, and it cannot outlive the borrow of the arena
/// that it was made from.
@safe
struct PayloadView: ~Escapable {
    private let start: UnsafePointer<UInt8>?
    private let payload: Payload

    @inline(__always)
    @_lifetime(immortal)
    fileprivate init(_ start: UnsafePointer<UInt8>?, _ payload: Payload) {
        unsafe self.start = unsafe start
        self.payload = payload
    }

    var user: Span<UInt8> {
        @_lifetime(copy self)
        get { part(from: 0, count: payload.userLength) }
    }

    var ip: Span<UInt8> {
        @_lifetime(copy self)
        get { part(from: payload.userLength, count: payload.ipLength) }
    }

    var userAgent: Span<UInt8> {
        @_lifetime(copy self)
        get { part(from: payload.userLength + payload.ipLength, count: payload.userAgentLength) }
    }

    var data: Span<UInt8> {
        @_lifetime(copy self)
        get { part(from: payload.byteCount - payload.dataLength, count: payload.dataLength) }
    }

    @inline(__always)
    @_lifetime(copy self)
    private func part(from offset: Int, count: Int) -> Span<UInt8> {
        guard let start = unsafe start else { return Span() }
        return unsafe _overrideLifetime(Span(_unsafeStart: start + offset, count: count), copying: self)
    }
}
