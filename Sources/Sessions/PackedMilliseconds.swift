// Instants and lengths of time in six bytes instead of eight, for the records.

/// A number of milliseconds. Each has a code up to the year 4199, counted from 1970; after that one in 128 has, to which
/// others are rounded up, so that `Instant.distantFuture` is itself.
struct PackedMilliseconds {
    static let zero = PackedMilliseconds(0)

    /// From here on a step is 128 milliseconds. As many codes are left above as there are below.
    private static let exact: Int64 = 1 << 46
    private static let stepShift: Int64 = 7

    private let low: UInt16
    private let middle: UInt16
    /// With the sign: a length is negative when the end that was asked for had passed.
    private let high: UInt16

    /// Packs a number; below -2^47 it becomes that.
    init(_ count: Int64) {
        var code = max(count, -Self.exact * 2)
        if count > Self.exact {
            let steps = (count - Self.exact + (1 << Self.stepShift - 1)) >> Self.stepShift
            code = Self.exact + min(steps, Self.exact - 1)
        }
        low = UInt16(truncatingIfNeeded: code)
        middle = UInt16(truncatingIfNeeded: code >> 16)
        high = UInt16(truncatingIfNeeded: code >> 32)
    }

    var count: Int64 {
        let code = Int64(Int16(bitPattern: high)) << 32 | Int64(middle) << 16 | Int64(low)
        return code <= Self.exact ? code : Self.exact + (code - Self.exact) << Self.stepShift
    }

    var instant: Instant { Instant(milliseconds: count) }
}
