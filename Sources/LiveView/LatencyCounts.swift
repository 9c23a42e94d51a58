// How long calls took, as `server.stats` counts them: how many took at most so long. What the daemon tells counts from its
// start on; what a person wants to see is the last second, which is the difference of two.

public import SessionClient

/// Counts of calls by how long they took.
public struct LatencyCounts: Equatable, Sendable {
    /// The calls that took no longer than a bound.
    struct Bucket: Equatable, Sendable {
        let microseconds: Int64
        var count: Int64
    }

    /// By bounds, which grow, and counts, which do, too.
    private(set) var buckets: [Bucket]
    /// All calls, those that took longer than the last bound included.
    public private(set) var count: Int64
    /// How long all of them took together, in microseconds.
    public private(set) var sum: Int64

    /// No calls.
    public init() {
        buckets = []
        (count, sum) = (0, 0)
    }

    /// Takes a member of `latency` in `server.stats`.
    public init(_ tree: JSONTree) {
        buckets = tree["buckets"].members
            .compactMap { member in
                guard let bound = Int64(member.name), let count = member.value.integer else { return nil }
                return Bucket(microseconds: bound, count: count)
            }
            .sorted { $0.microseconds < $1.microseconds }
        count = tree["count"].integer ?? 0
        sum = tree["sumMicroseconds"].integer ?? 0
    }

    /// The calls since then. Where the bounds differ, or calls have vanished, it was another daemon: then all of them.
    public func since(_ earlier: LatencyCounts?) -> LatencyCounts {
        guard let earlier, earlier.count <= count, earlier.buckets.count == buckets.count else { return self }
        var difference = self
        for (place, before) in earlier.buckets.enumerated() {
            guard before.microseconds == buckets[place].microseconds else { return self }
            difference.buckets[place].count -= before.count
        }
        difference.count -= earlier.count
        difference.sum -= earlier.sum
        return difference
    }

    /// Adds calls that were counted with the same bounds; with others they are left out.
    public mutating func add(_ others: LatencyCounts) {
        if buckets.isEmpty { buckets = others.buckets.map { Bucket(microseconds: $0.microseconds, count: 0) } }
        guard buckets.map(\.microseconds) == others.buckets.map(\.microseconds) else { return }
        for (place, bucket) in others.buckets.enumerated() { buckets[place].count += bucket.count }
        count += others.count
        sum += others.sum
    }

    /// The mean, in microseconds; nil without calls.
    public var mean: Double? { count > 0 ? Double(sum) / Double(count) : nil }

    /// How long so large a part of the calls took at most, in microseconds: within its bucket as if the calls there were
    /// evenly spread, so it is off by the width of that at most. Nil without calls; infinite beyond the last bound.
    public func quantile(_ part: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = part * Double(count)
        var below = Bucket(microseconds: 0, count: 0)
        for bucket in buckets {
            if bucket.count > below.count, Double(bucket.count) >= rank {
                let share = max(rank - Double(below.count), 0) / Double(bucket.count - below.count)
                return Double(below.microseconds) + share * Double(bucket.microseconds - below.microseconds)
            }
            below = bucket
        }
        return .infinity
    }
}
