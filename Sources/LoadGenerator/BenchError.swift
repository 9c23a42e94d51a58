// Why a measurement could not be made: words that say what to do, and an exit code of sysexits(3) that goes with them.

/// What kept a measurement from being made.
public struct BenchError: Error, Sendable {
    /// What went wrong; the raw value is the exit code.
    public enum Kind: CInt, Sendable {
        /// The options ask for something impossible: EX_USAGE.
        case usage = 64
        /// A server cannot be reached, started, or does not answer: EX_UNAVAILABLE.
        case unavailable = 69
        /// The system refused something: EX_OSERR.
        case system = 71
        /// A server answered otherwise than it had to: EX_PROTOCOL.
        case answers = 76
        /// This user may not do that: EX_NOPERM.
        case permission = 77
        /// Somebody asked it to stop: 128 + SIGINT.
        case interrupted = 130
    }

    /// What went wrong.
    public let kind: Kind
    /// For people: what happened and what to do.
    public let message: String

    /// Notes what went wrong.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
