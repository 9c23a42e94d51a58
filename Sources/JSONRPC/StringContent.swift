// What a string with escapes stands for, byte by byte: compared and measured so, it costs no memory, however long it is.

/// A walk over a string's content, escapes resolved, as UTF-8.
struct StringContent: ~Escapable {
    private let text: Span<UInt8>
    private var position: Int
    private let end: Int
    /// The bytes of an escaped character that are still to come.
    private var rest = UTF8.EncodedScalar().makeIterator()

    /// Begins with the first byte of a string that the scanner has found valid.
    @_lifetime(copy text)
    init(_ string: JSONValue, in text: Span<UInt8>) {
        self.text = text
        position = string.content.lowerBound
        end = string.content.upperBound
    }

    /// The next byte; nil at the end.
    @_lifetime(self: copy self)
    mutating func next() -> UInt8? {
        if let byte = rest.next() { return byte }
        guard position < end else { return nil }
        let byte = text[position]
        position += 1
        guard byte == UInt8(ascii: "\\") else { return byte }
        let kind = text[position]
        position += 1
        switch kind {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            rest = UTF8.encode(scalar())?.makeIterator() ?? rest
            return rest.next()
        default: return kind
        }
    }

    /// Reads the digits of one `\u`, or of two that make up a surrogate pair.
    @_lifetime(self: copy self)
    private mutating func scalar() -> Unicode.Scalar {
        let high = unit()
        guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
        position += 2
        return Unicode.Scalar(0x1_0000 + (high - 0xD800) << 10 + (unit() - 0xDC00)) ?? "\u{FFFD}"
    }

    @_lifetime(self: copy self)
    private mutating func unit() -> UInt32 {
        var unit: UInt32 = 0
        for place in position..<(position + 4) { unit = unit << 4 | UInt32(text[place].hexadecimalValue ?? 0) }
        position += 4
        return unit
    }
}
