// How text looks: one of the terminal's own colours, whatever its owner has made of them, and few other marks.

/// The look of a cell.
public struct Style: Hashable, Sendable {
    /// The colours that every terminal has, without those that cannot be read on some background.
    public enum Colour: Int, Sendable {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case magenta = 35
        case cyan = 36
    }

    /// Nil for the terminal's own.
    public var colour: Colour?
    /// What it is about.
    public var isBold = false
    /// What only explains.
    public var isFaint = false
    /// What must be seen.
    public var isReversed = false

    /// A look.
    public init(_ colour: Colour? = nil, bold: Bool = false, faint: Bool = false, reversed: Bool = false) {
        self.colour = colour
        isBold = bold
        isFaint = faint
        isReversed = reversed
    }

    /// As the terminal writes by itself.
    public static let plain = Style()
    /// Values.
    public static let bold = Style(bold: true)
    /// Labels and lines.
    public static let faint = Style(faint: true)

    /// What turns this look on, and every other off (ECMA-48, SGR).
    func sequence(hasColours: Bool) -> String {
        var parameters = "0"
        if isBold { parameters += ";1" }
        if isFaint { parameters += ";2" }
        if isReversed { parameters += ";7" }
        if hasColours, let colour { parameters += ";\(colour.rawValue)" }
        return "\u{1B}[\(parameters)m"
    }
}
