// Lengths of time as people write them: `7d`, `1h30m`, `500ms`.

/// Reads and writes lengths of time.
public enum DurationText {
    /// The units, longest first.
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// What `parse` accepts, for messages.
    public static let expectation = "a length of time such as \"7d\", \"1h30m\" or \"500ms\", at most 100 years"

    /// Reads one or more numbers with their units, or a bare `0`; nil for anything else, and for what is longer than
    /// `Milliseconds.longest`.
    public static func parse(_ text: String) -> Milliseconds? {
        if text == "0" { return .zero }
        var rest = text[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isWholeNumber }
            let suffix = rest[digits.endIndex...].prefix { $0.isASCII && $0.isLetter }
            guard let number = Int64(digits), let unit = units.first(where: { $0.suffix == suffix }) else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
            guard !overflow, product <= Milliseconds.longest.count - total else { return nil }
            total += product
            rest = rest[suffix.endIndex...]
        }
        return text.isEmpty ? nil : Milliseconds(total)
    }

    /// The shortest text that `parse` reads as this.
    public static func format(_ duration: Milliseconds) -> String {
        var rest = duration.count
        var text = ""
        // Weeks are read but not written: people compare days.
        for (suffix, milliseconds) in units.dropFirst() where rest >= milliseconds {
            text += "\(rest / milliseconds)\(suffix)"
            rest %= milliseconds
        }
        return text.isEmpty ? "0" : text
    }
}
