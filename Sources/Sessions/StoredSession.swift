// A session as a state file holds it: what varies in length is seen in the file's own bytes, so that restoring a million of
// them copies each byte once, to where it stays.

/// A session whose user, address, browser and data are views of bytes that somebody else keeps.
public struct StoredSession: ~Escapable {
    /// The public handle.
    public let id: SessionID
    /// The hash of the token.
    public let tokenHash: TokenHash
    /// When it began.
    public let createdAt: Instant
    /// When the user last proved who they are.
    public let authenticatedAt: Instant
    /// When it was last used, as far as touches record it.
    public let touchedAt: Instant
    /// When it ends if nothing touches it.
    public let expiresAt: Instant
    /// The absolute limit; `Instant.distantFuture` means none.
    public let lifetimeEndsAt: Instant
    /// Its own idle limit.
    public let ttl: Milliseconds
    /// Starts at 1 and grows with each change of `data` and each rotation.
    public let version: UInt32
    /// Whose it is, at most `UserID.longest` bytes; empty for nobody's.
    public let user: Span<UInt8>
    /// The address it was created from; empty when none was given. This and what follows is within `SessionLimit`.
    public let ip: Span<UInt8>
    /// The browser it was created by; empty when none was given.
    public let userAgent: Span<UInt8>
    /// The application's JSON object.
    public let data: Span<UInt8>

    /// Makes a session from its parts.
    @_lifetime(copy user, copy ip, copy userAgent, copy data)
    public init(
        id: SessionID,
        tokenHash: TokenHash,
        createdAt: Instant,
        authenticatedAt: Instant,
        touchedAt: Instant,
        expiresAt: Instant,
        lifetimeEndsAt: Instant,
        ttl: Milliseconds,
        version: UInt32,
        user: Span<UInt8>,
        ip: Span<UInt8>,
        userAgent: Span<UInt8>,
        data: Span<UInt8>
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.createdAt = createdAt
        self.authenticatedAt = authenticatedAt
        self.touchedAt = touchedAt
        self.expiresAt = expiresAt
        self.lifetimeEndsAt = lifetimeEndsAt
        self.ttl = ttl
        self.version = version
        self.user = user
        self.ip = ip
        self.userAgent = userAgent
        self.data = data
    }
}

extension StoredSession {
    /// Sees a session where it is kept, with its user apart.
    @_lifetime(borrow session, copy user)
    init(_ session: borrowing Session, user: Span<UInt8>) {
        self.init(
            id: session.id,
            tokenHash: session.tokenHash,
            createdAt: session.createdAt,
            authenticatedAt: session.authenticatedAt,
            touchedAt: session.touchedAt,
            expiresAt: session.expiresAt,
            lifetimeEndsAt: session.lifetimeEndsAt,
            ttl: session.ttl,
            version: session.version,
            user: user,
            ip: session.ip.span,
            userAgent: session.userAgent.span,
            data: session.data.span
        )
    }
}

extension Session {
    /// Makes a copy that stands by itself.
    public init(_ stored: borrowing StoredSession) {
        self.init(
            id: stored.id,
            tokenHash: stored.tokenHash,
            userID: UserID(stored.user.array),
            createdAt: stored.createdAt,
            authenticatedAt: stored.authenticatedAt,
            touchedAt: stored.touchedAt,
            expiresAt: stored.expiresAt,
            lifetimeEndsAt: stored.lifetimeEndsAt,
            ttl: stored.ttl,
            version: stored.version,
            ip: stored.ip.array,
            userAgent: stored.userAgent.array,
            data: stored.data.array
        )
    }
}

extension Record {
    init(_ stored: borrowing StoredSession, sequence: UInt64) {
        self = .placeholder
        tokenHash = stored.tokenHash
        kind = .session
        expiresAt = stored.expiresAt
        touchedAt = stored.touchedAt
        ttl = stored.ttl
        authenticatedAt = stored.authenticatedAt
        id = stored.id
        createdAt = stored.createdAt
        lifetimeEndsAt = stored.lifetimeEndsAt
        version = stored.version
        self.sequence = sequence
    }
}
