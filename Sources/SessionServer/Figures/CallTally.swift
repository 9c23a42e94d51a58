// Which methods were called and how often, until the time that they took is known.

/// Calls by the method's place in the table.
struct CallTally: Sendable {
    /// How many methods there can be.
    static let capacity = 32

    private var counts = InlineArray<32, Int32>(repeating: 0)
    /// A bit for each method that was called.
    private var called: UInt32 = 0

    var isEmpty: Bool { called == 0 }

    mutating func count(_ place: Int, _ number: Int32 = 1) {
        counts[place] += number
        called |= 1 << UInt32(place)
    }

    /// Takes a method out with all its calls; nil when none is left.
    mutating func next() -> (place: Int, count: Int32)? {
        guard called != 0 else { return nil }
        let place = called.trailingZeroBitCount
        called &= called - 1
        defer { counts[place] = 0 }
        return (place, counts[place])
    }
}
