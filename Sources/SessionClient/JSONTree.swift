// A JSON value that was read whole. It keeps what a newer daemon adds: members in their order, known or not, and numbers
// with their digits.

public import JSONRPC

/// A JSON value.
public indirect enum JSONTree: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number as it is written.
    case number(String)
    case string(String)
    case array([JSONTree])
    /// Members in the order in which they came.
    case object([Member])

    /// A name and its value.
    public struct Member: Equatable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public let value: JSONTree

        /// Names a value.
        public init(_ name: String, _ value: JSONTree) {
            self.name = name
            self.value = value
        }
    }

    /// Answers put so many levels around what was given, and what newer daemons add may need some.
    private static let furtherLevels = 16

    /// Reads a JSON text.
    ///
    /// - Throws: `JSONError` when it is none, names a member of an object twice, or is deeper than an answer can be.
    public init(parsing text: [UInt8]) throws(JSONError) {
        var scanner = JSONScanner(text.span, furtherLevels: Self.furtherLevels)
        _ = scanner.peek()
        self = try Self.read(&scanner)
        try scanner.end()
    }

    /// Reads a JSON text.
    public init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }

    /// Reads the value at the cursor.
    private static func read(_ scanner: inout JSONScanner) throws(JSONError) -> JSONTree {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            var walk = try scanner.beginObject()
            while let key = try scanner.nextKey(&walk) {
                let name = String(decoding: scanner.bytes.unescaped(key), as: UTF8.self)
                members.append(Member(name, try read(&scanner)))
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONTree] = []
            var walk = try scanner.beginArray()
            while try scanner.advance(in: &walk) { elements.append(try read(&scanner)) }
            return .array(elements)
        default:
            let value = try scanner.value()
            switch value.kind {
            case .true, .false: return .bool(value.kind == .true)
            case .number: return .number(String(decoding: scanner.bytes.compacted(value), as: UTF8.self))
            case .string: return .string(String(decoding: scanner.bytes.unescaped(value), as: UTF8.self))
            default: return .null
            }
        }
    }

    /// The member of an object; null for one that is not there, and of anything else.
    public subscript(name: String) -> JSONTree { members.first { $0.name == name }?.value ?? .null }

    /// The members of an object; of anything else, none.
    public var members: [Member] {
        if case .object(let members) = self { return members }
        return []
    }

    /// The elements of an array; of anything else, none.
    public var elements: [JSONTree] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// The content of a string.
    public var string: String? {
        if case .string(let content) = self { return content }
        return nil
    }

    /// A number that is written as an integer and fits in 64 bits.
    public var integer: Int64? {
        if case .number(let digits) = self { return Int64(digits) }
        return nil
    }

    /// Whether something is so.
    public var bool: Bool? {
        if case .bool(let flag) = self { return flag }
        return nil
    }

    /// The value as one line of JSON.
    public var text: String {
        var buffer = ByteBuffer()
        write(to: &buffer)
        return buffer.text(0..<buffer.count)
    }

    private func write(to buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.append("null")
        case .bool(let flag): buffer.append(flag)
        case .number(let digits): buffer.append(utf8: digits)
        case .string(let content): buffer.append(jsonString: content)
        case .array(let elements):
            buffer.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                element.write(to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object(let members):
            buffer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                buffer.append(jsonString: member.name)
                buffer.append(UInt8(ascii: ":"))
                member.value.write(to: &buffer)
            }
            buffer.append(UInt8(ascii: "}"))
        }
    }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A flag.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A number.
    public init(integerLiteral value: Int64) { self = .number(String(value)) }
    /// A list.
    public init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
    /// An object.
    public init(dictionaryLiteral members: (String, JSONTree)...) { self = .object(members.map { Member($0, $1) }) }
}
