// Graphs of blocks.

import Testing

@testable import Terminal

@Suite("Sparkline")
struct SparklineTests {
    @Test("from nothing to the most there are eight blocks, and a blank where nothing is known")
    func oneLine() {
        #expect(Sparkline.lines([0, 1, 2, 3, 4, 5, 6, 7, 8, nil], most: 8) == ["▁▁▂▃▄▅▆▇█ "])
    }

    @Test("in several lines a column fills from the bottom")
    func severalLines() {
        #expect(Sparkline.lines([0, 1, 8, 12, 16], most: 16, rows: 2) == ["   ▄█", "▁▁███"])
    }

    @Test("what is more than the most is the most, and what is no number is not drawn")
    func unusual() {
        #expect(Sparkline.lines([99, -1, .nan, .infinity], most: 8) == ["█▁  "])
        #expect(Sparkline.lines([0, 0], most: 0) == ["▁▁"])
        #expect(Sparkline.lines([1], most: 1, rows: 0) == [])
        #expect(Sparkline.lines([], most: 1, rows: 2) == ["", ""])
    }
}
