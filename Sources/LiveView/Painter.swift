// Where what stands: from what is known, what was chosen and how large the terminal is to a screen, and nothing else. What
// matters most is at the top; what a larger terminal gives goes to the graph, to the methods and to the changes.

public import Terminal

/// What the terminal shows.
public func liveScreen(_ measurements: Measurements, _ choices: Choices, size: ScreenSize) -> Screen {
    var painter = Painter(measurements, choices, size)
    painter.paint()
    return painter.screen
}

/// Paints a screen.
struct Painter {
    /// With less it is a list of the most important figures.
    static let least = ScreenSize(columns: 60, rows: 16)
    /// From here on there are two columns.
    private static let wide = 140

    let measurements: Measurements
    let choices: Choices
    var screen: Screen

    init(_ measurements: Measurements, _ choices: Choices, _ size: ScreenSize) {
        self.measurements = measurements
        self.choices = choices
        screen = Screen(size)
    }

    mutating func paint() {
        var area = screen.area
        guard area.width >= Self.least.columns, area.height >= Self.least.rows else { return paintList(in: area) }
        paintHeader(in: area.takeTop(1))
        for alarm in alarms { paintAlarm(alarm, in: area.takeTop(1)) }
        let footer = Area(row: area.row + area.height - 1, column: 0, width: area.width, height: 1)
        area.height -= 1
        if choices.isHelpShown {
            paintHelp(in: area)
        } else if area.width >= Self.wide {
            paintBesideEachOther(in: area)
        } else {
            paintBelowEachOther(in: area)
        }
        paintFooter(in: footer)
    }

    private mutating func paintBelowEachOther(in area: Area) {
        var area = area
        // The lines that are always there: three rules, four lines of figures, three about memory and disk.
        let spare = max(area.height - 10, 0)
        let graph = min(max(spare / 6, 1), 8)
        let gap = spare >= 11 ? 1 : 0
        paintGraph(in: area.takeTop(1 + graph))
        _ = area.takeTop(gap)
        paintFigures(in: area.takeTop(4))
        paintState(in: area.takeTop(3))
        if spare >= 20 { _ = area.takeTop(1) }
        let rows = area.height - 2
        paintMethods(in: area.takeTop(1 + min(max(knownMethods, 1), (rows + 1) / 2)), rowHeight: 1)
        paintChanges(in: area)
    }

    private mutating func paintBesideEachOther(in area: Area) {
        var area = area
        var top = area.takeTop(area.height < 30 ? 8 : 9)
        var right = Area(row: top.row, column: top.column + top.width - 80, width: 80, height: top.height)
        paintGraph(in: top.takeLeft(top.width - 82))
        paintTitle("now", in: right.takeTop(1))
        paintFigures(in: right.takeTop(4))
        _ = right.takeTop(right.height - 3)
        paintState(in: right)
        if area.height > 12 { _ = area.takeTop(1) }
        let left = area.takeLeft(area.width * 11 / 20)
        let rowHeight = min(max((left.height - 1) / max(knownMethods, 1), 1), 3)
        paintMethods(in: left, rowHeight: rowHeight)
        _ = area.takeLeft(2)
        paintChanges(in: area)
    }

    /// A line that a section begins with.
    mutating func paintRule(in area: Area) {
        screen.fill("─", .faint, row: area.row, column: area.column, width: area.width)
    }

    /// A line that a section begins with, and its name.
    mutating func paintTitle(_ title: String, in area: Area) {
        paintRule(in: area)
        screen.put(" \(title) ", .bold, row: area.row, column: area.column + 2, width: area.width - 2)
    }

    /// Text in a line that a section begins with, at its right.
    mutating func paintNote(_ note: String, in area: Area) {
        let width = note.columns + 2
        guard width < area.width / 2 else { return }
        screen.put(" \(note) ", .faint, row: area.row, column: area.column + area.width - width - 2)
    }

    /// What cannot be overlooked; empty when all is well.
    var alarms: [String] {
        guard let sample = measurements.sample, !sample.isJournalWorking else { return [] }
        let waiting = sample.unwritten > 0 ? " (\(Quantity.count(sample.unwritten)) changes wait for it)" : ""
        return ["DISK \(sample.journalHealth): writes are refused\(waiting), lookups and revocations go on"]
    }

    /// How much time the graphs show, in the right words.
    func words(for span: TimeSpan) -> String { "last \(Quantity.seconds(Int64(span.seconds.rounded())))" }
}
