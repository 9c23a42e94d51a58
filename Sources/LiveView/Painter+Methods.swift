// The methods as a table: how often each is called, how long it takes now, and how it was in the last minutes.

import Terminal

extension Painter {
    /// A row of the table.
    private struct Row {
        let name: String
        let calls: Interval.Calls
        let history: History
        let total: Int64
        /// The rate of the last seconds: rows should not change places with each sample.
        let steadyRate: Double
    }

    private struct Heading {
        let name: String
        let width: Int
        var order: Choices.Order?
        let text: (Row) -> String
    }

    private static let nameWidth = 16
    /// So many samples make a rate steady.
    private static let steady = 10

    var knownMethods: Int { measurements.last?.methods.count ?? 0 }

    mutating func paintMethods(in area: Area, rowHeight: Int) {
        var area = area
        let title = area.takeTop(1)
        let rows = rows
        let headings = headings(width: area.width)
        let graphColumn = 1 + Self.nameWidth + headings.reduce(0) { $0 + $1.width } + 2
        let graphWidth = area.width - graphColumn - 1
        let span = TimeSpan(columns: graphWidth, interval: measurements.interval)
        let shown = rows.prefix(area.height / max(rowHeight, 1))
        paintHeadings(headings, shown: shown.count, of: rows.count, in: title)
        if graphWidth > 0 { paintNote(words(for: span), in: title) }
        for row in shown {
            let lines = area.takeTop(rowHeight)
            // A blank line keeps high graphs apart; the text stands where they do.
            let graphHeight = max(rowHeight - 1, 1)
            let line = Area(row: lines.row + graphHeight - 1, column: lines.column, width: lines.width, height: 1)
            let isQuiet = row.steadyRate == 0
            let (nameStyle, valueStyle) = isQuiet ? (Style.faint, Style.faint) : (.plain, .bold)
            var column = line.column + 1
            screen.put(row.name, nameStyle, row: line.row, column: column, width: Self.nameWidth)
            column += Self.nameWidth
            for heading in headings {
                screen.put(right: heading.text(row), valueStyle, row: line.row, column: column, width: heading.width)
                column += heading.width
            }
            let values = row.history.columns(graphWidth, group: span.group)
            let most = values.compactMap(\.self).max() ?? 0
            for (place, text) in Sparkline.lines(values, most: most, rows: graphHeight).enumerated() {
                let style = isQuiet ? Style.faint : Style(.cyan)
                screen.put(text, style, row: lines.row + place, column: line.column + graphColumn, width: graphWidth)
            }
        }
    }

    private mutating func paintHeadings(_ headings: [Heading], shown: Int, of count: Int, in area: Area) {
        paintRule(in: area)
        let name = shown < count ? "method \(shown) of \(count)" : "method"
        let mark = choices.order == .name ? "▾" : ""
        screen.put(" \(mark)\(name) ", .bold, row: area.row, column: area.column + 2, width: Self.nameWidth)
        var column = area.column + 1 + Self.nameWidth
        for heading in headings {
            let isOrder = heading.order == choices.order
            let text = " \(isOrder ? "▾" : "")\(heading.name)"
            screen.put(right: text, isOrder ? .bold : .faint, row: area.row, column: column, width: heading.width)
            column += heading.width
            screen.put(" ", row: area.row, column: column)
        }
    }

    private func headings(width: Int) -> [Heading] {
        let always = [
            Heading(name: "calls/s", width: 10, order: .rate) { Quantity.rate($0.calls.rate) },
            Heading(name: "p50", width: 9, order: .median) { latency($0.calls.latencies, 0.5) },
            Heading(name: "p99", width: 9, order: .slowest) { latency($0.calls.latencies, 0.99) },
        ]
        guard width >= 100 else { return always }
        let mean = Heading(name: "mean", width: 9) {
            $0.calls.latencies.mean.map { Quantity.microseconds($0) } ?? "-"
        }
        let total = Heading(name: "total", width: 15, order: .total) { Quantity.count($0.total) }
        return always + [mean, total]
    }

    /// In the order that was chosen; those of the same rank by their names.
    private var rows: [Row] {
        guard let last = measurements.last, let sample = measurements.sample else { return [] }
        let rows = last.methods.map { name, calls in
            let history = measurements.methods[name] ?? History()
            return Row(
                name: name,
                calls: calls,
                history: history,
                total: sample.requests[name] ?? 0,
                steadyRate: history.mean(ofLast: Self.steady)
            )
        }
        return rows.sorted { one, other in
            let (rank, otherRank) = (rank(one), rank(other))
            return rank == otherRank ? one.name < other.name : rank > otherRank
        }
    }

    private func rank(_ row: Row) -> Double {
        switch choices.order {
        case .rate: row.steadyRate
        case .median: row.calls.latencies.quantile(0.5) ?? 0
        case .slowest: row.calls.latencies.quantile(0.99) ?? 0
        case .total: Double(row.total)
        case .name: 0
        }
    }
}
