// What a screen holds after it was written to.

import Testing

@testable import Terminal

@Suite("Screen")
struct ScreenTests {
    private var screen = Screen(ScreenSize(columns: 10, rows: 3))

    @Test("text stands where it was put, and what follows knows where")
    mutating func put() {
        #expect(screen.put("ab", .bold, row: 1, column: 2) == 4)
        #expect(screen.put("語c", row: 1, column: 4) == 7)
        #expect(screen.text == "\n  ab語c\n")
        #expect(screen.style(row: 1, column: 3) == .bold)
        #expect(screen.style(row: 1, column: 4) == .plain)
    }

    @Test("what finds no room ends in an ellipsis, and outside there is nothing")
    mutating func clipped() {
        screen.put("0123456789", row: 0, column: 0)
        screen.put("0123456789a", row: 1, column: 0)
        screen.put("abcdef", row: 2, column: 0, width: 3)
        screen.put("xyz", row: 2, column: 8)
        for (row, column) in [(-1, 0), (3, 0), (0, 10), (0, 99)] { screen.put("no", row: row, column: column) }
        screen.put("no", row: 0, column: 0, width: 0)
        #expect(screen.text == "0123456789\n012345678…\nab…     x…")
    }

    @Test("a wide character is never cut in two")
    mutating func wideAtTheEdge() {
        screen.put("語語語", row: 0, column: 5, width: 5)
        screen.put("語語", row: 1, column: 6)
        screen.put("語", row: 2, column: 9)
        #expect(screen.line(0) == "     語語…")
        #expect(screen.line(1) == "      語語")
        #expect(screen.line(2) == "         …")
    }

    @Test("what is put over a half of a wide character takes all of it away", arguments: [2, 3])
    mutating func overwritten(column: Int) {
        screen.put("a語b", row: 0, column: 1)
        screen.put("x", row: 0, column: column)
        #expect(screen.line(0) == (column == 2 ? " ax b" : " a xb"))
    }

    @Test("text at the right ends there; what is too long is clipped at its end")
    mutating func right() {
        screen.put(right: "ab", row: 0, column: 1, width: 5)
        screen.put(right: "abcdefgh", row: 1, column: 1, width: 5)
        screen.put(right: "語", row: 2, column: 1, width: 5)
        #expect(screen.text == "    ab\n abcd…\n    語")
    }

    @Test("an area is cut into parts, as far as it reaches")
    func areas() {
        var area = Area(row: 1, column: 2, width: 10, height: 5)
        #expect(area.takeTop(2) == Area(row: 1, column: 2, width: 10, height: 2))
        #expect(area.takeLeft(4) == Area(row: 3, column: 2, width: 4, height: 3))
        #expect(area == Area(row: 3, column: 6, width: 6, height: 3))
        #expect(area.takeTop(9).height == 3)
        #expect(area.takeTop(1).height == 0)
        #expect(Area(row: 0, column: 0, width: -1, height: -2) == Area(row: 0, column: 0, width: 0, height: 0))
    }
}
