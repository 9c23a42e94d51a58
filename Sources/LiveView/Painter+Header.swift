// The first line and the last one: whose figures these are and whether they are fresh, and which keys there are.

import Terminal

extension Painter {
    mutating func paintHeader(in area: Area) {
        var column = screen.put("sessiond", .bold, row: area.row, column: 1)
        if let sample = measurements.sample {
            // Where there is little room, or something is wrong, other things matter more than which process it is.
            let isShown = measurements.link == .answering && area.width >= 70
            let process = isShown ? measurements.facts.map { "  process \($0.processID)" } ?? "" : ""
            let text = " \(sample.version)  up \(Quantity.seconds(sample.uptime / 1000))\(process)"
            column = screen.put(text, .faint, row: area.row, column: column)
        }
        let (text, style) = status
        let clock = measurements.sample.map { Quantity.time($0.now, timeZone: measurements.timeZone) } ?? ""
        let right = area.width - 1 - clock.columns
        screen.put(clock, .bold, row: area.row, column: right)
        let room = max(right - 2 - column - 2, 0)
        screen.put(right: text, style, row: area.row, column: column + 2, width: room)
    }

    /// Whether the figures are fresh.
    var status: (text: String, style: Style) {
        switch measurements.link {
        case .gone(let seconds, let reason):
            (
                " reconnecting for \(Quantity.seconds(Int64(seconds))): \(reason) ",
                Style(.red, bold: true, reversed: true)
            )
        case .silent(let seconds):
            (" no answer for \(Quantity.seconds(Int64(seconds))) ", Style(.yellow, bold: true, reversed: true))
        case .answering where choices.isPaused: (" paused ", Style(.yellow, bold: true, reversed: true))
        case .answering: ("every \(intervalText)", .faint)
        }
    }

    private var intervalText: String {
        let interval = measurements.interval
        return interval < 10 ? "\(Quantity.rate(interval)) s" : Quantity.seconds(Int64(interval))
    }

    mutating func paintAlarm(_ text: String, in area: Area) {
        let style = Style(.red, bold: true, reversed: true)
        screen.fill(" ", style, row: area.row, column: area.column, width: area.width)
        screen.put(text, style, row: area.row, column: area.column + 1, width: area.width - 2)
    }

    mutating func paintFooter(in area: Area) {
        if let entry = choices.entry { return paintEntry(entry, in: area) }
        var keys = [
            ("q", "quit"), ("p", choices.isPaused ? "go on" : "pause"), ("s", "sort"), ("u", "user"), ("h", "help"),
        ]
        if choices.user != nil { keys.insert(("Esc", "everyone"), at: 4) }
        if choices.isPaused { keys.insert(("↑↓", "older changes"), at: 2) }
        if choices.isHelpShown { keys = [("any key", "back")] }
        var column = area.column + 1
        for (key, meaning) in keys {
            column = screen.put(key, .bold, row: area.row, column: column)
            column = screen.put(" \(meaning)", .faint, row: area.row, column: column) + 3
        }
    }

    private mutating func paintEntry(_ entry: String, in area: Area) {
        let hint = "Enter: only this user; empty: everyone; Esc: back"
        var column = screen.put("user ", .faint, row: area.row, column: area.column + 1)
        // Of a long one the end is seen, where it is typed.
        let room = area.width / 2
        var shown = entry
        while shown.columns > room { shown.removeFirst() }
        column = screen.put(shown, .bold, row: area.row, column: column)
        column = screen.put(" ", Style(reversed: true), row: area.row, column: column)
        screen.put(right: hint, .faint, row: area.row, column: column + 2, width: area.width - column - 3)
    }
}
