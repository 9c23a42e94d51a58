// What stands at the other end of an output: a terminal, which has a width and perhaps colours, or a pipe or a file, where
// nothing is ever cut or coloured.

internal import CLinux
internal import Glibc

/// Where text goes.
public struct Output: Sendable {
    /// Whether a person reads it as it comes.
    public let isTerminal: Bool
    /// How many columns it has; nil where lines may be as long as they like.
    public let width: Int?
    /// Whether looks make a difference.
    public let isStyled: Bool

    /// An output of one's own making.
    public init(isTerminal: Bool, width: Int? = nil, isStyled: Bool = false) {
        self.isTerminal = isTerminal
        self.width = width
        self.isStyled = isStyled
    }

    /// The output behind a descriptor. It is styled when it is a terminal that can do more than show text, and its owner
    /// has not asked for less by `NO_COLOR`.
    public init(descriptor: CInt) {
        isTerminal = isatty(descriptor) == 1
        var window = winsize()
        let isKnown = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
        width = isTerminal && isKnown ? Int(window.ws_col) : nil
        let abilities = Abilities { unsafe getenv($0).map { unsafe String(cString: $0) } }
        isStyled = isTerminal && abilities.hasCursor && abilities.hasColours
    }

    /// Standard output.
    public static var standard: Output { Output(descriptor: 1) }
    /// Standard error.
    public static var errors: Output { Output(descriptor: 2) }

    /// A text that looks so, if that can be seen here.
    public func styled(_ text: String, _ style: Style) -> String {
        guard isStyled, style != .plain, !text.isEmpty else { return text }
        return style.sequence(hasColours: true) + text + Style.plain.sequence(hasColours: true)
    }
}

/// Writes a text to standard output as it is, at once.
///
/// - Returns: Whether it could be written: a disk may be full, or nobody reads any more.
public func writeToStandardOutput(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}
