// The alphabet of tokens and ids: against the vectors of its RFC, against itself, and against all that looks like it
// and must be refused, so that each value has one text only.

import Testing

@testable import Sessions

@Suite("base64url")
struct Base64URLTests {
    private static let vectors: [(bytes: [UInt8], text: String)] = [
        (Array("".utf8), ""),
        (Array("f".utf8), "Zg"),
        (Array("fo".utf8), "Zm8"),
        (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg"),
        (Array("fooba".utf8), "Zm9vYmE"),
        (Array("foobar".utf8), "Zm9vYmFy"),
        ([0x14, 0xFB, 0x9C, 0x03, 0xD9, 0x7E], "FPucA9l-"),
        ([0x14, 0xFB, 0x9C, 0x03, 0xD9], "FPucA9k"),
        ([0x14, 0xFB, 0x9C, 0x03], "FPucAw"),
        ([0xFB, 0xFF], "-_8"),
    ]

    @Test("text becomes the bytes of RFC 4648", arguments: vectors)
    func decodes(bytes: [UInt8], text: String) {
        #expect(decode(text) == bytes)
    }

    @Test("an id is written as its decoder reads it, whatever bit is set")
    func ids() throws {
        for bit in 0..<128 {
            let id =
                bit < 64
                ? SessionID(high: 1 << UInt64(63 - bit), low: 0) : SessionID(high: 0, low: 1 << UInt64(127 - bit))
            let text = id.text
            let expected = (0..<16).map { UInt8($0 == bit / 8 ? 0x80 >> (bit % 8) : 0) }
            #expect(Base64URL.decode(text.span) == expected, "bit \(bit)")
        }
    }

    @Test("a token is written as its decoder reads it, whatever bit is set")
    func tokens() throws {
        for bit in 0..<256 {
            var generator = OneBit(bit: bit)
            let text = Token(using: &generator).text
            let expected = (0..<32).map { UInt8($0 == bit / 8 ? 0x80 >> (bit % 8) : 0) }
            #expect(Base64URL.decode(text.span) == expected, "bit \(bit)")
        }
    }

    @Test("exactly 64 characters are read", arguments: 0...UInt8.max)
    func alphabet(character: UInt8) {
        let known = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
        let text = [character, character, character, character]
        #expect((Base64URL.decode(text.span) != nil) == known.contains(character))
    }

    @Test("a length that no bytes have is refused", arguments: ["A", "AAAAA", "AAAAAAAAA"])
    func impossibleLength(text: String) {
        #expect(decode(text) == nil)
    }

    @Test("bits that an encoder leaves zero must be zero", arguments: ["Zh", "Zv", "Zm9", "Zm-", "Zm9vYh"])
    func strayBits(text: String) {
        #expect(decode(text) == nil)
    }

    @Test("padding and white space are refused", arguments: ["Zg==", "Zm8=", "Zm9v\n", " Zm9v", "Zm 9v"])
    func padding(text: String) {
        #expect(decode(text) == nil)
    }

    private func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return Base64URL.decode(bytes.span)
    }
}

/// Draws numbers that are all zero but for one bit, counted from the first bit drawn.
private struct OneBit: RandomNumberGenerator {
    private var bit: Int

    init(bit: Int) {
        self.bit = bit
    }

    mutating func next() -> UInt64 {
        defer { bit -= 64 }
        return (0..<64).contains(bit) ? 1 << UInt64(63 - bit) : 0
    }
}
