// Tables on terminals of every width and in pipes.

import TestSupport
import Testing

@testable import Terminal

@Suite("Tables")
struct TableTests {
    private let pipe = Output(isTerminal: false)

    private func table(_ rows: [[Table.Cell]]) -> Table {
        var table = Table([
            Table.Column("ID"), Table.Column("NUMBER", isNumber: true), Table.Column("PROGRAM", cutTo: 5),
        ])
        for row in rows { table.add(row) }
        return table
    }

    @Test("columns are aligned, numbers at their right, and no line ends in blanks")
    func aligned() {
        let table = table([["a", "5", "short"], ["long one", "12345678", ""], ["c"]])
        #expect(
            table.text(on: pipe) == """
                ID          NUMBER  PROGRAM
                a                5  short
                long one  12345678
                c

                """
        )
        #expect(table.text(on: pipe, hasTitles: false).hasPrefix("a                5  short\n"))
    }

    @Test("wide characters take two columns, and marks none")
    func wide() {
        let table = table([["日本", "1", "x"], ["e\u{301}", "2", "y"], ["🙂", "3", "z"]])
        #expect(table.text(on: pipe, hasTitles: false) == "日本  1  x\ne\u{301}     2  y\n🙂    3  z\n")
    }

    @Test("where the terminal is narrow, what may be cut is cut, and only that")
    func narrow() {
        let table = table([["identity", "123456", "Mozilla/5.0 (X11; Linux x86_64)"]])
        func lines(_ width: Int) -> [Substring] {
            table.text(on: Output(isTerminal: true, width: width)).split(separator: "\n")
        }
        #expect(lines(80)[1] == "identity  123456  Mozilla/5.0 (X11; Linux x86_64)")
        #expect(lines(30)[1] == "identity  123456  Mozilla/5.0…")
        #expect(lines(1)[1] == "identity  123456  Mozi…")
        for width in 23...60 { #expect(lines(width).allSatisfy { String($0).columns <= width }) }
        #expect(table.text(on: pipe).contains("Linux x86_64)"))
    }

    @Test("looks are seen on a styled terminal only, and change no width")
    func styled() {
        let table = table([[Table.Cell("a", Style(.red)), "1", "x"]])
        let plain = table.text(on: Output(isTerminal: true))
        let styled = table.text(on: Output(isTerminal: true, isStyled: true))
        #expect(!plain.contains("\u{1B}"))
        #expect(styled.contains("\u{1B}[0;31ma\u{1B}[0m"))
        #expect(styled.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
    }

    @Test("nothing that others have written reaches a terminal as an escape sequence")
    func hostile() {
        let text = "a\u{1B}[2J\u{9B}31m\u{7F}\r\n\u{202E}b\u{2028}\u{E0001}"
        #expect(printable(text) == #"a\u001b[2J\u009b31m\u007f\u000d\u000a\u202eb\u2028\udb40\udc01"#)
        #expect(table([[Table.Cell(text)]]).text(on: pipe).contains(#"a\u001b[2J"#))
        #expect(printable("Ada 日本 🙂 é") == "Ada 日本 🙂 é")
    }

    @Test("whatever the text, what is printable has no character that acts")
    func random() {
        var generator = SplitMix64(seed: seed(for: "printable text"))
        for _ in 0..<2000 {
            var text = ""
            for _ in 0..<20 {
                let value =
                    generator.oneIn(2)
                    ? UInt32.random(in: 0..<0x300, using: &generator)
                    : UInt32.random(in: 0..<0x11_0000, using: &generator)
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            }
            for scalar in printable(text).unicodeScalars {
                #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
                #expect(scalar.properties.generalCategory != .format)
            }
        }
    }
}
