// How long sessions live. The rules are here and nowhere else; each is one line of arithmetic on instants.

/// The rules by which sessions are touched, age and end, unless a session was created with its own.
public struct Policy: Equatable, Sendable {
    /// The idle limit: a touch lets a session end this much later. OWASP ASVS 5.0, 7.3.1.
    public var ttl: Milliseconds
    /// How long after a touch a lookup leaves the session alone; nil means a seventh of its ttl, zero that every lookup
    /// touches.
    public var touchInterval: Milliseconds?
    /// The absolute limit from creation or re-authentication; zero means none. OWASP ASVS 5.0, 7.3.2.
    public var lifetime: Milliseconds
    /// For how long after authentication a session counts as fresh; zero means always.
    public var freshAge: Milliseconds
    /// How long after a rotation the token that was replaced still names the session.
    public var rotationGrace: Milliseconds
    /// How many sessions a user may have at a time; zero means any number. OWASP ASVS 5.0, 7.1.2.
    public var maxSessionsPerUser: Int
    /// What becomes of a login of a user who has that many.
    public var whenFull: WhenFull

    /// What becomes of a login of a user who has as many sessions as one may have.
    public enum WhenFull: String, CaseIterable, Sendable {
        /// The oldest session ends.
        case evictOldest
        /// It is refused.
        case refuse
    }

    /// Makes a policy; the defaults are those of the protocol.
    public init(
        ttl: Milliseconds = .days(7),
        touchInterval: Milliseconds? = nil,
        lifetime: Milliseconds = .days(30),
        freshAge: Milliseconds = .days(1),
        rotationGrace: Milliseconds = .seconds(10),
        maxSessionsPerUser: Int = 0,
        whenFull: WhenFull = .evictOldest
    ) {
        self.ttl = ttl
        self.touchInterval = touchInterval
        self.lifetime = lifetime
        self.freshAge = freshAge
        self.rotationGrace = rotationGrace
        self.maxSessionsPerUser = maxSessionsPerUser
        self.whenFull = whenFull
    }

    /// How long a session with this ttl is left alone after a touch: never more than half of the ttl, so that a short
    /// session in use does not die.
    public func touchInterval(forTTL ttl: Milliseconds) -> Milliseconds {
        guard let touchInterval else { return Milliseconds(ttl.count / 7) }
        return Milliseconds(min(touchInterval.count, ttl.count / 2))
    }

    /// When the absolute limit of a session that begins at `start` is reached.
    public static func lifetimeEnd(from start: Instant, lifetime: Milliseconds) -> Instant {
        lifetime == .zero ? .distantFuture : start.advanced(by: lifetime)
    }

    /// When a session that is touched now ends.
    public static func expiry(touchedAt now: Instant, ttl: Milliseconds, lifetimeEndsAt: Instant) -> Instant {
        min(now.advanced(by: ttl), lifetimeEndsAt)
    }

    /// Whether a session that was authenticated then counts as fresh now.
    public func isFresh(authenticatedAt: Instant, now: Instant) -> Bool {
        freshAge == .zero || now.since(authenticatedAt) < freshAge
    }
}
