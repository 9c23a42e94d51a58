// What a number was lately: one value for each interval, and none where the daemon could not be asked.

/// The last values of something, oldest first.
struct History: Equatable, Sendable {
    /// So many are kept: two minutes of ten a second, or half an hour of one a second.
    static let capacity = 2000

    private var values: [Double?] = []
    /// How many there ever were.
    private(set) var count = 0

    /// Values for so many intervals in which nothing was known.
    init(unknown count: Int = 0) {
        self.count = count
        values = [Double?](repeating: nil, count: min(count, Self.capacity))
    }

    mutating func append(_ value: Double?) {
        if values.count == Self.capacity { values.removeFirst() }
        values.append(value)
        count += 1
    }

    /// The mean of the last so many that are known; zero when none is.
    func mean(ofLast number: Int) -> Double { Self.mean(values.suffix(number)) ?? 0 }

    /// The last values as so many columns, each the mean of a group. The groups begin where they always do, so that
    /// columns move to the left as they are, and only the last one changes while it fills.
    func columns(_ columns: Int, group: Int) -> [Double?] {
        let last = (count - 1) / group
        return (0..<columns)
            .map { column in
                let number = last - (columns - 1 - column)
                guard count > 0, number >= 0 else { return nil }
                let oldest = count - values.count
                let start = max(number * group - oldest, 0)
                let end = min((number + 1) * group - oldest, values.count)
                return start < end ? Self.mean(values[start..<end]) : nil
            }
    }

    private static func mean(_ values: some Collection<Double?>) -> Double? {
        let known = values.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}

/// How much time a graph of a certain width shows.
struct TimeSpan: Equatable, Sendable {
    /// A graph shows so many seconds at least.
    private static let least = 120.0

    /// How many values a column stands for.
    let group: Int
    let seconds: Double

    init(columns: Int, interval: Double) {
        group = max(Int((Self.least / (interval * Double(max(columns, 1)))).rounded(.up)), 1)
        seconds = Double(columns * group) * interval
    }
}
