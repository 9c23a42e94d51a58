// A session as a value: what a `Change` carries and a snapshot holds. The store keeps sessions packed in its own
// memory and makes such values only where one leaves it.

/// Who a session belongs to: 1 to 255 bytes of UTF-8, chosen by the application.
public struct UserID: Hashable, Sendable {
    /// The longest user id in bytes.
    public static let longest = 255

    /// The UTF-8.
    public let bytes: [UInt8]

    /// Makes a user id; nil when it is empty or too long.
    public init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, bytes.count <= Self.longest else { return nil }
        self.bytes = bytes
    }
}

/// Limits on the values of a session, in bytes.
public enum SessionLimit {
    /// The longest `data`.
    public static let data = 65_536
    /// The longest `ip`: an IPv6 address with a zone fits.
    public static let ip = 64
    /// The longest `userAgent`.
    public static let userAgent = 1024
    /// The longest `cause` of a revocation.
    public static let cause = 64
}

/// A session with all that belongs to it.
public struct Session: Equatable, Sendable {
    /// The public handle.
    public var id: SessionID
    /// The hash of the token that authenticates it.
    public var tokenHash: TokenHash
    /// Whose it is; nil for a session of nobody yet.
    public var userID: UserID?
    /// When it began.
    public var createdAt: Instant
    /// When the user last proved who they are.
    public var authenticatedAt: Instant
    /// When it was last used, as far as touches record it.
    public var touchedAt: Instant
    /// When it ends if nothing touches it; at this instant it is gone.
    public var expiresAt: Instant
    /// The absolute limit; `Instant.distantFuture` means none.
    public var lifetimeEndsAt: Instant
    /// Its own idle limit.
    public var ttl: Milliseconds
    /// Starts at 1 and grows with each change of `data` and each rotation.
    public var version: UInt32
    /// The address it was created from; empty when none was given.
    public var ip: [UInt8]
    /// The browser it was created by; empty when none was given.
    public var userAgent: [UInt8]
    /// The application's own JSON object, as compact text.
    public var data: [UInt8]

    /// Makes a session from its parts.
    public init(
        id: SessionID,
        tokenHash: TokenHash,
        userID: UserID?,
        createdAt: Instant,
        authenticatedAt: Instant,
        touchedAt: Instant,
        expiresAt: Instant,
        lifetimeEndsAt: Instant,
        ttl: Milliseconds,
        version: UInt32,
        ip: [UInt8],
        userAgent: [UInt8],
        data: [UInt8]
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.userID = userID
        self.createdAt = createdAt
        self.authenticatedAt = authenticatedAt
        self.touchedAt = touchedAt
        self.expiresAt = expiresAt
        self.lifetimeEndsAt = lifetimeEndsAt
        self.ttl = ttl
        self.version = version
        self.ip = ip
        self.userAgent = userAgent
        self.data = data
    }
}

/// A token that a session had before: it names the session for a while, and is remembered as long as the session is.
public struct ReplacedToken: Equatable, Sendable {
    /// Its hash.
    public var tokenHash: TokenHash
    /// The session's handle.
    public var id: SessionID
    /// When it was replaced.
    public var at: Instant

    /// Makes a replaced token from its parts.
    public init(tokenHash: TokenHash, id: SessionID, at: Instant) {
        self.tokenHash = tokenHash
        self.id = id
        self.at = at
    }
}

/// What is left of a revoked session until it would have ended by itself: enough to keep its token dead.
public struct Tombstone: Equatable, Sendable {
    /// The handle the session had.
    public var id: SessionID
    /// The hash of its token.
    public var tokenHash: TokenHash
    /// When the session would have ended; the tombstone goes then.
    public var expiresAt: Instant
    /// When it was revoked.
    public var revokedAt: Instant
    /// Why, as the caller said; empty when nothing was said.
    public var cause: [UInt8]

    /// Makes a tombstone from its parts.
    public init(id: SessionID, tokenHash: TokenHash, expiresAt: Instant, revokedAt: Instant, cause: [UInt8]) {
        self.id = id
        self.tokenHash = tokenHash
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.cause = cause
    }
}
