// Plain characters are passed over eight at a time. These tests put every byte that must stop that at every place of
// a word, and let strings end at every place of one.

import Testing

@testable import JSONRPC

@Suite("The fast path over plain characters stops where it must")
struct ScannerStringTests {
    private func plain(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) } }

    private func quoted(_ content: [UInt8]) -> [UInt8] { [0x22] + content + [0x22] }

    @Test("a string of any length is read to its quote and no further", arguments: 0...40)
    func everyLength(_ length: Int) throws {
        let text = quoted(plain(length))
        let value = try scan(text).get()
        #expect(value.range == text.indices)
        #expect(value.content == 1..<(length + 1))
        #expect(content(of: text) == plain(length))
        #expect(refusal(of: text.dropLast()) == .unexpectedEnd)
        #expect(refusal(of: text + plain(9)) == .trailingBytes)
    }

    @Test("a stop byte is seen at every offset, whatever follows", arguments: 0...17, [0, 1, 7, 8, 9, 20])
    func everyOffset(_ offset: Int, _ following: Int) {
        let (before, after) = (plain(offset), plain(following))
        #expect(refusal(of: quoted(before + [0x22] + after)) == .trailingBytes, "a quote ends the string")
        #expect(content(of: quoted(before + Array(#"\""#.utf8) + after)) == before + [0x22] + after)
        #expect(content(of: quoted(before + Array(#"\u0041"#.utf8) + after)) == before + [0x41] + after)
        #expect(refusal(of: quoted(before + Array(#"\q"#.utf8) + after)) == .invalidEscape)
        for control: UInt8 in [0x00, 0x09, 0x0A, 0x1F] {
            #expect(refusal(of: quoted(before + [control] + after)) == .controlCharacter)
        }
        for character in ["é", "€", "😀"] {
            let encoded = Array(character.utf8)
            #expect(content(of: quoted(before + encoded + after)) == before + encoded + after)
        }
        for stray: UInt8 in [0x80, 0xA2, 0xDC, 0xFF] {
            #expect(refusal(of: quoted(before + [stray] + after)) == .invalidUTF8)
        }
    }

    @Test("bytes that differ from a stop byte by one bit stop nothing", arguments: 0...17)
    func neighbours(_ offset: Int) {
        let harmless = (0x20...0x7F).filter { $0 != 0x22 && $0 != 0x5C }.map { UInt8($0) }
        for byte in harmless {
            let text = plain(offset) + [byte] + plain(9)
            #expect(content(of: quoted(text)) == text)
            // A borrow out of a stop byte must not hide or invent another one beside it.
            #expect(content(of: quoted(text + Array(#"\n"#.utf8) + [byte])) == text + [0x0A, byte])
        }
    }

    @Test("of two stop bytes the first decides", arguments: 0...8, 0...8)
    func twoStops(_ first: Int, _ gap: Int) {
        let control = plain(first) + [0x01] + plain(gap)
        #expect(refusal(of: quoted(control + Array(#"\q"#.utf8))) == .controlCharacter)
        let escape = plain(first) + Array(#"\q"#.utf8) + plain(gap)
        #expect(refusal(of: quoted(escape + [0x01])) == .invalidEscape)
        let stray = plain(first) + [0xFF] + plain(gap)
        #expect(refusal(of: quoted(stray + [0x01])) == .invalidUTF8)
    }

    @Test("the same string is read wherever in the text it begins", arguments: 0...17)
    func everyAlignment(_ offset: Int) throws {
        let string = Array(#""plain text, then é and \u0041, then more plain text""#.utf8)
        let text = [UInt8](repeating: 0x20, count: offset) + string
        let value = try scan(text).get()
        #expect(value.range == offset..<text.count)
        #expect(content(of: text) == Array("plain text, then é and A, then more plain text".utf8))
    }
}
