// Writing JSON: the few shapes that answers are made of. Names and punctuation are literals at the call site, so
// that the code that writes an answer looks like the answer.

extension ByteBuffer {
    /// Appends a string with its quotes, escaping what RFC 8259, section 7 says must be escaped.
    ///
    /// - Parameter content: Valid UTF-8.
    public mutating func append(jsonString content: Span<UInt8>) {
        append(atMost: ByteWriter.jsonStringLimit(content)) { $0.append(jsonString: content) }
    }

    /// Appends a string with its quotes; for cold paths.
    public mutating func append(jsonString content: String) {
        append(jsonString: content.utf8Span.span)
    }

    /// Appends `true` or `false`.
    public mutating func append(_ flag: Bool) {
        append(flag ? "true" : "false" as StaticString)
    }
}

extension ByteWriter {
    /// The most bytes that a string takes with its quotes, when each of its characters has to be escaped.
    @inline(__always)
    public static func jsonStringLimit(_ content: Span<UInt8>) -> Int { content.count &* 6 &+ 2 }

    /// Writes a string with its quotes, escaping what RFC 8259, section 7 says must be escaped.
    ///
    /// - Parameter content: Valid UTF-8.
    public mutating func append(jsonString content: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        var start = 0
        while true {
            let end = content.firstToEscape(from: start)
            append(content.extracting(start..<end))
            guard end < content.count else { break }
            append(escapeOf: content[end])
            start = end + 1
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func append(escapeOf byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        default:
            append("\\u00")
            append(byte >> 4 == 0 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            append(hexadecimalDigit(byte & 0x0F))
        }
    }

    private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension Span<UInt8> {
    /// The first place from `start` on whose byte needs an escape, or else the end.
    fileprivate func firstToEscape(from start: Int) -> Int {
        var place = start
        while place &+ 8 <= count {
            // Sound: the eight bytes were just found to lie inside the span.
            if let offset = unsafe EightBytes(of: self, uncheckedAt: place).firstToEscape { return place &+ offset }
            place &+= 8
        }
        while place < count, !self[place].needsEscape { place &+= 1 }
        return place
    }
}

extension UInt8 {
    fileprivate var needsEscape: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}
