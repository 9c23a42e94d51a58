// Two other screens: the help, and what is left of all this in a terminal that is too small for it.

import Terminal

extension Painter {
    private static let help: [(String, String)] = [
        ("q", "quit; Ctrl-C does, too, and Ctrl-Z stops for a while"),
        ("p", "pause and go on; ↑ ↓ PgUp PgDn show older changes meanwhile"),
        ("s", "sort the methods by another column; S or ← the other way"),
        ("u", "show the changes of one user only; Esc shows everyone's again"),
        ("h", "this help"),
        ("", ""),
        ("p50 p99", "half of the requests of the last interval were faster than p50,"),
        ("", "99 of 100 faster than p99; estimated within buckets of 1, 2 and 5"),
        ("misses", "lookups that found no session"),
        ("errors", "requests that were answered with an error"),
        ("refused", "callers that were sent away"),
        ("in sessions", "what the sessions take of the memory that they may take"),
        ("processor", "the daemon's threads together; 100 % is one core"),
        ("commits", "groups of changes that went to the disk together"),
        ("· · ·", "among the changes: some are missing here, and why"),
    ]

    mutating func paintHelp(in area: Area) {
        var area = area
        paintTitle("help", in: area.takeTop(1))
        for (name, meaning) in Self.help {
            let line = area.takeTop(1)
            guard line.height == 1 else { break }
            screen.put(name, .bold, row: line.row, column: line.column + 2, width: 12)
            screen.put(meaning, row: line.row, column: line.column + 15, width: line.width - 16)
        }
    }

    /// The most important figures one below the other, as many as there is room for.
    mutating func paintList(in area: Area) {
        guard area.width >= 20, area.height >= 3 else {
            screen.put("too small", .bold, row: area.row, column: area.column, width: area.width)
            return
        }
        var lines: [(String, String, Style)] = []
        let (text, style) = status
        if measurements.link != .answering || choices.isPaused { lines.append((text, "", style)) }
        lines += alarms.map { ($0, "", Style(.red, bold: true, reversed: true)) }
        if let sample = measurements.sample {
            let last = measurements.last
            func rate(_ number: Double?) -> String { number.map { "\(Quantity.rate($0))/s" } ?? "-" }
            lines += [
                ("requests", rate(last?.requests), .bold),
                ("p50, p99", "\(latency(last?.latencies, 0.5)), \(latency(last?.latencies, 0.99))", .bold),
                ("sessions", Quantity.count(sample.sessions), .bold),
                ("created", rate(last?.changes["created"]), .bold),
                ("revoked", rate(last?.changes["revoked"]), .bold),
                ("expired", rate(last?.changes["expired"]), .bold),
                ("errors", rate(last?.errors), .bold),
                ("connections", Quantity.count(sample.connections), .bold),
                ("memory", Quantity.bytes(Double(sample.storeBytes)), .bold),
            ]
        }
        for (place, line) in lines.prefix(area.height - 1).enumerated() {
            let end = screen.put(line.0, line.1.isEmpty ? line.2 : .faint, row: place, column: 0)
            screen.put(right: line.1, line.2, row: place, column: end + 1, width: min(area.width, 40) - end - 1)
        }
        let advice = "q quit; better from \(Self.least.columns)x\(Self.least.rows) on"
        screen.put(advice, .faint, row: area.height - 1, column: 0)
    }
}
