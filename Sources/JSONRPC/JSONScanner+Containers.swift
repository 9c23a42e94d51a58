// Walking arrays and objects member by member. `value()` uses the same steps to pass over nested ones, so a caller
// that looks into an object validates it exactly as one that skips it.

extension JSONScanner {
    /// The state of a walk through one array.
    public struct ArrayWalk {
        var isFirst = true
    }

    /// The state of a walk through one object: the keys that were seen.
    public struct ObjectWalk {
        var isFirst = true
        var keys = KeySet()
    }

    /// Reads the bracket that opens an array.
    public mutating func beginArray() throws(JSONError) -> ArrayWalk {
        try open(UInt8(ascii: "["))
        return ArrayWalk()
    }

    /// Reads the brace that opens an object.
    public mutating func beginObject() throws(JSONError) -> ObjectWalk {
        try open(UInt8(ascii: "{"))
        return ObjectWalk()
    }

    /// Reads the next element, or the closing bracket and returns nil.
    public mutating func nextElement(_ walk: inout ArrayWalk) throws(JSONError) -> JSONValue? {
        guard try advance(in: &walk) else { return nil }
        return try value()
    }

    /// Moves to the next element without reading it; reads the closing bracket and returns false at the end.
    public mutating func advance(in walk: inout ArrayWalk) throws(JSONError) -> Bool {
        try advance(isFirst: &walk.isFirst, to: UInt8(ascii: "]"))
    }

    /// Reads the next name and value, or the closing brace and returns nil.
    public mutating func nextMember(_ walk: inout ObjectWalk) throws(JSONError) -> JSONMember? {
        guard let key = try nextKey(&walk) else { return nil }
        return JSONMember(key: key, value: try value())
    }

    /// Reads the next name and its colon and moves to the value, or reads the closing brace and returns nil.
    public mutating func nextKey(_ walk: inout ObjectWalk) throws(JSONError) -> JSONValue? {
        guard try advance(isFirst: &walk.isFirst, to: UInt8(ascii: "}")) else { return nil }
        guard bytes[position] == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
        let key = try string()
        guard walk.keys.insert(key, in: bytes) else { throw JSONError(reason: .duplicateKey, offset: key.start) }
        guard let colon = peek() else { throw failure(.unexpectedEnd) }
        guard colon == UInt8(ascii: ":") else { throw failure(.unexpectedByte) }
        position += 1
        skipWhitespace()
        return key
    }

    private mutating func open(_ bracket: UInt8) throws(JSONError) {
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        guard bytes[position] == bracket else { throw failure(.unexpectedByte) }
        guard depth < Self.depthLimit else { throw failure(.tooDeep) }
        depth += 1
        position += 1
    }

    @inline(__always)
    private mutating func advance(isFirst: inout Bool, to closing: UInt8) throws(JSONError) -> Bool {
        guard let next = peek() else { throw failure(.unexpectedEnd) }
        if next == closing {
            position += 1
            depth -= 1
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard next == UInt8(ascii: ",") else { throw failure(.unexpectedByte) }
        position += 1
        guard let following = peek() else { throw failure(.unexpectedEnd) }
        // A comma must be followed by another element: `[1,]` is refused here.
        if following == closing { throw failure(.unexpectedByte) }
        return true
    }
}

/// The keys of one object, to notice one that comes twice.
///
/// The first eight are compared one by one, without allocating; an object with more moves to a hash set whose
/// seed is random in each process, so that no choice of keys makes it slow.
struct KeySet {
    private static let inlineCapacity = 8
    private var inline = InlineArray<8, JSONValue>(repeating: JSONMember.placeholder.key)
    private var count = 0
    /// A bit for each key that is in, by its length and first byte: a key whose bit is not set is new. Escapes hide
    /// what a key is, so from the first escaped key on all bits are set.
    private var seen: UInt64 = 0
    private var spilled: Set<[UInt8]>?

    /// Adds a key; returns false when an equal one, whatever its escapes, is there already.
    @inline(__always)
    mutating func insert(_ key: JSONValue, in bytes: Span<UInt8>) -> Bool {
        let content = key.content
        guard count < Self.inlineCapacity, !key.isEscaped, !content.isEmpty else { return compare(key, in: bytes) }
        let bit: UInt64 = 1 << UInt64((Int(bytes[content.lowerBound]) &+ content.count &* 8) & 63)
        if seen & bit != 0 { return compare(key, in: bytes) }
        seen |= bit
        inline[count] = key
        count &+= 1
        return true
    }

    @inline(never)
    private mutating func compare(_ key: JSONValue, in bytes: Span<UInt8>) -> Bool {
        if spilled != nil { return spilled!.insert(bytes.unescaped(key)).inserted }
        for index in 0..<count where bytes.sameContent(inline[index], key) { return false }
        if key.isEscaped { seen = .max }
        if count < Self.inlineCapacity {
            inline[count] = key
            count += 1
            return true
        }
        var all = Set<[UInt8]>(minimumCapacity: 32)
        for index in 0..<count { all.insert(bytes.unescaped(inline[index])) }
        all.insert(bytes.unescaped(key))
        spilled = all
        return true
    }
}
