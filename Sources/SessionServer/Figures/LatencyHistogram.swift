// How long calls took, as counts in fixed buckets: 1, 2 and 5 of every power of ten from a microsecond to ten seconds.
// Observing adds to three integers and allocates nothing.

/// Counts of calls by how long they took.
struct LatencyHistogram: Equatable, Sendable {
    /// A bucket's upper bound, which belongs to it.
    struct Bound: Sendable {
        let microseconds: Int64
        /// The bound in seconds, as OpenMetrics writes it.
        let seconds: String
    }

    /// The upper bounds; what took longer than the last one is in a bucket of its own.
    static let bounds = StaticList([
        Bound(microseconds: 1, seconds: "1e-06"), Bound(microseconds: 2, seconds: "2e-06"),
        Bound(microseconds: 5, seconds: "5e-06"), Bound(microseconds: 10, seconds: "1e-05"),
        Bound(microseconds: 20, seconds: "2e-05"), Bound(microseconds: 50, seconds: "5e-05"),
        Bound(microseconds: 100, seconds: "0.0001"), Bound(microseconds: 200, seconds: "0.0002"),
        Bound(microseconds: 500, seconds: "0.0005"), Bound(microseconds: 1000, seconds: "0.001"),
        Bound(microseconds: 2000, seconds: "0.002"), Bound(microseconds: 5000, seconds: "0.005"),
        Bound(microseconds: 10_000, seconds: "0.01"), Bound(microseconds: 20_000, seconds: "0.02"),
        Bound(microseconds: 50_000, seconds: "0.05"), Bound(microseconds: 100_000, seconds: "0.1"),
        Bound(microseconds: 200_000, seconds: "0.2"), Bound(microseconds: 500_000, seconds: "0.5"),
        Bound(microseconds: 1_000_000, seconds: "1.0"), Bound(microseconds: 2_000_000, seconds: "2.0"),
        Bound(microseconds: 5_000_000, seconds: "5.0"), Bound(microseconds: 10_000_000, seconds: "10.0"),
    ])

    /// How many calls there are in each bucket alone.
    private var counts = InlineArray<23, Int64>(repeating: 0)
    /// How long all calls took together, in nanoseconds; begins again at zero after 292 years of them.
    private(set) var nanoseconds: Int64 = 0

    /// How many calls were observed.
    var count: Int64 { counts.indices.reduce(0) { $0 + counts[$1] } }

    /// The calls that took no longer than each bound, in the order of the bounds.
    var cumulativeCounts: [Int64] {
        var sum: Int64 = 0
        return Self.bounds.indices.map { place in
            sum += counts[place]
            return sum
        }
    }

    /// Counts calls that all took this long.
    ///
    /// - Complexity: O(1), some nanoseconds.
    mutating func observe(nanoseconds: UInt64, count: Int64 = 1) {
        counts[Self.place(of: nanoseconds)] &+= count
        self.nanoseconds = (self.nanoseconds &+ Int64(truncatingIfNeeded: nanoseconds) &* count) & .max
    }

    /// The bucket of a length of time.
    private static func place(of nanoseconds: UInt64) -> Int {
        // Each power of two has one bound in it at most: the first that is not below it, or the next, is the one.
        let exponent = UInt64.bitWidth - nanoseconds.leadingZeroBitCount
        let place = first[exponent]
        return place < limits.count && nanoseconds > limits[place] ? place + 1 : place
    }

    /// The bounds in nanoseconds.
    private static let limits = StaticList(bounds.map { UInt64($0.microseconds) * 1000 })
    /// By the number of a length's binary digits, the first bound that is not below the least such length.
    private static let first = StaticList(
        (0...UInt64.bitWidth)
            .map { digits in
                let least: UInt64 = digits == 0 ? 0 : 1 << UInt64(digits - 1)
                return limits.firstIndex { $0 >= least } ?? limits.count
            }
    )

    static func == (one: LatencyHistogram, other: LatencyHistogram) -> Bool {
        one.nanoseconds == other.nanoseconds && one.counts.indices.allSatisfy { one.counts[$0] == other.counts[$0] }
    }
}
