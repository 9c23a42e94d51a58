// How lookups fare as sessions and connections grow: a table in Markdown with a line for each report. Tests/Benchmarks/growth
// makes the reports.

/// The table of reports that differ in their numbers of sessions or connections, in Markdown.
///
/// - Parameter reports: Each with a lookup, and a measurement of memory if there is one.
public func growthTable(_ reports: [Report]) -> String {
    let figures: [Figure] = [.requestsPerSecond, .p50Micros, .p99Micros, .cpuMicrosPerRequest]
    let titles = ["sessions", "connections"] + figures.map { $0.title } + [Figure.residentBytesPerSession.title]
    let sorted = reports.sorted {
        ($0.options.sessions, $0.options.connections) < ($1.options.sessions, $1.options.connections)
    }
    let rows = sorted.map { report in
        let lookup = report.medians(.lookup)
        let memory = report.medians(.memory)[.residentBytesPerSession]
        return [grouped(report.options.sessions), grouped(report.options.connections)]
            + figures.map { figure in lookup[figure].map { figure.text($0) } ?? "–" }
            + [memory.map { Figure.residentBytesPerSession.text($0) } ?? ""]
    }
    let lines = [titles, titles.map { _ in "--:" }] + rows
    return lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
}

extension Report {
    /// What ours came to under a load; nothing where it was not measured.
    fileprivate func medians(_ workload: Workload) -> Figures {
        results.first { $0.workload == workload }?.servers.first?.medians ?? [:]
    }
}
