// Text that others have written, made fit to be read. A user agent may hold escape sequences that clear the screen, change
// its title or turn lines around: none of them may ever reach a terminal as such, and yet a person is to see them.

/// A text in which what would not show, or would act, is shown as JSON escapes it: `\u001b`.
///
/// Shown so are control characters, old (C0, DEL) and new (C1), line and paragraph separators, format characters such as
/// those that change the direction of text, and what stands for nothing. In JSON that changes nothing but the spelling.
public func printable(_ text: String) -> String {
    guard !text.unicodeScalars.allSatisfy(\.isPrintable) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        if scalar.isPrintable {
            result.unicodeScalars.append(scalar)
        } else {
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
    return result
}

/// A text cut so that it takes up at most so many columns, with an ellipsis in place of what is missing.
func cut(_ text: String, to width: Int) -> String {
    guard text.columns > width else { return text }
    var room = width - 1
    let kept = text.glyphs.prefix { glyph in
        room -= glyph.width
        return room >= 0
    }
    return width > 0 ? kept.map(\.text).joined() + "…" : ""
}

extension Unicode.Scalar {
    fileprivate var isPrintable: Bool {
        if value < 0x7F { return value >= 0x20 }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
