// A figure about the running daemon, declared once: where it stands in `server.stats` and what it is called in
// `server.metrics`, what it means, and how it is had.

/// One figure, or several of a kind that differ in a label.
struct Figure: Sendable {
    enum Kind: String, Sendable {
        /// Goes up and down.
        case gauge
        /// Only grows while the daemon runs.
        case counter
        case histogram
    }

    /// What an integer counts.
    enum Unit: Sendable {
        case things
        case bytes
        case milliseconds
        case microseconds

        /// The base unit that metrics are given in.
        var base: String? {
            switch self {
            case .things: nil
            case .bytes: "bytes"
            case .milliseconds, .microseconds: "seconds"
            }
        }

        /// How many of the last decimal digits of an integer stand behind the point in the base unit.
        var decimals: Int {
            switch self {
            case .things, .bytes: 0
            case .milliseconds: 3
            case .microseconds: 6
            }
        }
    }

    /// How the figure is had.
    enum Reading: Sendable {
        /// A number; nil while there is none.
        case number(@Sendable (borrowing ServiceState) -> Int64?)
        /// Numbers by a label's value.
        case numbers(label: String, @Sendable (borrowing ServiceState) -> [(String, Int64)])
        case histogram(@Sendable (borrowing ServiceState) -> LatencyHistogram)
        /// Histograms by a label's value.
        case histograms(label: String, @Sendable (borrowing ServiceState) -> [(String, LatencyHistogram)])
        /// A state in words, of which one is good: as a metric 1 for that, 0 for all others.
        case state(good: String, @Sendable (borrowing ServiceState) -> String)
        /// Words that do not change: as a metric they are its label.
        case words(label: String, @Sendable (borrowing ServiceState) -> String)
    }

    /// The object of `server.stats` that it stands in; nil for the result itself.
    private(set) var group: String?
    /// Its name there.
    let member: String
    let kind: Kind
    /// The name of the metric family: with its base unit, and without the endings that OpenMetrics adds to samples.
    let metric: String
    let unit: Unit
    let meaning: String
    let reading: Reading

    /// The same figures, in an object of `server.stats`.
    static func group(_ name: String, _ figures: [Figure]) -> [Figure] {
        figures.map { figure in
            var figure = figure
            figure.group = name
            return figure
        }
    }

    private init(
        _ member: String,
        _ kind: Kind,
        _ metric: String,
        _ unit: Unit,
        _ meaning: String,
        _ reading: Reading
    ) {
        self.member = member
        self.kind = kind
        self.metric = metric
        self.unit = unit
        self.meaning = meaning
        self.reading = reading
    }
}

extension Figure {
    static func gauge(
        _ member: String,
        _ metric: String,
        in unit: Unit = .things,
        _ meaning: String,
        _ number: @escaping @Sendable (borrowing ServiceState) -> Int64?
    ) -> Figure {
        Figure(member, .gauge, metric, unit, meaning, .number(number))
    }

    static func counter(
        _ member: String,
        _ metric: String,
        in unit: Unit = .things,
        _ meaning: String,
        _ number: @escaping @Sendable (borrowing ServiceState) -> Int64?
    ) -> Figure {
        Figure(member, .counter, metric, unit, meaning, .number(number))
    }

    static func counters(
        _ member: String,
        _ metric: String,
        by label: String,
        _ meaning: String,
        _ numbers: @escaping @Sendable (borrowing ServiceState) -> [(String, Int64)]
    ) -> Figure {
        Figure(member, .counter, metric, .things, meaning, .numbers(label: label, numbers))
    }

    static func gauges(
        _ member: String,
        _ metric: String,
        by label: String,
        in unit: Unit = .things,
        _ meaning: String,
        _ numbers: @escaping @Sendable (borrowing ServiceState) -> [(String, Int64)]
    ) -> Figure {
        Figure(member, .gauge, metric, unit, meaning, .numbers(label: label, numbers))
    }

    static func histogram(
        _ member: String,
        _ metric: String,
        _ meaning: String,
        _ histogram: @escaping @Sendable (borrowing ServiceState) -> LatencyHistogram
    ) -> Figure {
        Figure(member, .histogram, metric, .microseconds, meaning, .histogram(histogram))
    }

    static func histograms(
        _ member: String,
        _ metric: String,
        by label: String,
        _ meaning: String,
        _ histograms: @escaping @Sendable (borrowing ServiceState) -> [(String, LatencyHistogram)]
    ) -> Figure {
        Figure(member, .histogram, metric, .microseconds, meaning, .histograms(label: label, histograms))
    }

    static func state(
        _ member: String,
        _ metric: String,
        good: String,
        _ meaning: String,
        _ state: @escaping @Sendable (borrowing ServiceState) -> String
    ) -> Figure {
        Figure(member, .gauge, metric, .things, meaning, .state(good: good, state))
    }

    static func words(
        _ member: String,
        _ metric: String,
        _ meaning: String,
        _ words: @escaping @Sendable (borrowing ServiceState) -> String
    ) -> Figure {
        Figure(member, .gauge, metric, .things, meaning, .words(label: member, words))
    }
}
