// The signals that a terminal and its owner send to a program which has the whole screen, as something to wait for beside keys
// and sockets. While one exists, they no longer end or stop the program by themselves.

internal import CLinux
internal import Glibc

/// Signals as something that can be read.
public final class TerminalSignals {
    /// What a signal asks for.
    public enum Wish: Equatable, Sendable {
        /// To end: Ctrl-C (SIGINT), SIGTERM, or the terminal is gone (SIGHUP).
        case end(CInt)
        /// To stop for a while: Ctrl-Z (SIGTSTP).
        case stop
        /// To go on after it was stopped: others may have used the terminal (SIGCONT).
        case goOn
        /// To look how large the terminal is now (SIGWINCH).
        case resize
    }

    /// For poll(2): it is readable when a signal has come.
    public let descriptor: CInt
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH]

    /// Begins to take the signals; threads that are started later leave them alone.
    public init() throws(TerminalError) {
        var set = Self.set(of: Self.signals)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = unsafe signalfd(-1, &set, CInt(SFD_CLOEXEC) | O_NONBLOCK)
        if descriptor < 0 { throw TerminalError("cannot take signals: error \(errno)") }
    }

    deinit { close(descriptor) }

    /// What the next signal asks for; nil when none has come.
    public func next() -> Wish? {
        var information = signalfd_siginfo()
        guard unsafe read(descriptor, &information, MemoryLayout<signalfd_siginfo>.size) > 0 else { return nil }
        let signal = CInt(information.ssi_signo)
        return switch signal {
        case SIGTSTP: .stop
        case SIGCONT: .goOn
        case SIGWINCH: .resize
        default: .end(signal)
        }
    }

    /// Stops the program, as it would have been without this, and returns when it goes on. Where nobody could let it go on, it
    /// does not stop.
    public func stop() {
        raise(SIGTSTP)
        var set = Self.set(of: [SIGTSTP])
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private static func set(of signals: [CInt]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        return set
    }
}
