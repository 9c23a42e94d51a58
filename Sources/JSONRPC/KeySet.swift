// The keys of objects, found again by what they stand for. An object may have ten thousand of them on one line: no choice
// of keys makes that slow, and none costs an allocation.

/// The keys of one object, to notice one that comes twice.
///
/// The first eight are compared one by one, without allocating; an object with more moves to a hash table.
struct KeySet {
    private static let inlineCapacity = 8
    private var inline = InlineArray<8, JSONValue>(repeating: JSONMember.placeholder.key)
    private var count = 0
    /// A bit for each key that is in, by its length and first byte: a key whose bit is not set is new. Escapes hide
    /// what a key is, so from the first escaped key on all bits are set.
    private var seen: UInt64 = 0
    private var spilled: KeyTable?

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
        if spilled != nil { return spilled!.insert(key, of: bytes) }
        for index in 0..<count where bytes.sameContent(inline[index], key, of: bytes) { return false }
        if key.isEscaped { seen = .max }
        if count < Self.inlineCapacity {
            inline[count] = key
            count += 1
            return true
        }
        var all = KeyTable(reserving: 2 * Self.inlineCapacity)
        for index in 0..<count { all.insert(inline[index], of: bytes) }
        all.insert(key, of: bytes)
        spilled = all
        return true
    }
}

/// Keys of one text in the order in which they came, and a hash table (open addressing, linear probing) to find one by its
/// content. The hash is the standard library's, SipHash with a seed that is random in each process.
struct KeyTable {
    private var keys: [(key: JSONValue, hash: UInt32)] = []
    /// Where keys stand in `keys`, counted from one; zero where there is none. At most half of them are taken.
    private var table: [UInt32]

    /// Begins with none.
    ///
    /// - Parameter count: How many there is room for before more memory is needed: a power of two.
    init(reserving count: Int) {
        keys.reserveCapacity(count)
        table = [UInt32](repeating: 0, count: 2 * count)
    }

    /// Adds a key, whose number is how many came before it.
    ///
    /// - Returns: False when an equal one, whatever its escapes, is there already: then it is not added.
    @discardableResult
    mutating func insert(_ key: JSONValue, of text: Span<UInt8>) -> Bool {
        let hash = text.contentHash(key)
        if 2 * keys.count == table.count { grow() }
        let place = find(key, of: text, hash: hash, among: text)
        guard table[place] == 0 else { return false }
        keys.append((key, hash))
        table[place] = UInt32(keys.count)
        return true
    }

    /// The number of the key with the content of another text's string; nil when there is none.
    ///
    /// - Parameter text: What the keys were added from.
    func number(of string: JSONValue, of other: Span<UInt8>, among text: Span<UInt8>) -> Int? {
        let place = find(string, of: other, hash: other.contentHash(string), among: text)
        return table[place] == 0 ? nil : Int(table[place]) - 1
    }

    /// Where a key stands in the table, or where it would.
    private func find(_ key: JSONValue, of other: Span<UInt8>, hash: UInt32, among text: Span<UInt8>) -> Int {
        var place = Int(hash) & (table.count - 1)
        while table[place] != 0 {
            let candidate = keys[Int(table[place]) - 1]
            if candidate.hash == hash, text.sameContent(candidate.key, key, of: other) { return place }
            place = (place + 1) & (table.count - 1)
        }
        return place
    }

    private mutating func grow() {
        table = [UInt32](repeating: 0, count: table.count * 2)
        for (index, key) in keys.enumerated() {
            var place = Int(key.hash) & (table.count - 1)
            while table[place] != 0 { place = (place + 1) & (table.count - 1) }
            table[place] = UInt32(index + 1)
        }
    }
}

extension Span<UInt8> {
    private static var piece: Int { 64 }

    /// A hash of a string's content: the same whatever its escapes.
    fileprivate func contentHash(_ string: JSONValue) -> UInt32 {
        // Piece by piece, since a hasher may take two pieces for something else than both in one.
        var hasher = Hasher()
        guard string.isEscaped else {
            var rest = extracting(string.content)
            while rest.count >= Self.piece {
                hasher.combine(rest.extracting(first: Self.piece))
                rest = rest.extracting(droppingFirst: Self.piece)
            }
            hasher.combine(rest)
            return UInt32(truncatingIfNeeded: hasher.finalize())
        }
        var content = StringContent(string, in: self)
        var piece = InlineArray<64, UInt8>(repeating: 0)
        var count = 0
        while let byte = content.next() {
            piece[count] = byte
            count += 1
            if count == Self.piece {
                hasher.combine(piece.span)
                count = 0
            }
        }
        hasher.combine(piece.span.extracting(first: count))
        return UInt32(truncatingIfNeeded: hasher.finalize())
    }
}

extension Hasher {
    @inline(__always)
    fileprivate mutating func combine(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe combine(bytes: $0) }
    }
}
