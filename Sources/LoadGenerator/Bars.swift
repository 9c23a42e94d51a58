// The figures that the project means to reach, and what a measurement says of each: a table in Markdown with the bar, what
// was measured, and whether it was reached. Tests/Benchmarks/run measures them all.

/// One figure to reach.
struct Bar {
    /// What is compared with the bound.
    enum Side {
        /// Ours as a multiple of the other's.
        case ratio
        /// Ours by itself.
        case ours
    }

    /// A condition on one kind of figure.
    struct Condition {
        let figure: Figure
        let side: Side
        var least: Double?
        var most: Double?
        let words: String

        func holds(_ value: Double) -> Bool { value >= least ?? -.infinity && value <= most ?? .infinity }
    }

    /// The file that its report is in, without `.json`.
    let name: String
    /// With `N` for the number of sessions.
    let title: String
    /// All have to hold; none where the figure is only to be known.
    let conditions: [Condition]

    static let all: [Bar] = [
        Bar(
            name: "lookup-50",
            title: "lookup, 50 connections, no pipelining",
            conditions: [
                .ratio(.requestsPerSecond, atLeast: 1.4, "≥ 1.4 × the requests/s of Redis GET"),
                .ratio(.cpuMicrosPerRequest, atMost: 0.7, "CPU per request ≤ 0.7 ×"),
            ]
        ),
        Bar(
            name: "lookup-pipeline",
            title: "lookup, 50 connections, pipeline of 16",
            conditions: [.ratio(.requestsPerSecond, atLeast: 1.5, "≥ 1.5 × the requests/s of Redis GET")]
        ),
        Bar(
            name: "floor-50",
            title: "a server that only answers, 50 connections, no pipelining",
            conditions: [
                .ratio(.requestsPerSecond, "the most that epoll allows, for information"),
                .ratio(.cpuMicrosPerRequest, "CPU"),
            ]
        ),
        Bar(
            name: "floor-pipeline",
            title: "a server that only answers, pipeline of 16",
            conditions: [.ratio(.requestsPerSecond, "the same")]
        ),
        Bar(
            name: "lookup-1",
            title: "lookup, 1 connection",
            conditions: [.ratio(.p50Micros, atMost: 1, "p50 ≤ Redis's")]
        ),
        Bar(
            name: "floor-1",
            title: "a server that only answers, 1 connection",
            conditions: [.ratio(.p50Micros, "for information")]
        ),
        Bar(
            name: "create",
            title: "create, durable before the answer, 50 connections",
            conditions: [.ratio(.requestsPerSecond, atLeast: 1, "≥ 1.0 × Redis SET with `appendfsync always`")]
        ),
        Bar(
            name: "durable-mix",
            title: "lookup while others write durably",
            conditions: [.ratio(.p99Micros, atMost: 0.5, "p99 ≤ 0.5 × Redis's in the same mix")]
        ),
        Bar(
            name: "snapshot",
            title: "lookup while a snapshot of N sessions is written",
            conditions: [
                .ours(.p99Growth, atMost: 1.5, "p99 ≤ 1.5 × that without"),
                .ours(.memoryGrowth, atMost: 1.1, "memory ≤ 1.1 ×"),
            ]
        ),
        Bar(
            name: "expiry",
            title: "lookup while N sessions end at the same instant, 10,000 lookups/s",
            conditions: [
                .ours(.longTurns, atMost: 0, "no turn of the loop over 2 ms"),
                .ours(.longestMicros, "longest that a caller waited, for information"),
                .ours(.quietLongestMicros, "and without it"),
            ]
        ),
        Bar(
            name: "memory",
            title: "resident memory per session, N sessions, each of another user",
            conditions: [.ours(.residentBytesPerSession, atMost: 450, "≤ 450 bytes")]
        ),
        Bar(
            name: "start",
            title: "start with N sessions until the first answer",
            conditions: [.ratio(.tookMillis, atMost: 0.4, "≤ 0.4 × Redis's load of the same")]
        ),
        Bar(
            name: "activation",
            title: "start empty, through an activated socket, until the first answer",
            conditions: [.ours(.tookMillis, atMost: 30, "≤ 30 ms")]
        ),
        Bar(
            name: "watch-idle",
            title: "from a revocation's acknowledgement to the notification, 1 watcher, idle daemon",
            conditions: [.ours(.p99Micros, atMost: 1000, "p99 ≤ 1 ms")]
        ),
        Bar(
            name: "watch-busy",
            title: "the same, 1,000 watchers, 10,000 lookups/s",
            conditions: [.ours(.p99Micros, "p99, for information")]
        ),
    ]
}

