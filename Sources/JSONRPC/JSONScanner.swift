// A validating, single-pass reader of JSON (RFC 8259) over bytes. It builds no values: it moves over the text, says
// where each value begins and ends and of what kind it is, and refuses what the protocol refuses beyond the RFC:
// nesting deeper than 64 levels, duplicate keys, lone surrogates and anything that is not UTF-8.

/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// The rule that was broken.
    public enum Reason: Equatable, Sendable {
        case unexpectedByte
        case unexpectedEnd
        case invalidNumber
        case invalidEscape
        case loneSurrogate
        case invalidUTF8
        case controlCharacter
        case duplicateKey
        case tooDeep
        case trailingBytes
    }

    /// The rule that was broken.
    public let reason: Reason
    /// The offset of the byte at which it was noticed, from the start of the line.
    public let offset: Int

    /// A sentence for a person.
    public var message: String {
        let what =
            switch reason {
            case .unexpectedByte: "unexpected byte"
            case .unexpectedEnd: "the text ends in the middle of a value"
            case .invalidNumber: "invalid number"
            case .invalidEscape: "invalid escape in a string"
            case .loneSurrogate: "a lone surrogate in a string"
            case .invalidUTF8: "invalid UTF-8"
            case .controlCharacter: "an unescaped control character in a string"
            case .duplicateKey: "a key that stands twice in one object"
            case .tooDeep: "more than \(JSONScanner.depthLimit) levels"
            case .trailingBytes: "something after the end of the value"
            }
        return "\(what), at byte \(offset)"
    }
}

/// A value as it stands in the text: its kind and its place, in one word.
public struct JSONValue: Equatable, Sendable {
    /// The kinds of JSON values.
    public enum Kind: UInt8, Sendable {
        case null
        case `false`
        case `true`
        case number
        case string
        case array
        case object
    }

    /// From the lowest bit: three of the kind, one of `isEscaped`, thirty of the start, thirty of the length.
    @usableFromInline let word: UInt64

    /// Notes a value's place, which lies within the first GiB.
    @inline(__always)
    init(kind: Kind, start: Int, end: Int, isEscaped: Bool) {
        let place = UInt64(truncatingIfNeeded: start) << 4 | UInt64(truncatingIfNeeded: end &- start) << 34
        word = place | UInt64(kind.rawValue) | (isEscaped ? 8 : 0)
    }

    /// What the value is.
    @inlinable
    public var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: word & 7)) ?? .null }
    /// Whether a string contains escapes, so that its content differs from its bytes.
    @inlinable
    public var isEscaped: Bool { word & 8 != 0 }
    /// The offset of its first byte; a string's opening quote.
    @inlinable
    public var start: Int { Int(truncatingIfNeeded: word >> 4 & 0x3FFF_FFFF) }
    /// The offset after its last byte; after a string's closing quote.
    @inlinable
    public var end: Int { start &+ length }

    @inlinable
    var length: Int { Int(truncatingIfNeeded: word >> 34) }

    /// Where a string's content lies, without its quotes.
    @inlinable
    public var content: Range<Int> { (start &+ 1)..<(end &- 1) }

    /// Where the value lies.
    @inlinable
    public var range: Range<Int> { start..<end }
}

/// One name and value of an object.
public struct JSONMember: Equatable, Sendable {
    /// The name: a string.
    public let key: JSONValue
    /// The value.
    public let value: JSONValue

    static let placeholder = JSONMember(
        key: JSONValue(kind: .null, start: 0, end: 0, isEscaped: false),
        value: JSONValue(kind: .null, start: 0, end: 0, isEscaped: false)
    )
}

/// A cursor that moves over a JSON text and validates it as it goes.
public struct JSONScanner: ~Escapable {
    /// How many arrays and objects may be open at once.
    public static let depthLimit = 64

    /// The text.
    public let bytes: Span<UInt8>
    /// The offset of the next byte to be read.
    public internal(set) var position: Int
    var depth = 0
    /// Whether all of it was found valid before: then keys are not compared again.
    let wasRead: Bool

    /// Begins to read `bytes`, which are fewer than 2^30, at `position`.
    ///
    /// - Parameters:
    ///   - furtherLevels: How many more levels may be open at once: an answer has some around what was given.
    ///   - wasRead: Whether all of it was found valid before, so that keys need not be compared again.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>, at position: Int = 0, furtherLevels: Int = 0, wasRead: Bool = false) {
        precondition(bytes.count < 1 << 30, "a JSON text of a GiB or more")
        self.bytes = bytes
        self.position = position
        self.wasRead = wasRead
        depth = -furtherLevels
    }

    /// Reads one value that fills the whole text but for white space around it.
    public mutating func document() throws(JSONError) -> JSONValue {
        skipWhitespace()
        let value = try value()
        try end()
        return value
    }

    /// Makes sure that only white space is left.
    public mutating func end() throws(JSONError) {
        skipWhitespace()
        if position < bytes.count { throw failure(.trailingBytes) }
    }

    /// The next byte that is not white space, without reading it.
    @inline(__always)
    public mutating func peek() -> UInt8? {
        skipWhitespace()
        return position < bytes.count ? unsafe bytes[unchecked: position] : nil
    }

    /// Reads the value that begins at the cursor.
    public mutating func value() throws(JSONError) -> JSONValue {
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        let start = position
        switch bytes[position] {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "{"):
            var object = try beginObject()
            while try nextMember(&object) != nil {}
            return value(.object, from: start)
        case UInt8(ascii: "["):
            var array = try beginArray()
            while try nextElement(&array) != nil {}
            return value(.array, from: start)
        case UInt8(ascii: "t"): return try literal("true", .true)
        case UInt8(ascii: "f"): return try literal("false", .false)
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure(.unexpectedByte)
        }
    }

    func value(_ kind: JSONValue.Kind, from start: Int) -> JSONValue {
        JSONValue(kind: kind, start: start, end: position, isEscaped: false)
    }

    func failure(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: position) }

    @inline(__always)
    mutating func skipWhitespace() {
        // Nearly always there is none.
        if position < bytes.count, unsafe bytes[unchecked: position] <= 0x20 { skipSomeWhitespace() }
    }

    @inline(never)
    private mutating func skipSomeWhitespace() {
        while position < bytes.count, bytes[position].isJSONWhitespace { position += 1 }
    }

    private mutating func literal(
        _ text: StaticString,
        _ kind: JSONValue.Kind
    ) throws(JSONError) -> JSONValue {
        let start = position
        let expected = text.bytes
        for index in expected.indices {
            guard position < bytes.count else { throw failure(.unexpectedEnd) }
            guard bytes[position] == expected[index] else { throw failure(.unexpectedByte) }
            position += 1
        }
        return value(kind, from: start)
    }

    /// RFC 8259, section 6: no leading zeros, no leading plus, digits on both sides of the point.
    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        return value(.number, from: start)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        if position == start { throw failure(position < bytes.count ? .invalidNumber : .unexpectedEnd) }
    }
}

extension UInt8 {
    /// Space, tab, line feed, carriage return (RFC 8259, section 2).
    var isJSONWhitespace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
