// Why a command could not do what it was asked on a state directory: words that say what to do, and an exit code of
// sysexits(3) that goes with them.

import ArgumentParser
import Durability
import Glibc
import Terminal

/// What kept a command from being carried out.
struct StateFailure: Error {
    /// What went wrong; the raw value is the exit code.
    enum Kind: CInt {
        /// The command asks for something impossible: EX_USAGE.
        case usage = 64
        /// The files or the dump are damaged: EX_DATAERR.
        case damaged = 65
        /// There is no state there: EX_NOINPUT.
        case noState = 66
        /// A state cannot be made there: EX_CANTCREAT.
        case cannotCreate = 73
        /// A disk failed or is full: EX_IOERR.
        case inputOutput = 74
        /// A daemon has the directory: EX_TEMPFAIL.
        case inUse = 75
        /// This user may not do that: EX_NOPERM.
        case permission = 77
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    init(_ error: SystemError) {
        let (kind, hint): (Kind, String?) =
            switch error.code {
            case ENOENT: (.noState, "is this the state directory?")
            case ENOTDIR: (.noState, "a state is a directory")
            case EACCES, EPERM: (.permission, "run this as the directory's owner, or as root")
            case EROFS: (.cannotCreate, "the file system is mounted read-only")
            case ENOSPC, EDQUOT: (.inputOutput, "nothing was changed: make room and run this again")
            default: (.inputOutput, nil)
            }
        self.init(kind, error.message + (hint.map { " (\($0))" } ?? ""))
    }

    /// Why the files of a directory give no state.
    init(_ error: RecoveryError, in directory: String) {
        switch error {
        case .disk(let error): self.init(error)
        case .damaged(let damages):
            let files = damages.map(\.message).joined(separator: "; ")
            let advice =
                damages.contains(where: \.isNewer)
                ? "A newer sessiond has written it: use the sessionctl that came with that one"
                : "See what there is with `sessionctl state check \(directory)`"
            self.init(.damaged, "the state in \(directory) cannot be read: \(files). \(advice)")
        }
    }
}

/// Carries out a command, with a line that says how far it is, and ends with a message and an exit code when it fails.
func carryOut(_ body: (Progress) throws(StateFailure) -> Void) throws {
    let progress = Progress()
    defer { progress.clear() }
    do throws(StateFailure) {
        try body(progress)
    } catch {
        progress.clear()
        printError(error.message)
        throw ExitCode(error.kind.rawValue)
    }
}
