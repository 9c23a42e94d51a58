// Strings are valid UTF-8 (RFC 3629): no overlong form, no surrogate, nothing past U+10FFFF, nothing cut short. The
// table has the edges by name; the last test holds the scanner against the standard library at every edge at once.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Strings are valid UTF-8", .rule("UTF-8 only"))
struct ScannerUTF8Tests {
    static let scalars: [UInt32] = [
        0x7F, 0x80, 0xFF, 0x7FF, 0x800, 0xFFF, 0x1000, 0xCFFF, 0xD000, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF,
        0x10000, 0x1F600, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFE, 0x10FFFF,
    ]

    static let invalid: [[UInt8]] = [
        [0x80], [0xBF], [0x80, 0x80],  // a continuation without a beginning
        [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0x81], [0xC1, 0xBF],  // overlong in two bytes
        [0xE0, 0x80, 0x80], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF],  // overlong in three
        [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x80, 0x80, 0xAF], [0xF0, 0x8F, 0xBF, 0xBF],  // overlong in four
        [0xED, 0xA0, 0x80], [0xED, 0xAF, 0xBF], [0xED, 0xB0, 0x80], [0xED, 0xBF, 0xBF],  // surrogates
        [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80],  // a surrogate pair (CESU-8)
        [0xF4, 0x90, 0x80, 0x80], [0xF4, 0xBF, 0xBF, 0xBF], [0xF5, 0x80, 0x80, 0x80],  // past U+10FFFF
        [0xF7, 0xBF, 0xBF, 0xBF], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80],
        [0xFE], [0xFF], [0xFE, 0xFF], [0xFF, 0xFE],  // never in UTF-8
        [0xC3], [0xE2], [0xE2, 0x82], [0xF0], [0xF0, 0x9F], [0xF0, 0x9F, 0x98],  // cut short by the quote
        [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28], [0xF0, 0x28, 0x8C, 0xBC],  // or by a character
        [0xF0, 0x90, 0x28, 0xBC], [0xF0, 0x9F, 0x98, 0x28], [0xC3, 0xC3, 0xA9], [0xE2, 0x82, 0xE2, 0x82, 0xAC],
        [0xC3, 0xA9, 0xA9], [0xF0, 0x9F, 0x98, 0x80, 0x80],  // one continuation too many
    ]

    private func quoted(_ content: [UInt8], before: Int = 0) -> [UInt8] {
        [0x22] + [UInt8](repeating: 0x61, count: before) + content + [0x22]
    }

    @Test("the scalars at the edges of each length are accepted and come back unchanged", arguments: scalars)
    func accepts(_ scalar: UInt32) throws {
        let encoded = Array(String(try #require(Unicode.Scalar(scalar))).utf8)
        for before in 0...8 {
            let expected = [UInt8](repeating: 0x61, count: before) + encoded
            #expect(content(of: quoted(encoded, before: before)) == expected)
        }
    }

    @Test("a sequence that is not UTF-8 is refused in a string and in a key", arguments: invalid)
    func refuses(_ sequence: [UInt8]) {
        for before in 0...8 {
            let string = quoted(sequence, before: before)
            #expect(refusal(of: string) == .invalidUTF8)
            #expect(refusal(of: [0x7B] + string + Array(":1}".utf8)) == .invalidUTF8)
        }
    }

    @Test("a sequence that the end of the text cuts short is refused", arguments: ["é", "€", "😀"])
    func refusesAtEnd(_ character: String) {
        for length in 1..<character.utf8.count {
            #expect(refusal(of: [0x22] + Array(character.utf8.prefix(length))) == .invalidUTF8)
        }
    }

    @Test("no byte beyond ASCII stands outside a string", arguments: UInt8(0x80)...0xFF)
    func refusesOutside(_ byte: UInt8) {
        #expect(refusal(of: [byte]) == .unexpectedByte)
        #expect(refusal(of: [0x5B, byte, 0x5D]) == .unexpectedByte)
        #expect(refusal(of: [0x31, byte]) == .trailingBytes)
    }

    @Test("the scanner and the standard library agree at every edge", arguments: UInt8(0x80)...0xFF)
    func agreesWithStandardLibrary(_ first: UInt8) {
        for second: UInt8 in [0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0] {
            for third: UInt8 in [0x7F, 0x80, 0xBF, 0xC0] {
                for fourth: UInt8 in [0x7F, 0x80, 0xBF, 0xC0] {
                    let sequence = [first, second, third, fourth]
                    for length in 1...4 {
                        let content = Array(sequence.prefix(length))
                        let isValid = String(validating: content, as: UTF8.self) != nil
                        #expect((refusal(of: quoted(content)) == nil) == isValid, "\(content)")
                    }
                }
            }
        }
    }
}
