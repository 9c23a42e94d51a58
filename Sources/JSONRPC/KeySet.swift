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
/// content.
struct KeyTable {
    private var keys: [JSONValue] = []
    /// In the lower half of a word where a key stands in `keys`, counted from one, and above it the key's hash; zero where there
    /// is none. At most half of the words are taken.
    private var table: [UInt64]

    /// Begins with none.
    ///
    /// - Parameter count: How many there is room for before more memory is needed: a power of two.
    init(reserving count: Int) {
        keys.reserveCapacity(count)
        table = [UInt64](repeating: 0, count: 2 * count)
    }

    /// Adds a key, whose number is how many came before it.
    ///
    /// - Returns: False when an equal one, whatever its escapes, is there already: then it is not added.
    @discardableResult
    mutating func insert(_ key: JSONValue, of text: Span<UInt8>) -> Bool {
        if 2 * keys.count == table.count { grow() }
        let hash = text.contentHash(key)
        let place = find(key, of: text, hash: hash, among: text)
        guard table[place] == 0 else { return false }
        keys.append(key)
        table[place] = UInt64(hash) << 32 | UInt64(keys.count)
        return true
    }

    /// The number of the key with the content of another text's string; nil when there is none.
    ///
    /// - Parameter text: What the keys were added from.
    func number(of string: JSONValue, of other: Span<UInt8>, among text: Span<UInt8>) -> Int? {
        let place = find(string, of: other, hash: other.contentHash(string), among: text)
        return table[place] == 0 ? nil : Int(UInt32(truncatingIfNeeded: table[place])) - 1
    }

    /// Where a key stands in the table, or where it would.
    private func find(_ key: JSONValue, of other: Span<UInt8>, hash: UInt32, among text: Span<UInt8>) -> Int {
        var place = Int(hash) & (table.count - 1)
        while table[place] != 0 {
            let isCandidate = table[place] >> 32 == UInt64(hash)
            let index = Int(UInt32(truncatingIfNeeded: table[place])) - 1
            if isCandidate, text.sameContent(keys[index], key, of: other) { return place }
            place = (place + 1) & (table.count - 1)
        }
        return place
    }

    private mutating func grow() {
        let words = table
        table = [UInt64](repeating: 0, count: words.count * 4)
        for word in words where word != 0 {
            var place = Int(word >> 32) & (table.count - 1)
            while table[place] != 0 { place = (place + 1) & (table.count - 1) }
            table[place] = word
        }
    }
}

/// Hashes of strings, by multiplying words to twice their length and folding that, as wyhash does (Wang Yi, 2019). With seeds
/// that are random in each process, nobody can choose strings that have the same.
private struct ContentHash {
    private static let seeds = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    static let piece = 16

    private var state = seeds.0

    /// Adds sixteen bytes that are not the last.
    mutating func add(_ piece: Span<UInt8>) {
        state = Self.folded(piece.word(at: 0) ^ state, piece.word(at: 8) ^ Self.seeds.1)
    }

    /// The hash of what was added and of the last bytes, sixteen at most.
    func end(with rest: Span<UInt8>) -> UInt32 {
        var (low, high): (UInt64, UInt64) = (0, 0)
        switch rest.count {
        case 8...: (low, high) = (rest.word(at: 0), rest.word(at: rest.count - 8))
        case 0: break
        default: for index in rest.indices { low = low << 8 | UInt64(rest[index]) }
        }
        let hash = Self.folded(low ^ state, high ^ Self.seeds.1 ^ UInt64(rest.count))
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }

    private static func folded(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}

extension Span<UInt8> {
    /// Eight bytes from a place on, all of which lie inside.
    fileprivate func word(at place: Int) -> UInt64 {
        // Sound: bounds are checked, and any eight bytes are a number.
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
    }

    /// A hash of a string's content: the same whatever its escapes.
    fileprivate func contentHash(_ string: JSONValue) -> UInt32 {
        var hash = ContentHash()
        guard string.isEscaped else {
            var rest = extracting(string.content)
            while rest.count > ContentHash.piece {
                hash.add(rest)
                rest = rest.extracting(droppingFirst: ContentHash.piece)
            }
            return hash.end(with: rest)
        }
        var content = StringContent(string, in: self)
        var piece = InlineArray<16, UInt8>(repeating: 0)
        var count = 0
        while let byte = content.next() {
            if count == ContentHash.piece {
                hash.add(piece.span)
                count = 0
            }
            piece[count] = byte
            count += 1
        }
        return hash.end(with: piece.span.extracting(first: count))
    }
}
