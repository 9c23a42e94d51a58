// Times in nanoseconds, counted in the field's standard histogram: three significant digits, up to a minute. A record
// costs a few nanoseconds, so nothing needs to be batched.

internal import Histogram

/// Many times, and what share of them is below what.
package struct Latencies {
    private static let longest: UInt64 = 60_000_000_000
    private var histogram = Histogram<UInt64>(highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

    package init() {}

    package var count: Int { Int(histogram.totalCount) }

    package mutating func record(_ nanoseconds: UInt64) { histogram.record(min(nanoseconds, Self.longest)) }

    /// The time that so many percent of all do not exceed, in microseconds.
    package func microseconds(percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1000 }
}
