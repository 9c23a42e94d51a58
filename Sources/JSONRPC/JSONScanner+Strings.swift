// Strings: the longest part of most lines, so plain characters are passed over eight at a time. What stops the
// fast path (a quote, an escape, a control character, anything beyond ASCII) is then looked at byte by byte.

extension JSONScanner {
    /// Reads the string that begins at the cursor.
    @inline(__always)
    mutating func string() throws(JSONError) -> JSONValue {
        let start = position
        position &+= 1
        skipPlainCharacters()
        guard position < bytes.count, unsafe bytes[unchecked: position] == UInt8(ascii: "\"") else {
            return try unusualString(from: start)
        }
        position &+= 1
        return JSONValue(kind: .string, start: start, end: position, isEscaped: false)
    }

    /// Goes on where the plain characters of a string end without the quote that closes it.
    @inline(never)
    private mutating func unusualString(from start: Int) throws(JSONError) -> JSONValue {
        var isEscaped = false
        while true {
            guard position < bytes.count else { throw failure(.unexpectedEnd) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return JSONValue(kind: .string, start: start, end: position, isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                try escape()
            case 0x00..<0x20:
                throw failure(.controlCharacter)
            default:
                try multibyteCharacter()
            }
            skipPlainCharacters()
        }
    }

    /// Moves to the first byte that is a quote, a backslash, a control character, or not ASCII.
    @inline(__always)
    private mutating func skipPlainCharacters() {
        var place = position
        while place &+ 8 <= bytes.count {
            // Sound: the eight bytes were just found to lie inside the span.
            if let offset = unsafe EightBytes(of: bytes, uncheckedAt: place).firstUnusual {
                position = place &+ offset
                return
            }
            place &+= 8
        }
        while place < bytes.count {
            let byte = unsafe bytes[unchecked: place]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { break }
            place &+= 1
        }
        position = place
    }

    private mutating func escape() throws(JSONError) {
        guard position + 1 < bytes.count else { throw failure(.unexpectedEnd) }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            let unit = try unicodeEscape()
            if (0xDC00...0xDFFF).contains(unit) { throw failure(.loneSurrogate) }
            guard (0xD800...0xDBFF).contains(unit) else { return }
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw failure(.loneSurrogate) }
            guard (0xDC00...0xDFFF).contains(try unicodeEscape()) else { throw failure(.loneSurrogate) }
        default:
            throw failure(.invalidEscape)
        }
    }

    private mutating func unicodeEscape() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for index in (position + 2)..<(position + 6) {
            guard index < bytes.count else { throw failure(.unexpectedEnd) }
            guard let digit = bytes[index].hexadecimalValue else { throw failure(.invalidEscape) }
            unit = unit << 4 | UInt32(digit)
        }
        position += 6
        return unit
    }

    /// RFC 3629, section 4: no overlong forms, no surrogates, nothing past U+10FFFF.
    private mutating func multibyteCharacter() throws(JSONError) {
        let first = bytes[position]
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw failure(.invalidUTF8)
        }
        guard position + length <= bytes.count else { throw failure(.invalidUTF8) }
        guard second.contains(bytes[position + 1]) else { throw failure(.invalidUTF8) }
        for offset in 2..<max(length, 2) where bytes[position + offset] & 0xC0 != 0x80 { throw failure(.invalidUTF8) }
        position += length
    }
}
