// Writing into room that was made beforehand: what an answer is made of, without asking at each piece whether it fits.
// Sound, because a writer exists only while its buffer lends it the room, and stops the process rather than write past it.

public import Glibc

/// A writer of bytes into a piece of a `ByteBuffer`.
@safe
public struct ByteWriter: ~Copyable {
    @usableFromInline var end: UnsafeMutablePointer<UInt8>
    @usableFromInline let limit: UnsafeMutablePointer<UInt8>

    /// The most bytes that writing an integer may touch.
    public static let longestInteger = 25

    @inlinable
    @inline(__always)
    init(at start: UnsafeMutablePointer<UInt8>, capacity: Int) {
        unsafe end = start
        unsafe limit = start + capacity
    }

    @inlinable
    @inline(__always)
    func requireRoom(_ count: Int) {
        precondition(unsafe limit - end >= count, "more was written than there was room made for")
    }

    /// Writes one byte.
    @inlinable
    @inline(__always)
    public mutating func append(_ byte: UInt8) {
        requireRoom(1)
        unsafe end.pointee = byte
        unsafe end += 1
    }

    /// Writes the bytes of a literal.
    @inlinable
    @inline(__always)
    public mutating func append(_ literal: StaticString) {
        let count = literal.utf8CodeUnitCount
        requireRoom(count)
        unsafe memcpy(end, literal.utf8Start, count)
        unsafe end += count
    }

    /// Writes `bytes`.
    @inlinable
    @inline(__always)
    public mutating func append(_ bytes: Span<UInt8>) {
        requireRoom(bytes.count)
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe memcpy(end, start, source.count)
            unsafe end += source.count
        }
    }

    /// Writes `true` or `false`.
    @inlinable
    @inline(__always)
    public mutating func append(_ flag: Bool) {
        if flag { append("true") } else { append("false") }
    }

    /// Writes an integer in decimal.
    public mutating func append(_ integer: Int64) {
        // A sign and 20 digits are the most, and up to 24 are written.
        requireRoom(Self.longestInteger)
        if integer < 0 { append(UInt8(ascii: "-")) }
        let magnitude = integer.magnitude
        guard magnitude >= 100_000_000 else { return append(leadingDigits: magnitude) }
        let (high, low) = magnitude.quotientAndRemainder(dividingBy: 100_000_000)
        if high < 100_000_000 {
            append(leadingDigits: high)
        } else {
            let (highest, middle) = high.quotientAndRemainder(dividingBy: 100_000_000)
            append(leadingDigits: highest)
            append(digits: eightDigits(middle), count: 8)
        }
        append(digits: eightDigits(low), count: 8)
    }

    /// Writes the digits of a number below 10^8, without zeros before it.
    @inline(__always)
    private mutating func append(leadingDigits number: UInt64) {
        let digits = eightDigits(number)
        // Of zero itself one digit stays.
        let zeros = ((digits & 0x00FF_FFFF_FFFF_FFFF ^ 0x0030_3030_3030_3030) | 1 << 56).trailingZeroBitCount / 8
        append(digits: digits >> UInt64(truncatingIfNeeded: 8 &* zeros), count: 8 &- zeros)
    }

    /// Writes the lowest bytes of a word. There must be room for eight.
    @inline(__always)
    private mutating func append(digits: UInt64, count: Int) {
        unsafe UnsafeMutableRawPointer(end).storeBytes(of: digits.littleEndian, as: UInt64.self)
        unsafe end += count
    }
}

/// The digits of a number below 10^8 as ASCII, the first in the lowest byte: split in halves, quarters and digits, all
/// parts of one size at once, with multiplications for divisions.
@inline(__always)
private func eightDigits(_ number: UInt64) -> UInt64 {
    let thousands = number / 10_000
    let fours = thousands | (number &- thousands &* 10_000) << 32
    let hundreds = (fours &* 10486) >> 20 & 0x7F_0000_007F
    let twos = hundreds | (fours &- hundreds &* 100) << 16
    let tens = (twos &* 103) >> 10 & 0x0F_000F_000F_000F
    let ones = tens | (twos &- tens &* 10) << 8
    return ones | 0x3030_3030_3030_3030
}
