// What has to be sent so that a terminal which shows one screen shows another: only the cells that differ, in one piece, so
// that nothing flickers and a slow line is enough. Where terminals disagree on how wide a character is, the next one is
// placed anew, so that a wrong guess stays where it is.

extension Screen {
    /// What turns the screen that is shown into this one; empty when it is the same.
    ///
    /// - Parameter shown: Nil when nobody knows what the terminal shows: then all of it is drawn.
    public func difference(from shown: Screen?, _ abilities: Abilities) -> String {
        var writer = DifferenceWriter(abilities)
        let known = shown.flatMap { $0.size == size ? $0 : nil }
        if known == nil { writer.clear() }
        let before = known?.cells ?? [Cell](repeating: Cell(), count: cells.count)
        for place in cells.indices where cells[place] != before[place] && !cells[place].text.isEmpty {
            writer.write(cells[place], row: place / size.columns, column: place % size.columns)
        }
        return writer.finish()
    }
}

private struct DifferenceWriter {
    private let abilities: Abilities
    private var text = ""
    /// Where the terminal writes next, when that is certain.
    private var cursor: (row: Int, column: Int)?
    private var style: Style?

    init(_ abilities: Abilities) { self.abilities = abilities }

    mutating func clear() { text += "\u{1B}[0m\u{1B}[2J" }

    mutating func write(_ cell: Screen.Cell, row: Int, column: Int) {
        if cursor == nil || cursor! != (row, column) { text += "\u{1B}[\(row + 1);\(column + 1)H" }
        if style != cell.style { text += cell.style.sequence(hasColours: abilities.hasColours) }
        style = cell.style
        text += abilities.hasUnicode ? cell.text : cell.text.inASCII
        cursor = cell.text.utf8.count == 1 ? (row, column + 1) : nil
    }

    mutating func finish() -> String {
        if let style, style != .plain { text += Style.plain.sequence(hasColours: abilities.hasColours) }
        return text
    }
}

extension String {
    /// What stands for a glyph where only ASCII can be shown.
    fileprivate var inASCII: String {
        if utf8.count == 1 { return self }
        if let level = Sparkline.blocks.firstIndex(of: self) { return Sparkline.blocksInASCII[level] }
        let counterpart = ["─": "-", "·": "-", "…": ".", "µ": "u", "▾": "v", "↑": "^", "↓": "v"][self] ?? "?"
        return counterpart + String(repeating: " ", count: max(columns - 1, 0))
    }
}
