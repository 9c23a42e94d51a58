// What names a session: tokens as they are drawn, hashes against the vectors of FIPS 180-4, ids on their way through
// text and bytes, and what is no id.

import Crypto
import TestSupport
import Testing

@testable import Sessions

/// A generator that has only one number.
private struct Constant: RandomNumberGenerator {
    let number: UInt64

    mutating func next() -> UInt64 { number }
}

@Suite("Tokens")
struct TokenTests {
    @Test(
        "a token is 43 characters of base64url that stand for 32 bytes",
        .rule("The daemon makes tokens of 43 characters of base64url")
    )
    func form() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            let token = Token(using: &generator)
            let text = Array(token.string.utf8)
            #expect(text.count == 43)
            #expect(Base64URL.decode(text.span)?.count == 32)
        }
    }

    @Test("all 256 bits of a token are drawn")
    func allBitsAreDrawn() {
        var (zeros, ones) = (Constant(number: 0), Constant(number: .max))
        #expect(Token(using: &zeros).string == String(repeating: "A", count: 43))
        // The last character has four bits of the token and two that are always zero.
        #expect(Token(using: &ones).string == String(repeating: "_", count: 42) + "8")
    }

    @Test("a token draws four numbers, each in its own bytes")
    func numbersAreNotRepeated() {
        var (drawing, reference) = (SplitMix64(seed: 7), SplitMix64(seed: 7))
        let text = Array(Token(using: &drawing).string.utf8)
        let numbers = Base64URL.decode(text.span)
            .map { bytes in
                (0..<4).map { word in (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[word * 8 + $1]) } }
            }
        #expect(numbers == (0..<4).map { _ in reference.next() })
    }

    @Test("a generator draws distinct tokens")
    func distinct() {
        var generator = SystemRandomNumberGenerator()
        let tokens = Set((0..<10_000).map { _ in Token(using: &generator).string })
        #expect(tokens.count == 10_000)
    }

    @Test("the hash of a token is the SHA-256 of its text, not of the bytes that it stands for")
    func hashIsOfTheText() {
        var generator = Constant(number: 0)
        let hash = Token(using: &generator).hash
        #expect(hexadecimal(hash.bytes) == "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a")
        #expect(hash == TokenHash(text: String(repeating: "A", count: 43)))
    }
}

@Suite("Token hashes")
struct TokenHashTests {
    @Test(
        "a hash is SHA-256",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
    )
    func vectors(text: String, digest: String) {
        #expect(hexadecimal(TokenHash(text: text).bytes) == digest)
    }

    @Test("a hash is the same whether or not the token fits into one block", arguments: 0...130)
    func everyLength(count: Int) {
        let token = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        #expect(TokenHash(of: token.span).bytes == Array(SHA256.hash(data: token)))
    }

    @Test("a hash survives the way through its bytes")
    func roundTrip() {
        let hash = TokenHash(text: "a token")
        #expect(restore(hash.bytes) == hash)
    }

    @Test("31 and 33 bytes are no hash", arguments: [0, 31, 33, 64])
    func wrongLength(count: Int) {
        #expect(restore([UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("hashes that differ in one bit anywhere are different", arguments: 0..<256)
    func everyBitCounts(bit: Int) throws {
        let hash = TokenHash(text: "a token")
        var bytes = hash.bytes
        bytes[bit / 8] ^= 1 << (bit % 8)
        let other = try #require(restore(bytes))
        #expect(other != hash)
    }

    private func restore(_ bytes: [UInt8]) -> TokenHash? { TokenHash(bytes: bytes.span) }
}

@Suite("Session ids")
struct SessionIDTests {
    @Test(
        "an id is 22 characters and survives the way through its text",
        .rule("in 22 characters of base64url (16 random bytes)")
    )
    func textRoundTrip() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let id = SessionID(using: &generator)
            #expect(id.string.utf8.count == 22)
            #expect(parse(id.string) == id)
        }
    }

    @Test("an id's bytes are in the order in which they are written")
    func bytesInOrder() throws {
        let bytes = (1...16).map { UInt8($0) }
        let id = try #require(restore(bytes))
        #expect(id == SessionID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10))
        #expect((0..<16).map { id.bytes[$0] } == bytes)
        #expect(id.string == "AQIDBAUGBwgJCgsMDQ4PEA")
    }

    @Test("15 and 17 bytes are no id", arguments: [0, 15, 17, 32])
    func wrongByteCount(count: Int) {
        #expect(restore([UInt8](repeating: 1, count: count)) == nil)
    }

    @Test(
        "malformed text is no id",
        arguments: [
            "",
            "AQIDBAUGBwgJCgsMDQ4PE",  // 21 characters
            "AQIDBAUGBwgJCgsMDQ4PEAA",  // 23 characters
            "AQIDBAUGBwgJCgsMDQ4PEA==",  // padded
            "AQIDBAUGBwgJCgsMDQ4PE=",  // padding within 22 characters
            "AQIDBAUGBwgJCgsMDQ4P+A",  // from the alphabet of plain base64
            "AQIDBAUGBwgJCgsMDQ4P/A",
            "AQIDBAUGBwgJCgsMDQ4P A",
            "AQIDBAUGBwgJCgsMDQ4PÄ",  // 22 bytes, not ASCII
            "AQIDBAUGBwgJCgsMDQ4PEB",  // stray bits in the last character
            "AQIDBAUGBwgJCgsMDQ4PEP",
        ]
    )
    func malformed(text: String) {
        #expect(parse(text) == nil)
    }

    @Test("only four characters can end an id, so that each has one text only")
    func canonical() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let endings = alphabet.filter { parse("AQIDBAUGBwgJCgsMDQ4PE\($0)") != nil }
        #expect(endings == "AQgw")
    }

    @Test("a generator draws distinct ids")
    func distinct() {
        var generator = SystemRandomNumberGenerator()
        #expect(Set((0..<10_000).map { _ in SessionID(using: &generator) }).count == 10_000)
    }

    private func restore(_ bytes: [UInt8]) -> SessionID? { SessionID(bytes: bytes.span) }

    private func parse(_ text: String) -> SessionID? {
        let bytes = Array(text.utf8)
        return SessionID(text: bytes.span)
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
