// Looking at eight bytes of a text at a time, as one number: strings are the longest part of most lines and answers, and
// most of their characters stand for themselves.

/// Eight bytes, the first in the lowest.
struct EightBytes {
    private static let every: UInt64 = 0x0101_0101_0101_0101
    private static let high: UInt64 = 0x8080_8080_8080_8080

    private let word: UInt64

    /// Takes the bytes from `place` on.
    ///
    /// Sound only where all eight lie inside the span.
    @unsafe
    @inline(__always)
    init(of bytes: Span<UInt8>, uncheckedAt place: Int) {
        word = UInt64(
            littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self)
        )
    }

    /// The first quote or backslash.
    @inline(__always)
    var firstQuoteOrBackslash: Int? { first(quotesAndBackslashes) }

    /// The first byte that JSON strings hold only escaped: a quote, a backslash or a control character.
    @inline(__always)
    var firstToEscape: Int? { first(quotesAndBackslashes | controls) }

    /// The first byte that is one of those or not ASCII.
    @inline(__always)
    var firstUnusual: Int? { first(quotesAndBackslashes | controls | word) }

    // Each of these is exact up to the first byte that it marks: a borrow may mark those after it, too.

    @inline(__always)
    private var quotesAndBackslashes: UInt64 {
        let quote = word ^ (Self.every &* 0x22)
        let backslash = word ^ (Self.every &* 0x5C)
        return ((quote &- Self.every) & ~quote) | ((backslash &- Self.every) & ~backslash)
    }

    @inline(__always)
    private var controls: UInt64 { (word &- Self.every &* 0x20) & ~word }

    @inline(__always)
    private func first(_ marks: UInt64) -> Int? {
        let marks = marks & Self.high
        return marks == 0 ? nil : marks.trailingZeroBitCount / 8
    }
}
