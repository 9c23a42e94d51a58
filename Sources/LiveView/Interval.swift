// What happened between two moments: counters, which only grow, turned into how many there are a second.

/// Rates between two samples of one run of the daemon.
public struct Interval: Equatable, Sendable {
    /// One method.
    struct Calls: Equatable, Sendable {
        /// A second.
        let rate: Double
        let latencies: LatencyCounts
    }

    /// How long it was, by the daemon's clock.
    let seconds: Double
    /// By method, those that were ever called.
    let methods: [String: Calls]
    /// Of all methods, a second.
    let requests: Double
    /// Of all methods.
    let latencies: LatencyCounts
    /// By kind, a second.
    let changes: [String: Double]
    let misses: Double
    let errors: Double
    let refused: Double
    let bytesRead: Double
    let bytesWritten: Double
    let commits: Double
    let journalBytes: Double
    /// Processor time a second: 1 is one core.
    let processor: Double

    /// What happened from one sample to another; nil when the daemon was started in between, or its clock stood still or
    /// was set back.
    public init?(from earlier: Sample, to later: Sample) {
        guard earlier.startedAt == later.startedAt, earlier.now < later.now else { return nil }
        let seconds = Double(later.now - earlier.now) / 1000
        func rate(_ before: Int64, _ after: Int64) -> Double { Double(max(after - before, 0)) / seconds }
        func rate(of counter: KeyPath<Sample, Int64>) -> Double {
            rate(earlier[keyPath: counter], later[keyPath: counter])
        }
        self.seconds = seconds
        methods = Dictionary(
            uniqueKeysWithValues: later.requests.map { name, count in
                let latencies = later.latencies[name]?.since(earlier.latencies[name]) ?? LatencyCounts()
                return (name, Calls(rate: rate(earlier.requests[name] ?? 0, count), latencies: latencies))
            }
        )
        requests = methods.values.reduce(0) { $0 + $1.rate }
        latencies = methods.values.reduce(into: LatencyCounts()) { $0.add($1.latencies) }
        changes = Dictionary(
            uniqueKeysWithValues: later.changes.map { ($0.key, rate(earlier.changes[$0.key] ?? 0, $0.value)) }
        )
        misses = rate(of: \.misses)
        errors = rate(of: \.errors)
        refused = rate(of: \.refused)
        bytesRead = rate(of: \.bytesRead)
        bytesWritten = rate(of: \.bytesWritten)
        commits = rate(of: \.commits)
        journalBytes = rate(of: \.journalBytes)
        processor = rate(of: \.processorTime) / 1_000_000
    }
}
