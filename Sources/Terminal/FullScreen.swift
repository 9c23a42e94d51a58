// The whole terminal, borrowed: keys come one by one, screens are shown, and whatever happens, it is given back as it was.

internal import Glibc

/// Why a terminal cannot be used.
public struct TerminalError: Error, Equatable, Sendable {
    /// What is wrong, and what to do.
    public let message: String

    /// Notes what is wrong.
    public init(_ message: String) { self.message = message }
}

/// The terminal that a program's input and output are, as long as this exists.
public final class FullScreen {
    private let abilities: Abilities
    private let original: termios
    /// What the terminal shows; nil when others may have written on it.
    private var shown: Screen?
    private var isHeld = false

    /// What the screen is taken with: the other screen, no cursor, and no new line at the right edge.
    private static let taking: StaticString = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[0m\u{1B}[2J"
    /// What undoes that.
    private static let giving: StaticString = "\u{1B}[0m\u{1B}[2J\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// Takes the terminal, until `giveBack`, or until the program crashes.
    ///
    /// - Throws: When input or output is no terminal, or it cannot move its cursor.
    public init(_ abilities: Abilities) throws(TerminalError) {
        guard isatty(0) == 1, isatty(1) == 1 else {
            throw TerminalError("this needs a terminal: input and output must not be redirected")
        }
        guard abilities.hasCursor else {
            throw TerminalError("this needs a terminal that can move its cursor; TERM says it cannot: try TERM=xterm")
        }
        var modes = termios()
        guard unsafe tcgetattr(0, &modes) == 0 else {
            throw TerminalError("cannot read the modes of the terminal: error \(errno)")
        }
        self.abilities = abilities
        original = modes
        take()
    }

    deinit { giveBack() }

    /// For poll(2): it is readable when keys were pressed.
    public var descriptor: CInt { 0 }

    /// How large the terminal is now.
    public var size: ScreenSize {
        var window = winsize()
        guard unsafe ioctl(1, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return ScreenSize(columns: 80, rows: 24)
        }
        return ScreenSize(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }

    /// Takes the terminal, again after it was given back, or after others may have changed it.
    public func take() {
        var modes = original
        modes.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        modes.c_iflag &= ~tcflag_t(IXON)
        unsafe withUnsafeMutableBytes(of: &modes.c_cc) { codes in
            unsafe codes[Int(VMIN)] = 1
            unsafe codes[Int(VTIME)] = 0
        }
        // From the background this stops the program until it is in front again.
        set(modes)
        if !isHeld { Rescue.prepare(1, giving: Self.giving, modes: original) }
        isHeld = true
        shown = nil
        write("\(Self.taking)")
    }

    /// Gives the terminal back as it was.
    public func giveBack() {
        guard isHeld else { return }
        isHeld = false
        write("\(Self.giving)")
        set(original)
        Rescue.release()
    }

    /// Forgets what is shown, so that all of it is drawn the next time.
    public func forget() { shown = nil }

    /// Shows a screen, in one write, of what differs only.
    public func show(_ screen: Screen) {
        let difference = screen.difference(from: shown, abilities)
        shown = screen
        if !difference.isEmpty { write(difference) }
    }

    /// The bytes of keys that have come, which there must be; nil when the terminal is gone.
    public func read() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(0, $0.baseAddress, $0.count) }
        if count < 0 && (errno == EINTR || errno == EAGAIN) { return [] }
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    private func set(_ modes: termios) {
        var modes = modes
        while unsafe tcsetattr(0, TCSADRAIN, &modes) != 0 && errno == EINTR {}
    }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody else has set it so that it does not wait.
                var interest = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&interest, 1, 1000)
            } else if errno != EINTR {
                // The terminal is gone; reading from it says so.
                return
            }
        }
    }
}
