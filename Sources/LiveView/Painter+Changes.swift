// The changes as they come, the newest at the top: when, what, whose, which session, why.

import Terminal

extension Painter {
    mutating func paintChanges(in area: Area) {
        var area = area
        let title = area.takeTop(1)
        paintTitle(choices.user.map { "changes of \($0)" } ?? "changes", in: title)
        let rate = measurements.last?.changes.values.reduce(0, +)
        paintNote(rate.map { "\(Quantity.rate($0))/s" } ?? "", in: title)
        let entries = measurements.changes.latest(of: choices.user)
        if entries.isEmpty {
            screen.put("none yet", .faint, row: area.row, column: area.column + 1, width: area.width - 1)
        }
        let skipped = min(choices.scrolled, max(entries.count - area.height, 0))
        for entry in entries.dropFirst(skipped).prefix(area.height) {
            let line = area.takeTop(1)
            switch entry {
            case .change(let change): paint(change, in: line)
            case .note(let text): paintRemark(text, in: line)
            }
        }
    }

    private mutating func paint(_ change: SessionChange, in line: Area) {
        let isRoomy = line.width >= 86
        // The beginning of an id is enough to tell sessions apart.
        let idWidth = line.width < 72 ? 10 : 22
        let time = Quantity.time(change.at, timeZone: measurements.timeZone, withMilliseconds: isRoomy)
        let end = line.column + line.width
        var column = line.column + 1
        screen.put(time, .faint, row: line.row, column: column)
        column += time.columns + 2
        screen.put(change.kind, style(of: change.kind), row: line.row, column: column, width: 9)
        column += 9
        // The user's id is what one looks for: it gets what the session's id and the cause leave.
        let userWidth = max(min(end - column - idWidth - 14, 40), 12)
        let (user, userStyle) = change.user.map { ($0, Style.plain) } ?? ("nobody", .faint)
        screen.put(user, userStyle, row: line.row, column: column, width: userWidth)
        column += userWidth + 2
        screen.put(change.id, .faint, row: line.row, column: column, width: min(idWidth, end - column))
        column += idWidth + 2
        if let cause = change.cause { screen.put(cause, row: line.row, column: column, width: end - column) }
    }

    private mutating func paintRemark(_ text: String, in line: Area) {
        screen.put("· · · \(text)", .faint, row: line.row, column: line.column + 1, width: line.width - 1)
    }

    private func style(of kind: String) -> Style {
        switch kind {
        case "created": Style(.green)
        case "updated": Style(.blue)
        case "rotated": Style(.cyan)
        case "revoked": Style(.magenta)
        default: .faint
        }
    }
}
