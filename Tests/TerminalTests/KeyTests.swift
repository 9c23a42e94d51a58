// Keys, in whatever pieces they come.

import Testing

@testable import Terminal

@Suite("Keys")
struct KeyTests {
    private static let typed =
        "qé語\u{1B}[A\u{1B}OB\u{1B}[1;5C\u{1B}[5~\u{1B}[6~\u{1B}[1~\u{1B}[F\u{1B}[200~" + "\r\u{7F}\t\u{0C}\u{01}x"
    private static let keys: [Key] = [
        .character("q"), .character("é"), .character("語"), .up, .down, .right, .pageUp, .pageDown, .home, .end,
        .unknown,
        .enter, .backspace, .tab, .redraw, .unknown, .character("x"),
    ]

    @Test("they are known, all at once")
    func whole() {
        var reader = KeyReader()
        #expect(reader.read(Self.typed.utf8) == Self.keys)
        #expect(!reader.isWaiting)
    }

    @Test("they are the same in pieces of any size", arguments: 1...7)
    func pieces(size: Int) {
        var reader = KeyReader()
        let bytes = Array(Self.typed.utf8)
        var keys: [Key] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            keys += reader.read(bytes[start..<min(start + size, bytes.count)])
        }
        #expect(keys == Self.keys)
    }

    @Test("an escape character is the escape key when nothing follows, or another key")
    func escape() {
        var reader = KeyReader()
        #expect(reader.read([0x1B]) == [])
        #expect(reader.isWaiting)
        #expect(reader.giveUp() == [.escape])
        #expect(reader.read([0x1B, UInt8(ascii: "q")]) == [.escape, .character("q")])
        #expect(reader.read([0x1B, 0x1B]) == [.escape])
        #expect(reader.giveUp() == [.escape])
        #expect(!reader.isWaiting)
    }

    @Test("bytes that are no keys do not stop those that are")
    func malformed() {
        var reader = KeyReader()
        let broken = [0xFF, 0xC3, UInt8(ascii: "a"), 0x80, UInt8(ascii: "b")]
        #expect(reader.read(broken) == [.character("a"), .character("b")])
        let endless = [0x1B, UInt8(ascii: "[")] + [UInt8](repeating: UInt8(ascii: "1"), count: 100)
        #expect(reader.read(endless) == [.unknown])
        #expect(reader.read([UInt8(ascii: "c")]) == [.character("c")])
    }
}
