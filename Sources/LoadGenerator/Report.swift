// What came out, for people and for programs.

public import FoundationEssentials

// In JSON, figures are an object with the names of the kinds for keys.
extension Figure: CodingKeyRepresentable {}

/// Everything that a measurement found.
public struct Report: Codable, Sendable {
    /// What was asked for.
    public let options: BenchOptions
    /// The kind of file system that the servers' files are on; nil unless they were started for this.
    public let fileSystem: String?
    /// A result for each kind of load.
    public let results: [WorkloadResult]

    /// Puts a report together.
    public init(options: BenchOptions, fileSystem: String?, results: [WorkloadResult]) {
        self.options = options
        self.fileSystem = fileSystem
        self.results = results
    }

    /// Reads what `json` wrote.
    public init(json: Data) throws { self = try JSONDecoder().decode(Report.self, from: json) }

    /// On one line.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Sound: strings, integers and finite numbers are all there is in it.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

extension WorkloadResult {
    /// A table for people: a line for each figure, a column for each server, and how ours compares.
    public func table(_ options: BenchOptions) -> String {
        var rows = [[""] + servers.map { "\($0.server.dialect) \($0.server.version)" }]
        if servers.count > 1 { rows[0].append("ratio") }
        for figure in Figure.allCases where servers.contains(where: { $0.medians[figure] != nil }) {
            var row = [figure.title] + servers.map { $0.medians[figure].map { figure.text($0) } ?? "" }
            if servers.count > 1 { row.append(ratios[figure].map { "\(decimal($0, 2)) ×" } ?? "") }
            rows.append(row)
        }
        let durability = servers.map { "\($0.server.dialect): \($0.server.durability)" }.joined(separator: ", ")
        let rounds = servers.first?.rounds.count ?? 0
        let conditions = options.conditions(workload) + [rounds == 1 ? "1 round" : "medians of \(rounds) rounds"]
        let course = workload == .churn ? servers.map { "\n  \(Churn.course(of: $0.rounds))" }.joined() : ""
        return """
            \(workload.rawValue): \(workload.summary)
            \(conditions.joined(separator: ", ")); \(durability)
            \(aligned(rows))\(course)
            """
    }
}

extension BenchOptions {
    /// Under which conditions the figures of a load came about.
    fileprivate func conditions(_ workload: Workload) -> [String] {
        let load =
            ["\(connections) connections", "pipeline of \(pipeline)"]
            + (rate.map { ["\(grouped($0)) requests/s"] } ?? [])
        let store = ["\(grouped(sessions)) sessions of \(dataBytes) bytes"]
        return switch workload {
        case .activation: []
        case .memory, .start: store
        case .churn:
            load + ["\(grouped(sessions)) alive of \(Churn.dataBytes.first ?? 0) to \(Churn.dataBytes.last ?? 0) bytes"]
        case .watch: ["watchers: \(watchers)"] + (rate == nil ? [] : load + store)
        default: load + store
        }
    }
}

/// Columns side by side, numbers at the right.
private func aligned(_ rows: [[String]]) -> String {
    let columns = rows.map { $0.count }.max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return
        rows.map { row in
            let cells = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }
            return "  " + cells.joined(separator: "   ")
        }
        .joined(separator: "\n")
}
