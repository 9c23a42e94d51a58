// A screen that nobody sees yet: cells that are written in any order, and then shown at once. What finds no room is clipped,
// so that a layout need not count; it can be read back, so that a layout can be tested.

/// How large a terminal is, in cells.
public struct ScreenSize: Hashable, Sendable {
    /// How many cells stand beside each other.
    public var columns: Int
    /// How many lines there are.
    public var rows: Int

    /// A size; negative numbers count as none.
    public init(columns: Int, rows: Int) {
        self.columns = max(columns, 0)
        self.rows = max(rows, 0)
    }
}

/// The cells of a screen.
public struct Screen: Equatable, Sendable {
    struct Cell: Equatable, Sendable {
        /// Empty in the second half of what takes up two.
        var text = " "
        var style = Style.plain
    }

    /// How large it is.
    public let size: ScreenSize
    /// Line by line.
    private(set) var cells: [Cell]

    /// An empty screen.
    public init(_ size: ScreenSize) {
        self.size = size
        cells = [Cell](repeating: Cell(), count: size.columns * size.rows)
    }

    /// All of it.
    public var area: Area { Area(row: 0, column: 0, width: size.columns, height: size.rows) }

    /// Puts text from a place on, in at most so many columns; what is longer ends in an ellipsis. Outside there is nothing.
    ///
    /// - Returns: The column after it.
    @discardableResult
    public mutating func put(
        _ text: String,
        _ style: Style = .plain,
        row: Int,
        column: Int,
        width: Int = .max
    ) -> Int {
        let start = max(column, 0)
        guard (0..<size.rows).contains(row), start < size.columns, width > 0 else { return column }
        let room = min(width, size.columns - start)
        var glyphs = text.glyphs
        if glyphs.reduce(0, { $0 + $1.width }) > room {
            var rest = room - 1
            glyphs = Array(
                glyphs.prefix { glyph in
                    rest -= glyph.width
                    return rest >= 0
                }
            )
            glyphs.append(Glyph(text: "…", width: 1))
        }
        let line = row * size.columns
        var place = line + start
        // Of a wide character that is overwritten by half, the other half goes, too.
        if !glyphs.isEmpty, cells[place].text.isEmpty { cells[place - 1].text = " " }
        for glyph in glyphs {
            cells[place] = Cell(text: glyph.text, style: style)
            if glyph.width == 2 { cells[place + 1] = Cell(text: "", style: style) }
            place += glyph.width
        }
        if !glyphs.isEmpty, place < line + size.columns, cells[place].text.isEmpty { cells[place].text = " " }
        return place - line
    }

    /// Puts text so that it ends at the right edge of a column of this width.
    public mutating func put(right text: String, _ style: Style = .plain, row: Int, column: Int, width: Int) {
        let indent = max(width - text.columns, 0)
        put(text, style, row: row, column: column + indent, width: width - indent)
    }

    /// Fills a piece of a line.
    public mutating func fill(_ character: Character, _ style: Style = .plain, row: Int, column: Int, width: Int) {
        guard width > 0 else { return }
        put(String(repeating: character, count: width), style, row: row, column: column)
    }

    /// A line as text, without what is blank at its end.
    public func line(_ row: Int) -> String {
        guard (0..<size.rows).contains(row) else { return "" }
        var text = cells[(row * size.columns)..<((row + 1) * size.columns)].map(\.text).joined()
        while text.last == " " { text.removeLast() }
        return text
    }

    /// All lines as text.
    public var text: String { (0..<size.rows).map(line).joined(separator: "\n") }

    /// The look of a cell; plain outside.
    public func style(row: Int, column: Int) -> Style {
        guard (0..<size.rows).contains(row), (0..<size.columns).contains(column) else { return .plain }
        return cells[row * size.columns + column].style
    }
}

/// A rectangle of a screen.
public struct Area: Equatable, Sendable {
    /// Its first line.
    public var row: Int
    /// Its first column.
    public var column: Int
    /// How many columns it has.
    public var width: Int
    /// How many lines it has.
    public var height: Int

    /// A rectangle.
    public init(row: Int, column: Int, width: Int, height: Int) {
        (self.row, self.column) = (row, column)
        (self.width, self.height) = (max(width, 0), max(height, 0))
    }

    /// Cuts lines off at the top, as many as there are.
    public mutating func takeTop(_ lines: Int) -> Area {
        let top = Area(row: row, column: column, width: width, height: min(lines, height))
        row += top.height
        height -= top.height
        return top
    }

    /// Cuts columns off at the left, as many as there are.
    public mutating func takeLeft(_ columns: Int) -> Area {
        let left = Area(row: row, column: column, width: min(columns, width), height: height)
        column += left.width
        width -= left.width
        return left
    }
}
