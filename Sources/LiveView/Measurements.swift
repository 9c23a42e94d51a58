// Everything that is known about the daemon: what it said last, what happened in the last interval, and before.

/// What there is to show.
public struct Measurements: Equatable, Sendable {
    /// How the daemon can be reached.
    public enum Link: Equatable, Sendable {
        /// It answers.
        case answering
        /// It was asked and has not answered for so many seconds.
        case silent(seconds: Int)
        /// It is gone, for so many seconds, for this reason.
        case gone(seconds: Int, reason: String)
    }

    /// The seconds from one sample to the next.
    public let interval: Double
    /// How the daemon can be reached.
    public var link = Link.answering
    /// The seconds from UTC to local time.
    public var timeZone = 0
    /// What does not change while it runs.
    public var facts: ServerFacts?
    /// The last changes.
    public var changes = ChangeLog()

    /// What the daemon said last.
    public private(set) var sample: Sample?
    private(set) var last: Interval?
    private(set) var requests = History()
    private(set) var methods: [String: History] = [:]
    /// When the last sample came, in seconds of some clock.
    private var sampledAt: Double?

    /// Nothing is known yet.
    public init(interval: Double) { self.interval = interval }

    /// Takes a sample that has come.
    ///
    /// - Parameter time: When, in seconds of a clock that is never set back.
    public mutating func take(_ sample: Sample, at time: Double) {
        defer { (self.sample, sampledAt) = (sample, time) }
        guard let earlier = self.sample, let sampledAt else { return }
        // Where the daemon could not be asked, there is a hole in the graphs.
        let missed = Int(((time - sampledAt) / interval).rounded()) - 1
        for _ in 0..<min(max(missed, 0), History.capacity) { note(nil) }
        guard let last = Interval(from: earlier, to: sample) else {
            last = nil
            return note(nil)
        }
        self.last = last
        note(last)
    }

    private mutating func note(_ interval: Interval?) {
        for name in interval?.methods.keys.sorted() ?? [] where methods[name] == nil {
            methods[name] = History(unknown: requests.count)
        }
        for name in methods.keys { methods[name]?.append(interval.map { $0.methods[name]?.rate ?? 0 }) }
        requests.append(interval?.requests)
    }
}
