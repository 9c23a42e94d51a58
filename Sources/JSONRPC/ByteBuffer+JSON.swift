// Writing JSON: the few shapes that answers are made of. Names and punctuation are literals at the call site, so
// that the code that writes an answer looks like the answer.

extension ByteBuffer {
    /// Appends a string with its quotes, escaping what RFC 8259, section 7 says must be escaped.
    ///
    /// - Parameter content: Valid UTF-8.
    public mutating func append(jsonString content: Span<UInt8>) {
        reserve(content.count + 2)
        append(UInt8(ascii: "\""))
        for index in content.indices {
            let byte = content[index]
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0x00..<0x20:
                append("\\u00")
                append(byte >> 4 == 0 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                append(hexadecimalDigit(byte & 0x0F))
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends a string with its quotes; for cold paths.
    public mutating func append(jsonString content: String) {
        append(jsonString: content.utf8Span.span)
    }

    /// Appends an integer in decimal.
    public mutating func append(_ integer: Int64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var start = 20
        var rest = integer.magnitude
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if integer < 0 { append(UInt8(ascii: "-")) }
        append(digits.span.extracting(start...))
    }

    /// Appends `true` or `false`.
    public mutating func append(_ flag: Bool) {
        append(flag ? "true" : "false" as StaticString)
    }

    private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
