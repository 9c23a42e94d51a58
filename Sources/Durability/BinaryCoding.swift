// The few shapes that state files are made of: little-endian integers and byte strings with their length before them.
// Reading checks every bound and answers nil where the bytes run out.

extension [UInt8] {
    mutating func append(integer value: some FixedWidthInteger) {
        unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
    }

    mutating func append(contentsOf bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    mutating func append(string bytes: [UInt8]) { append(string: bytes.span) }

    mutating func append(string bytes: Span<UInt8>) {
        append(integer: UInt32(bytes.count))
        append(contentsOf: bytes)
    }

    /// Puts an integer where room was left for it.
    mutating func overwrite(at offset: Int, with value: UInt32) {
        for place in 0..<4 { self[offset + place] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(place))) }
    }
}

/// Reads what `append(integer:)` and `append(string:)` wrote.
struct BinaryReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type = Value.self) -> Value? {
        let size = MemoryLayout<Value>.size
        guard bytes.endIndex - position >= size else { return nil }
        let offset = position - bytes.startIndex
        position += size
        // Sound: the bytes were just found to be there, and all of them together make any integer.
        return unsafe Value(littleEndian: bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        slice(count).map { Array($0) }
    }

    mutating func slice(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, bytes.endIndex - position >= count else { return nil }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    mutating func string(limit: Int) -> [UInt8]? {
        guard let count = integer(UInt32.self), count <= limit else { return nil }
        return bytes(Int(count))
    }

    /// Reads on with a cursor over what is left.
    mutating func read<Value>(_ body: (inout ByteCursor) -> Value?) -> Value? {
        let rest = bytes[position...]
        var cursor = ByteCursor(rest.span)
        let value = body(&cursor)
        position += cursor.position
        return value
    }
}

/// Reads the same from bytes that are borrowed; what it gives out are views of them.
struct ByteCursor: ~Escapable {
    private let bytes: Span<UInt8>
    private(set) var position = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    @inline(__always)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type = Value.self) -> Value? {
        let size = MemoryLayout<Value>.size
        guard bytes.count &- position >= size else { return nil }
        defer { position &+= size }
        // Sound: the bytes were just found to be there, and all of them together make any integer.
        return unsafe Value(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: Value.self))
    }

    @inline(__always)
    @_lifetime(copy self)
    mutating func slice(_ count: Int) -> Span<UInt8>? {
        guard count >= 0, bytes.count &- position >= count else { return nil }
        defer { position &+= count }
        return bytes.extracting(position..<(position &+ count))
    }

    @inline(__always)
    @_lifetime(copy self)
    mutating func string(limit: Int) -> Span<UInt8>? {
        guard let count = integer(UInt32.self), count <= limit else { return nil }
        return slice(Int(count))
    }
}

extension BinaryReader {
    /// The number of a change, if it is one that a daemon comes to.
    mutating func sequence() -> UInt64? { integer(UInt64.self).flatMap { plausible($0) } }
}

extension ByteCursor {
    /// The number of a change, if it is one that a daemon comes to.
    @inline(__always)
    mutating func sequence() -> UInt64? { integer(UInt64.self).flatMap { plausible($0) } }
}

private func plausible(_ sequence: UInt64) -> UInt64? {
    sequence <= greatestSequence ? sequence : nil
}
