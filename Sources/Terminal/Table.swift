// Rows and columns of text, aligned. On a terminal the columns that may be cut are cut until the rows fit; anywhere else
// nothing is ever left out.

/// A table under construction.
public struct Table: Sendable {
    /// A column.
    public struct Column: Sendable {
        let title: String
        let isNumber: Bool
        let least: Int?

        /// Describes a column.
        ///
        /// - Parameters:
        ///   - title: What stands above it.
        ///   - isNumber: Whether it is aligned at its right.
        ///   - least: It may be cut down to so many columns where the terminal is narrow; nil for never.
        public init(_ title: String, isNumber: Bool = false, cutTo least: Int? = nil) {
            self.title = title
            self.isNumber = isNumber
            self.least = least
        }
    }

    /// What stands in one place. Its text is made printable.
    public struct Cell: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
        let text: String
        let style: Style

        /// Shows a text.
        public init(_ text: String, _ style: Style = .plain) {
            self.text = printable(text)
            self.style = style
        }

        /// Shows a text.
        public init(stringLiteral text: String) { self.init(text) }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    /// A table without rows.
    public init(_ columns: [Column]) { self.columns = columns }

    /// Whether there are no rows.
    public var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; cells that are missing are empty.
    public mutating func add(_ row: [Cell]) {
        rows.append(row + Array(repeating: "", count: max(0, columns.count - row.count)))
    }

    /// The table as lines, each with its line feed: titles first, then the rows.
    ///
    /// - Parameter hasTitles: Whether the titles are shown.
    public func text(on output: Output, hasTitles: Bool = true) -> String {
        let titles = columns.map { Cell($0.title, .bold) }
        let all = (hasTitles ? [titles] : []) + rows
        let widths = widths(of: all, within: output.width)
        return all.map { line($0, widths, on: output) }.joined()
    }

    private func line(_ row: [Cell], _ widths: [Int], on output: Output) -> String {
        var line = ""
        var blanks = 0
        for (index, width) in widths.enumerated() {
            let text = cut(row[index].text, to: width)
            let room = width - text.columns
            let before = columns[index].isNumber ? room : 0
            // Blanks are written with the next text only, so that no line ends in them.
            if text.isEmpty {
                blanks += width + Self.gap
            } else {
                line += String(repeating: " ", count: blanks + before) + output.styled(text, row[index].style)
                blanks = room - before + Self.gap
            }
        }
        return line + "\n"
    }

    private static let gap = 2

    /// How wide each column is: as its widest cell, or cut, the widest first, until a row fits.
    private func widths(of rows: [[Cell]], within limit: Int?) -> [Int] {
        var widths = columns.indices.map { index in rows.map { $0[index].text.columns }.max() ?? 0 }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - limit
        while excess > 0 {
            let spare = { (index: Int) in columns[index].least.map { widths[index] - $0 } ?? 0 }
            guard let widest = columns.indices.max(by: { spare($0) < spare($1) }), spare(widest) > 0 else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
