// What is left of text that means harm, and how wide text is.

import TestSupport
import Testing

@testable import Terminal

@Suite("Glyphs")
struct GlyphTests {
    @Test(
        "what a terminal would obey becomes a replacement character",
        arguments: [
            ("\u{1B}[31mred", "\u{FFFD}[31mred"), ("\u{9B}2J", "\u{FFFD}2J"), ("a\r\nb", "a\u{FFFD}\u{FFFD}b"),
            ("\u{1B}]0;title\u{07}", "\u{FFFD}]0;title\u{FFFD}"), ("a\tb\u{7F}", "a\u{FFFD}b\u{FFFD}"),
            ("\u{202E}gnp.exe", "\u{FFFD}gnp.exe"), ("ad\u{200B}a", "ad\u{FFFD}a"), ("a\u{2028}b", "a\u{FFFD}b"),
            ("\u{E000}\u{FFFFF}", "\u{FFFD}\u{FFFD}"),
        ]
    )
    func harmful(_ text: String, _ expected: String) {
        #expect(text.glyphs.map(\.text).joined().unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(
        "text is as wide as terminals make it",
        arguments: [
            ("", 0), ("ada", 3), ("Zoë", 3), ("Zoe\u{308}", 3), ("日本語", 6), ("한국어", 6), ("😀", 2), ("ｆ", 2), ("±", 1),
            ("❤\u{FE0F}", 1), ("\u{308}", 1), ("\u{1112}\u{1161}\u{11AB}", 2),
        ]
    )
    func widths(_ text: String, _ columns: Int) { #expect(text.columns == columns) }

    @Test("marks stay with their character, but not any number of them")
    func marks() {
        let glyphs = ("e" + String(repeating: "\u{301}", count: 100) + "x").glyphs
        #expect(glyphs.map(\.width) == [1, 1])
        #expect(glyphs[0].text.unicodeScalars.count == 5)
    }

    private static let ranges: [ClosedRange<UInt32>] = [0...0xFF, 0x200...0x2FFF, 0x3000...0x10FFFF]

    @Test("whatever text holds, no control character is sent but those of the screen itself")
    func random() {
        var random = SplitMix64(seed: seed(for: "random text on a screen"))
        for _ in 0..<3000 {
            var screen = Screen(ScreenSize(columns: 20, rows: 2))
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                let range = Self.ranges.randomElement(using: &random)!
                if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { text.append(scalar) }
            }
            screen.put(String(text), row: 0, column: Int.random(in: 0...20, using: &random))
            var terminal = PretendedTerminal(screen.size)
            terminal.take(screen.difference(from: nil, Abilities()))
            let ascii = screen.difference(from: nil, Abilities(unicode: false))
            #expect(ascii.utf8.allSatisfy { $0 == 0x1B || (0x20..<0x7F).contains($0) })
        }
    }
}
