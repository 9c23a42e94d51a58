// What the terminal can show, as far as the environment says so.

/// What may be sent to a terminal.
public struct Abilities: Equatable, Sendable {
    /// Colours are wanted: `NO_COLOR` is not set (https://no-color.org).
    public var hasColours: Bool
    /// Characters beyond ASCII are understood: the locale says UTF-8, and it is not the console, which lacks most of them.
    public var hasUnicode: Bool
    /// The cursor can be moved.
    public var hasCursor: Bool

    /// All of it.
    public init(colours: Bool = true, unicode: Bool = true, cursor: Bool = true) {
        (hasColours, hasUnicode, hasCursor) = (colours, unicode, cursor)
    }

    /// What the environment says.
    ///
    /// - Parameter variable: The value of a variable, nil when it is not set.
    public init(environment variable: (String) -> String?) {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        let terminal = value("TERM") ?? "dumb"
        let locale = (value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG") ?? "").lowercased()
        hasColours = value("NO_COLOR") == nil
        hasUnicode = terminal != "linux" && (locale.contains("utf-8") || locale.contains("utf8"))
        hasCursor = terminal != "dumb"
    }
}
