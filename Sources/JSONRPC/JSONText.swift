// What can be asked of a text that the scanner has found valid: the content of a string, the value of an integer,
// and the same text without insignificant white space. None of these checks validity again.

public import Glibc

extension Span<UInt8> {
    /// Whether the bytes in `range` are exactly those of `text`.
    @inlinable
    @inline(__always)
    func matches(_ text: Span<UInt8>, in range: Range<Int>) -> Bool {
        guard range.count == text.count, range.lowerBound >= 0, range.upperBound <= count else { return false }
        // Sound: the range was just found to lie inside this span and to be as long as the other one.
        return unsafe withUnsafeBytes { bytes in
            unsafe text.withUnsafeBytes { text in
                guard let text = text.baseAddress, let bytes = bytes.baseAddress else { return true }
                return unsafe memcmp(bytes + range.lowerBound, text, range.count) == 0
            }
        }
    }

    /// Whether a string's content is exactly `text`, escapes resolved.
    @inlinable
    @inline(__always)
    public func string(_ value: JSONValue, is text: Span<UInt8>) -> Bool {
        value.isEscaped ? escaped(value, is: text) : matches(text, in: value.content)
    }

    /// Whether a string's content is exactly `literal`, escapes resolved.
    @inlinable
    @inline(__always)
    public func string(_ value: JSONValue, is literal: StaticString) -> Bool {
        string(value, is: literal.bytes)
    }

    @inline(never)
    @usableFromInline
    func escaped(_ value: JSONValue, is text: Span<UInt8>) -> Bool {
        var content = StringContent(value, in: self)
        for place in text.indices where content.next() != text[place] { return false }
        return content.next() == nil
    }

    /// Whether a string has the same content as one of another text, escapes resolved.
    func sameContent(_ one: JSONValue, _ other: JSONValue, of text: Span<UInt8>) -> Bool {
        guard other.isEscaped else { return string(one, is: text.extracting(other.content)) }
        guard one.isEscaped else { return text.escaped(other, is: extracting(one.content)) }
        var (content, otherContent) = (StringContent(one, in: self), StringContent(other, in: text))
        while let byte = content.next() {
            if otherContent.next() != byte { return false }
        }
        return otherContent.next() == nil
    }

    /// How many bytes a string's content has with its escapes resolved.
    public func contentLength(_ string: JSONValue) -> Int {
        guard string.isEscaped else { return string.content.count }
        var content = StringContent(string, in: self)
        var count = 0
        while content.next() != nil { count += 1 }
        return count
    }

    /// Lends a string's content with its escapes resolved. It may be a token: a copy that has to be made is overwritten.
    @inlinable
    @inline(__always)
    public func withContent<Result>(_ string: JSONValue, _ body: (Span<UInt8>) -> Result) -> Result {
        string.isEscaped ? withUnescaped(string, body) : body(extracting(string.content))
    }

    @inline(never)
    @usableFromInline
    func withUnescaped<Result>(_ string: JSONValue, _ body: (Span<UInt8>) -> Result) -> Result {
        var content = unescaped(string)
        // Not empty: it has escapes.
        defer { unsafe content.withUnsafeMutableBytes { unsafe explicit_bzero($0.baseAddress!, $0.count) } }
        return body(content.span)
    }

    /// A string's content with its escapes resolved, as UTF-8.
    public func unescaped(_ string: JSONValue) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(string.content.count)
        var content = StringContent(string, in: self)
        while let byte = content.next() { result.append(byte) }
        return result
    }

    /// The beginning of a string's content, to be shown to a person: whoever wrote it knows the rest.
    public func excerpt(_ string: JSONValue) -> String {
        var beginning: [UInt8] = []
        var content = StringContent(string, in: self)
        while beginning.count < 64, let byte = content.next() { beginning.append(byte) }
        return String(decoding: beginning, as: UTF8.self)
    }

    /// The value of a number that is written as an integer and fits in 64 bits; nil for all others.
    public func integer(_ number: JSONValue) -> Int64? {
        var index = number.start
        let isNegative = self[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        // Counted down, since the least value has no positive counterpart.
        var value: Int64 = 0
        while index < number.end {
            let digit = self[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (difference, borrow) = product.subtractingReportingOverflow(Int64(digit))
            if overflow || borrow { return nil }
            value = difference
            index += 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The text of a value without the white space outside its strings (RFC 8259, section 2).
    public func compacted(_ value: JSONValue) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(value.range.count)
        appendCompacted(value, to: &result)
        return result
    }

    /// Appends the text of a value without the white space outside its strings.
    func appendCompacted(_ value: JSONValue, to result: inout [UInt8]) {
        // Outside of strings white space goes; strings are passed over.
        var start = value.start
        var index = start
        while index < value.end {
            let byte = self[index]
            index += 1
            if byte == UInt8(ascii: "\"") {
                index = endOfString(from: index)
            } else if byte.isJSONWhitespace {
                result.append(contentsOf: extracting(start..<(index - 1)))
                start = index
            }
        }
        result.append(contentsOf: extracting(start..<value.end))
    }

    /// The place behind the quote that closes a string, from a place within it.
    private func endOfString(from place: Int) -> Int {
        var place = place
        while true {
            while place &+ 8 <= count {
                // Sound: the eight bytes were just found to lie inside the span.
                if let offset = unsafe EightBytes(of: self, uncheckedAt: place).firstQuoteOrBackslash {
                    place &+= offset
                    break
                }
                place &+= 8
            }
            switch self[place] {
            case UInt8(ascii: "\""): return place + 1
            case UInt8(ascii: "\\"): place += 2
            default: place += 1
            }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(contentsOf bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

extension UInt8 {
    /// The value of this character as a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension StaticString {
    /// The bytes of the literal.
    @inlinable
    @inline(__always)
    var bytes: Span<UInt8> {
        @_lifetime(immortal)
        get {
            // Sound: a literal's bytes live for ever.
            let bytes = unsafe UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), copying: ())
        }
    }
}
