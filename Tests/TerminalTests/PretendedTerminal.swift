// A terminal of the tests: it does what the sequences say that the screen is drawn with, and fails on any other, as on every
// control character that is not part of one. It believes of each character how wide it is, and may be wrong.

import Testing

@testable import Terminal

struct PretendedTerminal {
    private let size: ScreenSize
    private(set) var cells: [String]
    private(set) var styles: [String]
    private var cursor = (row: 0, column: 0)
    private var style = "0"
    /// How wide it believes that characters beyond ASCII are that the screen gives one cell.
    private let belief: Int

    init(_ size: ScreenSize, belief: Int = 1) {
        self.size = size
        self.belief = belief
        cells = [String](repeating: "?", count: size.columns * size.rows)
        styles = [String](repeating: "?", count: cells.count)
    }

    /// Shows what it is sent.
    mutating func take(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            if scalar == "\u{1B}" { take(sequence: &rest) } else { write(scalar) }
        }
    }

    private mutating func take(sequence rest: inout ArraySlice<Unicode.Scalar>) {
        #expect(rest.popFirst() == "[")
        let end = rest.firstIndex { !("0"..."9").contains($0) && $0 != ";" } ?? rest.startIndex
        let parameters = String(String.UnicodeScalarView(rest[..<end]))
        let final = rest[end]
        rest = rest[(end + 1)...]
        switch (final, parameters) {
        case ("J", "2"):
            cells = cells.map { _ in " " }
            styles = styles.map { _ in style }
        case ("H", _):
            let place = parameters.split(separator: ";").compactMap { Int($0) }
            cursor = (place[0] - 1, place[1] - 1)
            #expect((0..<size.rows).contains(cursor.row) && (0..<size.columns).contains(cursor.column))
        case ("m", _): style = parameters
        default: Issue.record("an unknown sequence: \(parameters)\(final)")
        }
    }

    private mutating func write(_ scalar: Unicode.Scalar) {
        let category = scalar.properties.generalCategory
        #expect(![.control, .format, .lineSeparator, .paragraphSeparator].contains(category), "U+\(scalar.value)")
        let place = cursor.row * size.columns + cursor.column
        let isPartOfSyllable = (0x1160...0x11FF).contains(scalar.value)
        if category == .nonspacingMark || category == .enclosingMark || isPartOfSyllable {
            // It is drawn onto the character that was written last.
            if let last = (0..<place).last(where: { !cells[$0].isEmpty }) { cells[last].unicodeScalars.append(scalar) }
            return
        }
        guard cursor.column < size.columns else {
            Issue.record("written beyond the edge")
            return
        }
        cells[place] = String(scalar)
        styles[place] = style
        let width = String(scalar).columns
        if width == 2, cursor.column + 1 < size.columns {
            cells[place + 1] = ""
            styles[place + 1] = style
        }
        cursor.column += scalar.isASCII ? 1 : width == 1 ? belief : width
    }
}
