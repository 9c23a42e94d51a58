// Medians, ratios, and how numbers are written.

import Testing

@testable import LoadGenerator

@Suite("Figures")
struct FiguresTests {
    @Test("a median is the one in the middle, or the mean of the two")
    func medianOfRounds() {
        #expect(median([]) == nil)
        #expect(median([3, 1, 2]) == 2)
        #expect(median([4, 1, 3, 2]) == 2.5)
        let rounds: [Figures] = [[.p50Micros: 1, .tookMillis: 5], [.p50Micros: 3], [.p50Micros: 2]]
        #expect(medians(rounds) == [.p50Micros: 2, .tookMillis: 5])
    }

    @Test("numbers are written as people read them")
    func text() {
        #expect(decimal(1.005, 1) == "1.0")
        #expect(decimal(0.96, 1) == "1.0")
        #expect(decimal(-0.5, 1) == "-0.5")
        #expect(decimal(-0.01, 1) == "0.0")
        #expect(decimal(.infinity, 1) == "–")
        #expect([0, 999, 1000, 1_234_567].map { grouped($0) } == ["0", "999", "1,000", "1,234,567"])
        #expect(Figure.requestsPerSecond.text(244_017.4) == "244,017")
        #expect(Figure.p99Micros.text(319.94) == "319.9")
        #expect(Figure.p99Micros.text(2501.6) == "2,502")
        #expect(Figure.requestsPerSecond.text(.infinity) == "\(grouped(.max))")
    }

    @Test("latencies come out as they went in, to three digits, and the longest as a minute")
    func latencies() {
        var latencies = Latencies()
        for microseconds in 1...1000 { latencies.record(UInt64(microseconds) * 1000) }
        #expect(latencies.count == 1000)
        #expect(abs(latencies.microseconds(percentile: 50) - 500) <= 0.5)
        #expect(abs(latencies.microseconds(percentile: 99) - 990) <= 1)
        latencies.record(.max)
        #expect(abs(latencies.microseconds(percentile: 100) - 60_000_000) <= 60_000)
    }
}
