// Keys, as terminals tell of them: characters in UTF-8, and sequences that begin with an escape character for those that are
// none (ECMA-48, xterm). Sequences of keys that nobody asks for are passed over whole.

/// A key that was pressed.
public enum Key: Equatable, Sendable {
    case character(Character)
    case enter
    case escape
    case tab
    case backspace
    case up
    case down
    case left
    case right
    case pageUp
    case pageDown
    case home
    case end
    /// Ctrl-L: what is shown may have been overwritten by others.
    case redraw
    /// Any other.
    case unknown
}

/// Takes the bytes that a terminal sends, in whatever pieces they come, for keys.
public struct KeyReader: Sendable {
    /// A sequence of a key is not longer than this.
    private static let longest = 32
    private var pending: [UInt8] = []

    /// Nothing was pressed yet.
    public init() {}

    /// There is the beginning of a key, or the escape key alone: when nothing follows for a while, it was that.
    public var isWaiting: Bool { !pending.isEmpty }

    /// The keys that are whole with these bytes.
    public mutating func read(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending += bytes
        var keys: [Key] = []
        while let (key, count) = first() {
            pending.removeFirst(count)
            if let key { keys.append(key) }
        }
        return keys
    }

    /// Takes what is there for all that will come.
    public mutating func giveUp() -> [Key] {
        defer { pending = [] }
        return pending.first == Self.escape ? [.escape] : []
    }

    private static let escape: UInt8 = 0x1B

    /// The first key, if it is one, and its length; nil when more is needed to know.
    private func first() -> (key: Key?, count: Int)? {
        guard let byte = pending.first else { return nil }
        switch byte {
        case Self.escape: return sequence()
        case 0x0A, 0x0D: return (.enter, 1)
        case 0x09: return (.tab, 1)
        case 0x08, 0x7F: return (.backspace, 1)
        case 0x0C: return (.redraw, 1)
        case 0x00..<0x20: return (.unknown, 1)
        default: return character(from: byte)
        }
    }

    private func character(from byte: UInt8) -> (key: Key?, count: Int)? {
        let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        if pending.count < length, !pending.dropFirst().contains(where: { $0 & 0xC0 != 0x80 }) { return nil }
        guard let text = String(validating: pending.prefix(length), as: UTF8.self), let character = text.first else {
            return (nil, 1)
        }
        return (.character(character), length)
    }

    private func sequence() -> (key: Key?, count: Int)? {
        guard pending.count > 1 else { return nil }
        switch pending[1] {
        case UInt8(ascii: "O"):
            guard pending.count > 2 else { return nil }
            return (key(final: pending[2], parameter: []), 3)
        case UInt8(ascii: "["):
            guard let end = pending.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
                return pending.count > Self.longest ? (.unknown, pending.count) : nil
            }
            return (key(final: pending[end], parameter: pending[2..<end].prefix { $0 != UInt8(ascii: ";") }), end + 1)
        default: return (.escape, 1)
        }
    }

    private func key(final: UInt8, parameter: ArraySlice<UInt8>) -> Key {
        switch (final, String(decoding: parameter, as: UTF8.self)) {
        case (UInt8(ascii: "A"), _): .up
        case (UInt8(ascii: "B"), _): .down
        case (UInt8(ascii: "C"), _): .right
        case (UInt8(ascii: "D"), _): .left
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): .home
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): .end
        case (UInt8(ascii: "~"), "5"): .pageUp
        case (UInt8(ascii: "~"), "6"): .pageDown
        default: .unknown
        }
    }
}
