// How text becomes mdoc(7): nothing in it may be taken for a macro or an escape.

/// Text in mdoc(7).
enum Mdoc {
    /// A line of text that is nothing but text.
    static func text(_ line: String) -> String {
        let escaped = line.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return escaped.first == "." || escaped.first == "'" ? "\\&\(escaped)" : escaped
    }

    /// A word that follows a macro, and is not to be taken for one.
    static func argument(_ word: String) -> String { "\\&\(text(word))" }

    /// Paragraphs parted by blank lines; what is indented is shown as it is typed.
    static func paragraphs(_ text: String) -> [String] {
        let blocks = text.split(separator: "\n\n")
            .map { block in
                let lines = block.split(separator: "\n").map { String($0) }
                guard lines.allSatisfy({ $0.hasPrefix("    ") }) else {
                    // Each sentence on a line of its own, so that the formatter knows where one ends.
                    return lines.flatMap { $0.replacing(". ", with: ".\n").split(separator: "\n") }
                        .map { Mdoc.text(String($0)) }
                }
                return [".Bd -literal -offset indent"] + lines.map { Mdoc.text(String($0.dropFirst(4))) } + [".Ed"]
            }
        return Array(blocks.joined(separator: [".Pp"]))
    }
}
