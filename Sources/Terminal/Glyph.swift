// Text as a terminal can be trusted with it. Whatever comes in, a user's name or a message from the network, only what takes
// up cells goes out: what would move the cursor, colour the screen, turn the direction of writing or stand there unseen
// becomes U+FFFD. Screen lets text in by no other way.

/// What stands in one cell, or in two beside each other.
struct Glyph: Equatable, Sendable {
    var text: String
    /// 1 or 2.
    let width: Int
}

extension String {
    /// How many columns it takes up on a screen.
    public var columns: Int { glyphs.reduce(0) { $0 + $1.width } }

    /// It in pieces that each take up cells of their own.
    var glyphs: [Glyph] {
        var result: [Glyph] = []
        var marks = 0
        for scalar in unicodeScalars {
            switch scalar.appearance {
            case .hint: break
            case .mark where !result.isEmpty && marks < mostMarks:
                marks += 1
                result[result.count - 1].text.unicodeScalars.append(scalar)
            case .mark where !result.isEmpty: break
            case .cells(let width):
                marks = 0
                result.append(Glyph(text: String(scalar), width: width))
            case .mark, .unseen:
                marks = mostMarks
                result.append(Glyph(text: "\u{FFFD}", width: 1))
            }
        }
        return result
    }
}

/// So many marks are kept on one character: there are scripts with three, and jokes with a hundred.
private let mostMarks = 4

extension Unicode.Scalar {
    fileprivate enum Appearance {
        /// It takes up so many cells.
        case cells(Int)
        /// It is drawn onto the character before it.
        case mark
        /// It only chooses between two looks of the character before it.
        case hint
        /// It takes up none, and does what it does elsewhere.
        case unseen
    }

    fileprivate var appearance: Appearance {
        if (0x20..<0x7F).contains(value) { return .cells(1) }
        if (0xFE00...0xFE0F).contains(value) || (0xE0100...0xE01EF).contains(value) { return .hint }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            return .unseen
        case .nonspacingMark, .enclosingMark: return .mark
        default:
            // The vowels and final consonants of Hangul that are written as parts of a syllable.
            if (0x1160...0x11FF).contains(value) { return .mark }
            return .cells(isWide ? 2 : 1)
        }
    }

    /// Whether it takes up two cells: East Asian Width W or F (Unicode Standard Annex #11), by blocks, and emoji.
    private var isWide: Bool {
        value >= 0x1100 && (properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) })
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]
}
