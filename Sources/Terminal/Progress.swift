// A line that says what is going on, while nobody has to wait for it in the dark.

import Glibc

/// A line on stderr that is written over again and again; on a terminal only.
public final class Progress {
    private let isShown = isatty(2) == 1
    private var isClear = true

    /// A line with nothing on it.
    public init() {}

    /// Puts a text in place of the one before.
    public func show(_ text: String) {
        guard isShown else { return }
        isClear = false
        writeToStandardError("\r\u{1B}[K\(text)")
    }

    /// Takes the line away, before something else is written.
    public func clear() {
        guard isShown, !isClear else { return }
        isClear = true
        writeToStandardError("\r\u{1B}[K")
    }
}

/// Writes a text as it is.
public func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    // Nobody to tell when stderr is gone.
    unsafe bytes.withUnsafeBytes { unsafe _ = Glibc.write(2, $0.baseAddress, $0.count) }
}
