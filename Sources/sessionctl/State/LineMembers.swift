// The members of one line of a dump, taken by name: each has to be there, to be of its kind and within its limits, and
// nothing else may be there.

import Durability
import JSONRPC
import Sessions

/// What is wrong with a line.
struct LineError: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// The members of an object.
struct LineMembers: ~Escapable {
    private static let mostMembers = 64

    private let bytes: Span<UInt8>
    private var members: [JSONMember] = []
    private var taken: UInt64 = 0
    /// Where the next one to be asked for is, if they come in the order in which they are asked for.
    private var next = 0

    /// Reads the object that is all of a line.
    @_lifetime(copy line)
    init(_ line: Span<UInt8>) throws(LineError) {
        var scanner = JSONScanner(line)
        let value: JSONValue
        do { value = try scanner.document() } catch { throw LineError("not a JSON object: \(error.message)") }
        try self.init(line, value)
    }

    /// Reads an object within a line that is valid JSON.
    @_lifetime(copy line)
    init(_ line: Span<UInt8>, _ value: JSONValue) throws(LineError) {
        bytes = line
        guard value.kind == .object else { throw LineError("not a JSON object") }
        members.reserveCapacity(16)
        var scanner = JSONScanner(line, at: value.start)
        do throws(JSONError) {
            var object = try scanner.beginObject()
            while let member = try scanner.nextMember(&object) { members.append(member) }
        } catch {
            throw LineError("not a JSON object: \(error.message)")
        }
        guard members.count <= Self.mostMembers else { throw LineError("more than \(Self.mostMembers) members") }
    }

    /// A member that has to be there.
    mutating func take(_ name: StaticString) throws(LineError) -> JSONValue {
        for step in members.indices {
            let place = (next + step) % members.count
            guard bytes.string(members[place].key, is: name) else { continue }
            taken |= 1 << UInt64(place)
            next = place + 1
            return members[place].value
        }
        throw LineError("\(name) is missing")
    }

    /// Makes sure that everything was asked for.
    func finish() throws(LineError) {
        for place in members.indices where taken & 1 << UInt64(place) == 0 {
            let name = String(decoding: bytes.unescaped(members[place].key), as: UTF8.self)
            throw LineError("\(name) is not known here")
        }
    }

    mutating func integer(_ name: StaticString, in range: ClosedRange<Int64>) throws(LineError) -> Int64 {
        let value = try take(name)
        guard value.kind == .number, let number = bytes.integer(value), range.contains(number) else {
            throw LineError("\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func instant(_ name: StaticString) throws(LineError) -> Instant {
        Instant(milliseconds: try integer(name, in: 0...Instant.distantFuture.milliseconds))
    }

    /// An instant; null stands for one that never comes.
    mutating func instantOrNever(_ name: StaticString) throws(LineError) -> Instant {
        if try take(name).kind == .null { return .distantFuture }
        return try instant(name)
    }

    /// A string with escapes resolved; null stands for an empty one.
    mutating func text(_ name: StaticString, limit: Int) throws(LineError) -> [UInt8] {
        let value = try take(name)
        if value.kind == .null { return [] }
        let text = value.kind == .string ? bytes.unescaped(value) : []
        guard !text.isEmpty, text.count <= limit else {
            throw LineError("\(name) must be a string of 1 to \(limit) bytes, or null")
        }
        return text
    }

    /// An object as compact JSON.
    mutating func object(_ name: StaticString, limit: Int) throws(LineError) -> [UInt8] {
        let value = try take(name)
        let text = value.kind == .object ? bytes.compacted(value) : []
        guard !text.isEmpty, text.count <= limit else {
            throw LineError("\(name) must be an object of at most \(limit) bytes")
        }
        return text
    }

    mutating func sessionID(_ name: StaticString) throws(LineError) -> SessionID {
        let value = try take(name)
        guard value.kind == .string, let id = SessionID(text: bytes.extracting(value.content)) else {
            throw LineError("\(name) must be the 22 characters of a session's id")
        }
        return id
    }

    mutating func epoch(_ name: StaticString) throws(LineError) -> Epoch {
        let value = try take(name)
        guard value.kind == .string, let epoch = Epoch(text: bytes.extracting(value.content)) else {
            throw LineError("\(name) must be the 22 characters of an epoch")
        }
        return epoch
    }

    mutating func tokenHash(_ name: StaticString) throws(LineError) -> TokenHash {
        let value = try take(name)
        if value.kind == .string, value.content.count == 2 * TokenHash.byteCount {
            var hash: [UInt8] = []
            hash.reserveCapacity(TokenHash.byteCount)
            for place in stride(from: value.content.lowerBound, to: value.content.upperBound, by: 2) {
                guard let high = digit(bytes[place]), let low = digit(bytes[place + 1]) else { break }
                hash.append(high << 4 | low)
            }
            if let result = TokenHash(bytes: hash.span) { return result }
        }
        throw LineError("\(name) must be a SHA-256 in 64 hexadecimal digits of lower case")
    }

    /// The elements of an array.
    mutating func elements(_ name: StaticString) throws(LineError) -> [JSONValue] {
        let value = try take(name)
        guard value.kind == .array else { throw LineError("\(name) must be an array") }
        var elements: [JSONValue] = []
        var scanner = JSONScanner(bytes, at: value.start)
        do throws(JSONError) {
            var array = try scanner.beginArray()
            while let element = try scanner.nextElement(&array) { elements.append(element) }
        } catch {
            throw LineError(error.message)
        }
        return elements
    }

    mutating func isString(_ name: StaticString, _ text: StaticString) throws(LineError) -> Bool {
        let value = try take(name)
        return value.kind == .string && bytes.string(value, is: text)
    }

    private func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
