// How the daemon is: the requests a second of the last minutes as a graph, the figures of the last interval, and how memory
// and disk are.

import Terminal

extension Painter {
    /// A figure with its name; the longer text where there is room for it.
    private struct Tile {
        let name: String
        let text: String
        var longer: String?
        var style = Style.bold
    }

    mutating func paintGraph(in area: Area) {
        var area = area
        let title = area.takeTop(1)
        let span = TimeSpan(columns: area.width - 2, interval: measurements.interval)
        let values = measurements.requests.columns(area.width - 2, group: span.group)
        let most = values.compactMap(\.self).max() ?? 0
        let rate = measurements.last.map { Quantity.rate($0.requests) } ?? "-"
        paintTitle("\(rate) requests/s", in: title)
        paintNote("peak \(Quantity.rate(most)), \(words(for: span))", in: title)
        for (row, line) in Sparkline.lines(values, most: most, rows: area.height).enumerated() {
            screen.put(line, Style(.cyan), row: area.row + row, column: area.column + 1, width: area.width - 2)
        }
    }

    mutating func paintFigures(in area: Area) {
        let columns = min(max(area.width / 26, 1), 4)
        let width = area.width / columns
        for (place, tile) in tiles.prefix(columns * area.height).enumerated() {
            let row = area.row + place % area.height
            let column = area.column + place / area.height * width + 1
            screen.put(tile.name, .faint, row: row, column: column, width: width - 3)
            let room = width - 4 - tile.name.columns
            let text = tile.longer.flatMap { $0.columns <= room ? $0 : nil } ?? tile.text
            screen.put(right: text, tile.style, row: row, column: column, width: width - 3)
        }
    }

    /// In columns of four.
    private var tiles: [Tile] {
        guard let sample = measurements.sample else { return [] }
        let last = measurements.last
        let limit = measurements.facts?.connectionLimit ?? 0
        let isFull = limit > 0 && sample.connections * 10 >= limit * 9
        func rate(_ name: String, _ number: Double?, isTrouble: Bool = false) -> Tile {
            let style = isTrouble && (number ?? 0) > 0 ? Style(.yellow, bold: true) : .bold
            return Tile(name: name, text: number.map { "\(Quantity.rate($0))/s" } ?? "-", style: style)
        }
        return [
            Tile(name: "sessions", text: Quantity.count(sample.sessions)),
            Tile(name: "users", text: Quantity.count(sample.users)),
            Tile(name: "p50", text: latency(last?.latencies, 0.5)),
            Tile(name: "p99", text: latency(last?.latencies, 0.99)),

            rate("created", last?.changes["created"]),
            rate("revoked", last?.changes["revoked"]),
            rate("expired", last?.changes["expired"]),
            rate("updated", last?.changes["updated"]),

            Tile(
                name: "connections",
                text: Quantity.count(sample.connections),
                longer: limit > 0 ? "\(Quantity.count(sample.connections)) of \(Quantity.count(limit))" : nil,
                style: isFull ? Style(.yellow, bold: true) : .bold
            ),
            Tile(name: "watchers", text: Quantity.count(sample.watchers)),
            rate("misses", last?.misses),
            rate("errors", last?.errors, isTrouble: true),

            rate("touched", last?.changes["touched"]),
            rate("rotated", last?.changes["rotated"]),
            rate("refused", last?.refused, isTrouble: true),
            Tile(name: "sent", text: last.map { "\(Quantity.bytes($0.bytesWritten))/s" } ?? "-"),
        ]
    }

    func latency(_ latencies: LatencyCounts?, _ part: Double) -> String {
        latencies?.quantile(part).map { Quantity.microseconds($0) } ?? "-"
    }

    mutating func paintState(in area: Area) {
        guard let sample = measurements.sample else { return }
        for (row, line) in [memory(sample), disk(sample), snapshot(sample)].prefix(area.height).enumerated() {
            screen.put(line.name, .faint, row: area.row + row, column: area.column + 1)
            let width = area.width - 12
            screen.put(line.text, line.style, row: area.row + row, column: area.column + 11, width: width)
        }
    }

    private typealias Line = (name: String, text: String, style: Style)

    private func memory(_ sample: Sample) -> Line {
        let limit = measurements.facts?.memoryLimit ?? 0
        var text = Quantity.bytes(Double(sample.storeBytes))
        if limit > 0 { text += " of \(Quantity.bytes(Double(limit)))" }
        text += " in sessions"
        if let resident = sample.residentBytes { text += ", \(Quantity.bytes(Double(resident))) in all" }
        if let last = measurements.last { text += ", processor \(Quantity.percent(last.processor))" }
        let isFull = limit > 0 && sample.storeBytes >= limit / 10 * 9
        return ("memory", text, isFull ? Style(.yellow, bold: true) : .plain)
    }

    private func disk(_ sample: Sample) -> Line {
        guard sample.isJournalWorking else { return ("disk", sample.journalHealth, Style(.red, bold: true)) }
        var text = "working"
        if let last = measurements.last {
            text += ", \(Quantity.rate(last.commits)) commits/s, \(Quantity.bytes(last.journalBytes))/s"
        }
        if sample.commits > 0 { text += ", the last in \(Quantity.microseconds(Double(sample.lastCommit)))" }
        return ("disk", text, .plain)
    }

    private func snapshot(_ sample: Sample) -> Line {
        var text = "none since the start"
        if let at = sample.snapshotAt {
            text = "\(Quantity.seconds((sample.now - at) / 1000)) ago"
            if let bytes = sample.snapshotBytes { text += ", \(Quantity.bytes(Double(bytes)))" }
            if let took = sample.snapshotTook { text += " in \(Quantity.microseconds(Double(took) * 1000))" }
        }
        guard sample.snapshotsFailed > 0 else { return ("snapshot", text, .plain) }
        return ("snapshot", text + ", \(Quantity.count(sample.snapshotsFailed)) failed", Style(.yellow, bold: true))
    }
}
