// Writing JSON: the few shapes that answers are made of. Names and punctuation are literals at the call site, so
// that the code that writes an answer looks like the answer.

extension ByteBuffer {
    /// Appends a string with its quotes, escaping what RFC 8259, section 7 says must be escaped.
    ///
    /// - Parameter content: Valid UTF-8.
    public mutating func append(jsonString content: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        var start = 0
        while start < content.count {
            var end = start
            while end < content.count, !content[end].needsEscape { end &+= 1 }
            append(content.extracting(start..<end))
            if end < content.count { append(escapeOf: content[end]) }
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

    /// Appends a string with its quotes; for cold paths.
    public mutating func append(jsonString content: String) {
        append(jsonString: content.utf8Span.span)
    }

    /// Appends `true` or `false`.
    public mutating func append(_ flag: Bool) {
        append(flag ? "true" : "false" as StaticString)
    }

    private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension UInt8 {
    fileprivate var needsEscape: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}
