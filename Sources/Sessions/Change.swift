// The one idea of the daemon: every change of state is one of these values. A command is decided first (all that is
// random or depends on the clock is settled there) and yields changes; the same value is applied to the store, and is
// what is kept on disk and replayed. Changes hold resulting values, never differences, so that replaying twice is
// harmless.

/// A change of state, with all that it takes to make it again.
public enum Change: Equatable, Sendable {
    /// A session began.
    case created(Session)
    /// A session has new data, a new owner or both; the value is the whole session as it is from now on.
    case updated(Session)
    /// A session has a new token; the value is the whole session as it is from now on.
    case rotated(Rotation)
    /// A session was used and ends later, or at another time.
    case touched(Touch)
    /// One session, all of a user's, or all there are were revoked.
    case revoked(Revocation)
    /// A session or a tombstone has reached its end.
    case expired(SessionID)
}

/// A new token of a session, and the one that it replaces.
public struct Rotation: Equatable, Sendable {
    /// The session, with its new token.
    public let session: Session
    /// The token that was replaced.
    public let replaced: ReplacedToken

    /// Makes a rotation from its parts.
    public init(session: Session, replaced: ReplacedToken) {
        self.session = session
        self.replaced = replaced
    }
}

/// New times of a session.
public struct Touch: Equatable, Sendable {
    /// Which session.
    public let id: SessionID
    /// When it was touched.
    public let touchedAt: Instant
    /// When it ends now.
    public let expiresAt: Instant
    /// Its idle limit from now on.
    public let ttl: Milliseconds

    /// Makes a touch from its parts.
    public init(id: SessionID, touchedAt: Instant, expiresAt: Instant, ttl: Milliseconds) {
        self.id = id
        self.touchedAt = touchedAt
        self.expiresAt = expiresAt
        self.ttl = ttl
    }
}

/// Which sessions were revoked, when and why.
public struct Revocation: Equatable, Sendable {
    /// Which sessions.
    public enum Scope: Equatable, Sendable {
        case session(SessionID)
        /// All of a user's sessions that are older than this change, except one.
        case user(UserID, except: SessionID?)
        /// All sessions that are older than this change.
        case everyone
    }

    /// Which sessions.
    public let scope: Scope
    /// When.
    public let at: Instant
    /// Why, in the caller's words; at most 64 bytes, empty when nothing was said.
    public let cause: [UInt8]

    /// Makes a revocation from its parts.
    public init(scope: Scope, at: Instant, cause: [UInt8]) {
        self.scope = scope
        self.at = at
        self.cause = cause
    }
}
