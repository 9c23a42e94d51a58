// The alphabet of tokens and ids, against the vectors of its RFC and against itself.

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

    @Test("bytes become the text of RFC 4648 without its padding", arguments: vectors)
    func encodes(bytes: [UInt8], text: String) {
        #expect(encode(bytes) == text)
    }

    @Test("text becomes the bytes of RFC 4648", arguments: vectors)
    func decodes(bytes: [UInt8], text: String) {
        #expect(decode(text) == bytes)
    }

    @Test("every string of two bytes survives the way there and back")
    func roundTrips() {
        for value in 0...UInt16.max {
            let bytes = [UInt8(value >> 8), UInt8(value & 0xFF)]
            guard decode(encode(bytes)) == bytes else {
                Issue.record("\(bytes) comes back as \(String(describing: decode(encode(bytes))))")
                return
            }
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

    private func encode(_ bytes: [UInt8]) -> String {
        // Unset places show up as a character that does not belong.
        var text = [UInt8](repeating: UInt8(ascii: "!"), count: (bytes.count * 8 + 5) / 6)
        Base64URL.encode(bytes.span) { text[$0] = $1 }
        return String(decoding: text, as: UTF8.self)
    }

    private func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return Base64URL.decode(bytes.span)
    }
}
