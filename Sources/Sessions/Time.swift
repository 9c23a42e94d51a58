// Points and lengths of time as the protocol counts them. The core has no clock: every operation that depends on
// the time is told what time it is.

/// A point in time: milliseconds since the Unix epoch, from 0 to 2^53 - 1, so that every JSON reader holds it exactly.
public struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch.
    public let milliseconds: Int64

    /// The latest instant that can be named; as the end of a lifetime it means that there is none.
    public static let distantFuture = Instant(milliseconds: (1 << 53) - 1)

    /// Makes an instant; values outside the range become its nearest end.
    public init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, 0), (1 << 53) - 1)
    }

    /// Whether one instant is before another.
    public static func < (one: Instant, other: Instant) -> Bool { one.milliseconds < other.milliseconds }

    /// The instant `duration` later, at most `distantFuture`.
    public func advanced(by duration: Milliseconds) -> Instant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration.count)
        return overflow ? .distantFuture : Instant(milliseconds: sum)
    }

    /// How long it is from `earlier` to this instant; negative when `earlier` is later.
    public func since(_ earlier: Instant) -> Milliseconds {
        Milliseconds(milliseconds - earlier.milliseconds)
    }
}

/// A length of time in milliseconds.
public struct Milliseconds: Hashable, Comparable, Sendable {
    /// How many milliseconds.
    public let count: Int64

    /// No time at all.
    public static let zero = Milliseconds(0)
    /// The longest `ttl` or `lifetime` that is accepted: 100 years of 365.25 days.
    public static let longest = Milliseconds(3_155_760_000_000)

    /// Makes a length from its number of milliseconds.
    public init(_ count: Int64) {
        self.count = count
    }

    /// A length of whole seconds.
    public static func seconds(_ count: Int64) -> Milliseconds { Milliseconds(count * 1000) }
    /// A length of whole days of 24 hours.
    public static func days(_ count: Int64) -> Milliseconds { .seconds(count * 86_400) }

    /// Whether one length is shorter than another.
    public static func < (one: Milliseconds, other: Milliseconds) -> Bool { one.count < other.count }
}
