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
        guard wasRead || walk.keys.insert(key, in: bytes) else {
            throw JSONError(reason: .duplicateKey, offset: key.start)
        }
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
