// JSON as a caller reads it, for these tests: members keep their order and numbers their digits, so that an answer can
// be held against what was sent. Strict, so that reading an answer also shows that it is JSON.

/// A JSON value.
indirect enum JSON: Equatable, Sendable {
    case object([Member])
    case array([JSON])
    case string(String)
    /// A number as it is written.
    case number(String)
    case flag(Bool)
    case null

    /// One name and value of an object.
    struct Member: Equatable, Sendable {
        let name: String
        let value: JSON
    }

    /// Why a text is not JSON, and where.
    struct Malformed: Error {
        let offset: Int
        let text: String
    }

    /// Reads a text that is one value.
    init(_ text: [UInt8]) throws(Malformed) {
        var reader = JSONReader(text: text)
        self = try reader.document()
    }

    /// The member of an object; nil when there is none.
    subscript(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The names of an object's members, in their order.
    var names: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.name)
    }

    /// The elements of an array.
    var elements: [JSON] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// An integer that is worked out.
    static func integer(_ value: Int64) -> JSON { .number(String(value)) }

    var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    var integer: Int64? {
        if case .number(let digits) = self { Int64(digits) } else { nil }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .number(String(value)) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// A reader by recursive descent (RFC 8259).
private struct JSONReader {
    let text: [UInt8]
    var position = 0

    private var next: UInt8? { position < text.count ? text[position] : nil }

    private func malformed() -> JSON.Malformed {
        JSON.Malformed(offset: position, text: String(decoding: text, as: UTF8.self))
    }

    mutating func document() throws(JSON.Malformed) -> JSON {
        let value = try value()
        skipSpace()
        guard next == nil else { throw malformed() }
        return value
    }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func take(_ literal: String) -> Bool {
        guard text[position...].starts(with: literal.utf8) else { return false }
        position += literal.utf8.count
        return true
    }

    private mutating func value() throws(JSON.Malformed) -> JSON {
        skipSpace()
        switch next ?? 0 {
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["): return .array(try elements())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default:
            if take("true") { return true }
            if take("false") { return false }
            if take("null") { return .null }
            throw malformed()
        }
    }

    private mutating func members() throws(JSON.Malformed) -> [JSON.Member] {
        var members: [JSON.Member] = []
        try list(until: "}") { (reader) throws(JSON.Malformed) in
            reader.skipSpace()
            let name = try reader.string()
            reader.skipSpace()
            let isTwice = members.contains { $0.name.utf8.elementsEqual(name.utf8) }
            guard reader.take(":"), !isTwice else { throw reader.malformed() }
            members.append(JSON.Member(name: name, value: try reader.value()))
        }
        return members
    }

    private mutating func elements() throws(JSON.Malformed) -> [JSON] {
        var elements: [JSON] = []
        try list(until: "]") { (reader) throws(JSON.Malformed) in elements.append(try reader.value()) }
        return elements
    }

    private mutating func list(
        until end: String,
        _ item: (inout JSONReader) throws(JSON.Malformed) -> Void
    ) throws(JSON.Malformed) {
        position += 1
        skipSpace()
        if take(end) { return }
        while true {
            try item(&self)
            skipSpace()
            if take(end) { return }
            guard take(",") else { throw malformed() }
        }
    }

    private mutating func number() throws(JSON.Malformed) -> String {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            try digits()
        }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSON.Malformed) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw malformed() }
    }

    private mutating func string() throws(JSON.Malformed) -> String {
        guard take("\"") else { throw malformed() }
        var units: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw malformed() }
            if byte == UInt8(ascii: "\\") {
                position += 1
                units += try escape()
            } else {
                let start = position
                skipPlain()
                units += text[start..<position]
            }
        }
        guard take("\""), let string = String(validating: units, as: UTF8.self) else { throw malformed() }
        return string
    }

    /// Moves to the end of a run of characters that stand for themselves.
    private mutating func skipPlain() {
        while position < text.count, text[position] >= 0x20, text[position] != 0x22, text[position] != 0x5C {
            position += 1
        }
    }

    private mutating func escape() throws(JSON.Malformed) -> [UInt8] {
        let plain: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
        ]
        guard let kind = next else { throw malformed() }
        position += 1
        if let byte = plain[kind] { return [byte] }
        guard kind == UInt8(ascii: "u") else { throw malformed() }
        var units = [try codeUnit()]
        if UTF16.isLeadSurrogate(units[0]), take("\\u") { units.append(try codeUnit()) }
        guard let text = String(validating: units, as: UTF16.self) else { throw malformed() }
        return Array(text.utf8)
    }

    private mutating func codeUnit() throws(JSON.Malformed) -> UInt16 {
        let digits = text[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw malformed() }
        position += 4
        return unit
    }
}
