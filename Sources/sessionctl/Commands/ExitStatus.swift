// How a command ends, for scripts: the exit codes of sysexits(3), and what each stands for here.

import ArgumentParser
import SessionClient

/// How a command ends.
enum ExitStatus: CInt {
    case noSession = 1
    /// EX_USAGE
    case usage = 64
    /// EX_DATAERR
    case refused = 65
    /// EX_UNAVAILABLE
    case unavailable = 69
    /// EX_OSERR
    case system = 71
    /// EX_IOERR
    case output = 74
    /// EX_TEMPFAIL
    case later = 75
    /// EX_PROTOCOL
    case notUnderstood = 76
    /// EX_NOPERM
    case permission = 77

    /// What `--help` and the manual say.
    static let help = """
        Exit codes: 0 done, 1 there is no such session or nothing was confirmed, 64 bad usage, 65 the daemon refused it, \
        69 the daemon cannot be reached or does not answer, 71 system error, 74 the output cannot be written, 75 not now, or \
        not durable yet, 76 what answers is not sessiond, 77 no permission.
        """
}

extension ExitCode {
    init(_ status: ExitStatus) { self.init(status.rawValue) }
}

extension ExitStatus {
    /// The exit code that goes with an error.
    init(of error: ClientError) {
        self =
            switch error.kind {
            case .absent, .timeout, .closed: .unavailable
            case .permission, .refused(403): .permission
            case .refused(429), .refused(503): .later
            case .refused: .refused
            case .notUnderstood: .notUnderstood
            case .usage: .usage
            case .system: .system
            }
    }
}