extension Bar.Condition {
    static func ratio(_ figure: Figure, atLeast least: Double, _ words: String) -> Self {
        Self(figure: figure, side: .ratio, least: least, words: words)
    }

    static func ratio(_ figure: Figure, atMost most: Double, _ words: String) -> Self {
        Self(figure: figure, side: .ratio, most: most, words: words)
    }

    static func ratio(_ figure: Figure, _ words: String) -> Self {
        Self(figure: figure, side: .ratio, words: words)
    }

    static func ours(_ figure: Figure, atMost most: Double? = nil, _ words: String) -> Self {
        Self(figure: figure, side: .ours, most: most, words: words)
    }

    func value(in result: WorkloadResult) -> Double? {
        side == .ratio ? result.ratios[figure] : result.servers.first?.medians[figure]
    }

    /// What was measured, as people read it.
    fileprivate func measured(_ result: WorkloadResult) -> String {
        guard let value = value(in: result) else { return "–" }
        guard side == .ratio else { return "\(figure.title) \(figure.text(value))" }
        let both = result.servers.map { $0.medians[figure].map { figure.text($0) } ?? "–" }.joined(separator: " : ")
        return "\(decimal(value, 2)) × (\(figure.title) \(both))"
    }
}

extension Bar {
    /// Its line of the table.
    func row(_ report: Report?) -> String {
        let bar = conditions.map { $0.words }.joined(separator: "; ")
        guard let report, let result = report.results.first else { return "| \(title) | \(bar) | | not measured |" }
        let title = title.replacing(" N ", with: " \(grouped(report.options.sessions)) ")
        let measured = conditions.map { $0.measured(result) }.joined(separator: "; ")
        return "| \(title) | \(bar) | \(measured) | \(verdict(result)) |"
    }

    func verdict(_ result: WorkloadResult) -> String {
        guard conditions.contains(where: { $0.least ?? $0.most != nil }) else { return "" }
        let values = conditions.map { ($0, $0.value(in: result)) }
        guard values.allSatisfy({ $1 != nil }) else { return "not measured" }
        return values.allSatisfy { $0.holds($1 ?? .nan) } ? "reached" : "**missed**"
    }
}

/// The table of all bars, in Markdown.
///
/// - Parameter report: The report of a name, if there is one.
public func barTable(_ report: (String) -> Report?) -> String {
    let reports = Bar.all.map { report($0.name) }
    var lines = ["| what | bar | measured | verdict |", "|---|---|---|---|"]
    lines += zip(Bar.all, reports).map { $0.row($1) }
    let counts = Set(reports.compactMap { $0?.options.rounds }).sorted().map { "\($0)" }.joined(separator: " or ")
    let sides = reports.compactMap { $0?.results.first?.servers }.max { $0.count < $1.count } ?? []
    let servers = sides.map { "\($0.server.dialect) \($0.server.version) (\($0.server.durability))" }
    let fileSystems = Set(reports.compactMap { $0?.fileSystem }).sorted().joined(separator: ", ")
    lines.append("")
    lines.append(
        "Medians of \(counts) rounds each; \(servers.joined(separator: " : ")); the files of both on \(fileSystems)."
    )
    return lines.joined(separator: "\n")
}
