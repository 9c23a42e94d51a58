// Latency histograms: every length of time is counted in the bucket whose bound is the first that it does not exceed.

import Sessions
import Testing
import TestSupport

@testable import SessionServer

@Suite("Latency histograms")
struct LatencyHistogramTests {
    /// The place of the first bound that a length of time does not exceed, found by looking through all.
    private func place(of nanoseconds: UInt64) -> Int {
        LatencyHistogram.bounds.firstIndex { nanoseconds <= UInt64($0.microseconds) * 1000 }
            ?? LatencyHistogram.bounds.count
    }

    private func expectPlace(of nanoseconds: UInt64) {
        var histogram = LatencyHistogram()
        histogram.observe(nanoseconds: nanoseconds)
        let place = place(of: nanoseconds)
        let expected = LatencyHistogram.bounds.indices.map { $0 >= place ? Int64(1) : 0 }
        #expect(histogram.cumulativeCounts == expected, "\(nanoseconds)")
        #expect(histogram.count == 1)
    }

    @Test("a bound belongs to its bucket, and what is a nanosecond longer to the next")
    func bounds() {
        for bound in LatencyHistogram.bounds {
            let nanoseconds = UInt64(bound.microseconds) * 1000
            for length in [nanoseconds - 1, nanoseconds, nanoseconds + 1] { expectPlace(of: length) }
        }
    }

    @Test("any length finds its bucket: none, all powers of two, and lengths drawn at random")
    func anyLength() {
        var random = SplitMix64(seed: seed(for: "latency histograms"))
        for exponent in 0..<UInt64(64) {
            let power: UInt64 = 1 << exponent
            for length in [power - 1, power, power + 1] { expectPlace(of: length) }
            for _ in 0..<20 { expectPlace(of: UInt64.random(in: 0..<power, using: &random)) }
        }
        expectPlace(of: .max)
    }

    @Test("bounds grow, at least twofold, and say the same in seconds as in microseconds")
    func boundsThemselves() throws {
        let bounds = Array(LatencyHistogram.bounds)
        #expect(bounds.first?.microseconds == 1)
        #expect(bounds.last?.microseconds == 10_000_000)
        for (bound, next) in zip(bounds, bounds.dropFirst()) { #expect(next.microseconds >= 2 * bound.microseconds) }
        for bound in bounds {
            #expect((try #require(Double(bound.seconds)) * 1e6).rounded() == Double(bound.microseconds))
        }
    }

    @Test("many calls at once are counted one by one")
    func count() {
        var histogram = LatencyHistogram()
        histogram.observe(nanoseconds: 1500, count: 3)
        histogram.observe(nanoseconds: 20_000_000_000, count: 2)
        #expect(histogram.count == 5)
        #expect(histogram.nanoseconds == 40_000_004_500)
        #expect(histogram.cumulativeCounts.first == 0)
        #expect(histogram.cumulativeCounts[1...].allSatisfy { $0 == 3 })
    }

    @Test("a sum beyond what can be counted begins again and never falls below zero")
    func overflow() {
        var histogram = LatencyHistogram()
        for _ in 0..<5 { histogram.observe(nanoseconds: .max / 3, count: 1000) }
        #expect(histogram.nanoseconds >= 0)
        #expect(histogram.count == 5000)
    }
}
