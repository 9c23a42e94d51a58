// A growable run of bytes that is written at its end and consumed at its front: what a connection has sent and
// not yet had answered, and what it has been answered and not yet taken. Sound, because the buffer owns its
// allocation alone (it cannot be copied), checks every bound before it forms a pointer, and lends its bytes only as
// spans that cannot outlive it. There are tokens among them: memory that is given back is overwritten before, and what was
// consumed when `wipe` or `wipeConsumed` is called.

internal import Glibc

/// A growable byte buffer with one owner.
///
/// Appending is amortised O(1) a byte. A buffer that was never written to holds no memory.
@safe
public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<UInt8>?
    @usableFromInline var capacity: Int
    @usableFromInline var head: Int
    @usableFromInline var tail: Int
    /// How far it has been written to since it was wiped, if that is further than `tail`.
    @usableFromInline var reach: Int

    /// Makes an empty buffer that allocates when it is first written to.
    public init() {
        unsafe base = nil
        capacity = 0
        head = 0
        tail = 0
        reach = 0
    }

    deinit {
        erase()
        unsafe free(base)
    }

    private borrowing func erase() {
        if let base = unsafe base { unsafe explicit_bzero(base, max(reach, tail)) }
    }

    /// The number of bytes that are written and not consumed.
    @inlinable
    public var count: Int { tail - head }

    /// How much memory it holds, in bytes.
    public var memory: Int { capacity }

    /// Whether nothing is left to consume.
    @inlinable
    public var isEmpty: Bool { tail == head }

    /// The bytes that are written and not consumed.
    @inlinable
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            guard let base = unsafe base else { return Span() }
            let span = unsafe Span(_unsafeStart: UnsafePointer(base + head), count: tail - head)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Makes room for `additional` more bytes, so that appending them allocates nothing.
    @inlinable
    public mutating func reserve(_ additional: Int) {
        if capacity - tail < additional { grow(additional) }
    }

    @usableFromInline
    mutating func grow(_ additional: Int) {
        let live = tail - head
        if head > 0, capacity - live >= additional, head >= live, let base = unsafe base {
            unsafe base.update(from: base + head, count: live)
            reach = max(reach, tail)
        } else {
            var wanted = max(capacity * 2, 256)
            while wanted < live + additional { wanted *= 2 }
            let fresh = unsafe UnsafeMutablePointer<UInt8>.allocateOrTrap(wanted)
            if let base = unsafe base { unsafe fresh.update(from: base + head, count: live) }
            erase()
            unsafe free(base)
            unsafe base = fresh
            capacity = wanted
            reach = 0
        }
        head = 0
        tail = live
    }

    /// Appends one byte.
    @inlinable
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base![tail] = byte
        tail += 1
    }

    /// Appends the bytes of a literal.
    @inlinable
    @inline(__always)
    public mutating func append(_ literal: StaticString) {
        unsafe append(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends `bytes`, which may not lie in this buffer.
    @inlinable
    public mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
    }

    /// Appends a string's UTF-8; for cold paths.
    public mutating func append(utf8 string: String) {
        append(string.utf8Span.span)
    }

    /// Appends an integer in decimal.
    public mutating func append(_ integer: Int64) {
        append(atMost: ByteWriter.longestInteger) { $0.append(integer) }
    }

    /// Appends what `body` writes, with room made for all of it at once.
    ///
    /// - Parameter capacity: The most bytes that it writes.
    @inlinable
    @inline(__always)
    public mutating func append(atMost capacity: Int, _ body: (inout ByteWriter) -> Void) {
        reserve(capacity)
        // An empty buffer may have no memory to append nothing to.
        guard let base = unsafe base else { return }
        var writer = unsafe ByteWriter(at: base + tail, capacity: capacity)
        body(&writer)
        unsafe tail = writer.end - base
    }

    @inlinable
    @inline(__always)
    mutating func append(_ source: UnsafeBufferPointer<UInt8>) {
        // An empty buffer may have no memory to append nothing to.
        guard let start = source.baseAddress, !source.isEmpty else { return }
        reserve(source.count)
        unsafe (base! + tail).update(from: start, count: source.count)
        tail += source.count
    }

    /// Offers `capacity` bytes of room to a system call and keeps as many as it says that it filled.
    ///
    /// - Returns: What `body` returned: the number of bytes written, or a negative number for none.
    public mutating func appendFromSystemCall(
        capacity room: Int,
        _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int {
        reserve(room)
        let end = unsafe base.map { unsafe $0 + tail }
        let written = unsafe body(UnsafeMutableRawBufferPointer(start: end, count: room))
        precondition(written <= room, "a system call wrote past the room it was given")
        tail += max(written, 0)
        return written
    }

    /// Overwrites the byte `offset` places from the front.
    public mutating func overwrite(at offset: Int, with byte: UInt8) {
        precondition(offset >= 0 && offset < count, "offset outside the buffer")
        unsafe base![head + offset] = byte
    }

    /// Drops the first `count` bytes.
    @inlinable
    public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "consuming more than the buffer holds")
        head += count
        if head == tail {
            reach = max(reach, tail)
            head = 0
            tail = 0
        }
    }

    /// Drops what lies past the first `count` bytes: undoes appends.
    @inlinable
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "a buffer cannot be truncated to more than it holds")
        reach = max(reach, tail)
        tail = head + count
    }

    /// Drops everything and keeps the memory, unless it is larger than `limit` bytes.
    public mutating func reset(keeping limit: Int) {
        reach = max(reach, tail)
        head = 0
        tail = 0
        guard capacity > limit else { return }
        erase()
        unsafe free(base)
        unsafe base = nil
        capacity = 0
        reach = 0
    }

    /// Overwrites with zeros what the buffer has held since the last time and does not hold any more.
    public mutating func wipeConsumed() {
        guard let base = unsafe base else { return }
        unsafe explicit_bzero(base, head)
        if reach > tail { unsafe explicit_bzero(base + tail, reach - tail) }
        reach = 0
    }

    /// Empties the buffer and overwrites with zeros what it has held since the last time; its memory stays.
    public mutating func wipe() {
        erase()
        head = 0
        tail = 0
        reach = 0
    }
}

extension UnsafeMutablePointer<UInt8> {
    /// A session daemon cannot serve without memory: running out of it ends the process, as Swift's own types do.
    fileprivate static func allocateOrTrap(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        guard let raw = unsafe malloc(count) else { fatalError("out of memory for \(count) bytes") }
        return unsafe raw.assumingMemoryBound(to: UInt8.self)
    }
}
