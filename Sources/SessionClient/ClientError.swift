// Why a question to the daemon was not answered as hoped: what went wrong, and what a person can do about it.

/// What kept a question from being answered, or the error that it was answered with.
public struct ClientError: Error, Equatable, Sendable {
    /// What went wrong.
    public enum Kind: Equatable, Sendable {
        /// There is no socket, or nobody listens on it.
        case absent
        /// This user may not open the socket.
        case permission
        /// No answer came in time.
        case timeout
        /// The connection ended before the answer came.
        case closed
        /// What came is not what the daemon answers.
        case notUnderstood
        /// The daemon answered with an error of this code.
        case refused(Int64)
        /// What was given cannot be used, such as a path that is too long.
        case usage
        /// The system refused something else.
        case system
    }

    /// What went wrong.
    public let kind: Kind
    /// What happened, in one line.
    public let message: String
    /// What to do about it.
    public let hint: String?

    /// Notes what went wrong.
    public init(_ kind: Kind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    /// Whether it may go better a moment later: the daemon is starting, stopping or full.
    public var isPassing: Bool {
        switch kind {
        case .absent, .timeout, .closed, .refused(503), .refused(429): true
        default: false
        }
    }
}
