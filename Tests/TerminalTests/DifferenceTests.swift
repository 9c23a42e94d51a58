// What is sent makes the terminal show the new screen, whatever it showed before, and is little.

import TestSupport
import Testing

@testable import Terminal

@Suite("Difference of screens")
struct DifferenceTests {
    private static let pieces = ["a", "bc ", "語", "e\u{301}", "█", "─", "  ", "xyz", "😀 ", "\u{1B}[H"]
    private static let styles = [Style.plain, .bold, .faint, Style(.red), Style(.cyan, bold: true, reversed: true)]

    private func randomScreen(from old: Screen, _ random: inout SplitMix64) -> Screen {
        var screen = random.oneIn(4) ? Screen(old.size) : old
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            screen.put(
                Self.pieces.randomElement(using: &random)!,
                Self.styles.randomElement(using: &random)!,
                row: Int.random(in: 0..<old.size.rows, using: &random),
                column: Int.random(in: 0..<old.size.columns, using: &random)
            )
        }
        return screen
    }

    private func expect(_ terminal: PretendedTerminal, shows screen: Screen) {
        #expect(terminal.cells == screen.cells.map(\.text))
        for (cell, style) in zip(screen.cells, terminal.styles) where cell.text != " " || cell.style.isReversed {
            #expect("\u{1B}[\(style)m" == cell.style.sequence(hasColours: true))
        }
    }

    @Test("after any number of changes the terminal shows what the screen is")
    func random() {
        var random = SplitMix64(seed: seed(for: "differences of random screens"))
        for _ in 0..<100 {
            var screen = Screen(ScreenSize(columns: Int.random(in: 1...30, using: &random), rows: 4))
            var terminal = PretendedTerminal(screen.size)
            terminal.take(screen.difference(from: nil, Abilities()))
            for _ in 0..<20 {
                let next = randomScreen(from: screen, &random)
                terminal.take(next.difference(from: screen, Abilities()))
                screen = next
                expect(terminal, shows: screen)
            }
        }
    }

    @Test("a terminal that takes characters for wider than they are is wrong there only")
    func wider() {
        var screen = Screen(ScreenSize(columns: 30, rows: 1))
        screen.put("a█b─c", row: 0, column: 3)
        var terminal = PretendedTerminal(screen.size, belief: 2)
        terminal.take(screen.difference(from: nil, Abilities()))
        #expect(terminal.cells == screen.cells.map(\.text))
    }

    @Test("nothing is sent when nothing has changed, and little when little has")
    func little() {
        var screen = Screen(ScreenSize(columns: 200, rows: 60))
        for row in 0..<60 { screen.fill("x", .bold, row: row, column: 0, width: 200) }
        #expect(screen.difference(from: screen, Abilities()).isEmpty)
        var next = screen
        next.put("yy", .bold, row: 5, column: 7)
        #expect(next.difference(from: screen, Abilities()) == "\u{1B}[6;8H\u{1B}[0;1myy\u{1B}[0m")
    }

    @Test("a terminal of another size is drawn anew")
    func resized() {
        var small = Screen(ScreenSize(columns: 4, rows: 1))
        small.put("abcd", row: 0, column: 0)
        var large = Screen(ScreenSize(columns: 6, rows: 2))
        large.put("abcd", row: 0, column: 0)
        #expect(large.difference(from: small, Abilities()) == large.difference(from: nil, Abilities()))
        #expect(large.difference(from: nil, Abilities()).hasPrefix("\u{1B}[0m\u{1B}[2J"))
    }

    @Test("without colours there are none, and without Unicode blocks and lines are drawn in ASCII")
    func abilities() {
        var screen = Screen(ScreenSize(columns: 12, rows: 1))
        screen.put("─▁█µ語é", Style(.red, bold: true), row: 0, column: 0)
        let plain = screen.difference(from: nil, Abilities(colours: false, unicode: false))
        #expect(!plain.contains("31") && plain.contains("[0;1m"))
        #expect(plain.replacing(/\e\[[0-9;]*[A-Za-z]/, with: "") == "-_#u? ?")
        #expect(screen.difference(from: nil, Abilities()).contains("[0;1;31m"))
    }

    @Test(
        "what the environment says is honoured",
        arguments: [
            (["TERM": "xterm", "LANG": "de_DE.UTF-8"], Abilities()),
            (["TERM": "xterm", "LC_ALL": "C.utf8", "NO_COLOR": "1"], Abilities(colours: false)),
            (["TERM": "xterm", "LC_ALL": "C", "LANG": "de_DE.UTF-8"], Abilities(unicode: false)),
            (["TERM": "xterm", "LC_ALL": "", "LC_CTYPE": "C.UTF-8", "NO_COLOR": ""], Abilities()),
            (["TERM": "linux", "LANG": "C.UTF-8"], Abilities(unicode: false)),
            (["TERM": "dumb", "LANG": "C.UTF-8"], Abilities(cursor: false)),
            ([:], Abilities(unicode: false, cursor: false)),
        ] as [([String: String], Abilities)]
    )
    func environment(_ variables: [String: String], _ expected: Abilities) {
        #expect(Abilities { variables[$0] } == expected)
    }
}
