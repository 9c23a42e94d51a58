// Deciding: what a command changes, worked out from the state, the policy, the time and the random numbers that it is
// given. Nothing here changes the store; what is returned does, once it is applied.

/// What a session is to begin with.
public struct NewSession: Sendable {
    /// Whose it is.
    public var userID: UserID?
    /// Its data: a compact JSON object of at most `SessionLimit.data` bytes.
    public var data: [UInt8]
    /// When it is to end; nil leaves it to the policy.
    public var end: SessionEnd?
    /// Its own absolute limit; nil leaves it to the policy, zero means none.
    public var lifetime: Milliseconds?
    /// The address of the browser; empty for none.
    public var ip: [UInt8]
    /// The browser; empty for none.
    public var userAgent: [UInt8]

    /// Makes a description of a session.
    public init(
        userID: UserID?,
        data: [UInt8],
        end: SessionEnd? = nil,
        lifetime: Milliseconds? = nil,
        ip: [UInt8] = [],
        userAgent: [UInt8] = []
    ) {
        self.userID = userID
        self.data = data
        self.end = end
        self.lifetime = lifetime
        self.ip = ip
        self.userAgent = userAgent
    }
}

/// When a session is to end if nothing touches it.
public enum SessionEnd: Equatable, Sendable {
    /// This long after each touch.
    case ttl(Milliseconds)
    /// At this instant; a later touch adds as much as there was from now to then.
    case at(Instant)

    func ttl(now: Instant) -> Milliseconds {
        switch self {
        case .ttl(let ttl): ttl
        case .at(let instant): instant.since(now)
        }
    }
}

/// Why a command was refused. Nothing was changed.
public enum Refusal: Error, Equatable, Sendable {
    /// The token was revoked and its session would not have ended yet.
    case revoked(at: Instant, cause: [UInt8])
    /// The session is there already, at this version, though it had to be new.
    case exists(version: UInt32)
    /// The session is at this version, not at the one that was expected.
    case versionMismatch(version: UInt32)
    /// The session is not there, though it had to be.
    case missing
    /// The token was replaced by another one.
    case rotated
    /// The user has as many sessions as the policy allows.
    case full(limit: Int)
}

/// What `put` demands of the token.
public enum PutCondition: Sendable {
    case none
    case mustNotExist
    case mustExist
}

extension SessionStore {
    /// Decides a new session under a new token.
    public func create(
        _ new: NewSession,
        now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> (token: Token, change: Change) {
        let token = Token(using: &generator)
        return (token, .created(begin(new, tokenHash: token.hash, now: now, using: &generator)))
    }

    /// Decides a session under a token of the caller's choice, new or in place of what it has.
    ///
    /// A session that is there keeps its id, its limits and, when none is given, its user; it counts as touched.
    ///
    /// - Returns: The changes to commit in this order, and whether the session is new.
    public func put(
        _ tokenHash: TokenHash,
        _ new: NewSession,
        condition: PutCondition,
        now: Instant,
        using generator: inout some RandomNumberGenerator
    ) throws(Refusal) -> (changes: [Change], isNew: Bool) {
        switch presence(of: tokenHash, now: now) {
        case .absent(.revoked(let instant, let cause)):
            throw .revoked(at: instant, cause: cause)
        case .absent(.rotated):
            throw .rotated
        case .absent:
            if condition == .mustExist { throw .missing }
            let ended = slot(of: tokenHash)
            let remains: [Change] = ended == .none ? [] : [.expired(slab[ended].id)]
            return (remains + [.created(begin(new, tokenHash: tokenHash, now: now, using: &generator))], true)
        case .live(let slot):
            if condition == .mustNotExist { throw .exists(version: slab[slot].version) }
            var session = copy(of: slot)
            session.touch(end: new.end, now: now)
            let keepsContent = session.data == new.data && (new.userID == nil || new.userID == session.userID)
            if keepsContent { return ([.touched(session.lastTouch)], false) }
            session.replaceData(with: new.data)
            session.userID = new.userID ?? session.userID
            return ([.updated(session)], false)
        }
    }

    /// Decides a refresh of a living session: a touch that is made whatever the touch interval, with a new end or new
    /// data if they are given.
    public func refresh(_ slot: Slot, end: SessionEnd?, data: [UInt8]?, now: Instant) -> Change {
        var session = copy(of: slot)
        session.touch(end: end, now: now)
        guard let data, session.replaceData(with: data) else { return .touched(session.lastTouch) }
        return .updated(session)
    }

    /// Decides a new token for a living session, which is touched, too.
    ///
    /// - Parameters:
    ///   - isAuthenticated: Whether the user has just proved who they are: freshness and lifetime begin again.
    ///   - end: A new end.
    ///   - data: New data.
    /// - Returns: The token, which exists only here, and the change.
    public func rotate(
        _ slot: Slot,
        isAuthenticated: Bool,
        end: SessionEnd?,
        data: [UInt8]?,
        now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> (token: Token, change: Change) {
        let token = Token(using: &generator)
        var session = copy(of: slot)
        let replaced = ReplacedToken(tokenHash: session.tokenHash, id: session.id, at: now)
        session.tokenHash = token.hash
        if isAuthenticated { session.authenticate(now: now) }
        session.touch(end: end, now: now)
        session.data = data ?? session.data
        session.countVersion()
        return (token, .rotated(Rotation(session: session, replaced: replaced)))
    }

    /// Decides that the user of a living session has just proved who they are, without a new token.
    public func authenticate(_ slot: Slot, end: SessionEnd?, data: [UInt8]?, now: Instant) -> Change {
        var session = copy(of: slot)
        session.authenticate(now: now)
        session.touch(end: end, now: now)
        if let data { session.replaceData(with: data) }
        return .updated(session)
    }

    /// Decides new data for a living session.
    ///
    /// - Returns: The change; nil when the data is what it was.
    public func update(_ slot: Slot, data: [UInt8]) -> Change? {
        var session = copy(of: slot)
        return session.replaceData(with: data) ? .updated(session) : nil
    }

    private func begin(
        _ new: NewSession,
        tokenHash: TokenHash,
        now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Session {
        let ttl = new.end?.ttl(now: now) ?? policy.ttl
        let lifetimeEnd = Policy.lifetimeEnd(from: now, lifetime: new.lifetime ?? policy.lifetime)
        return Session(
            id: SessionID(using: &generator),
            tokenHash: tokenHash,
            userID: new.userID,
            createdAt: now,
            authenticatedAt: now,
            touchedAt: now,
            expiresAt: Policy.expiry(touchedAt: now, ttl: ttl, lifetimeEndsAt: lifetimeEnd),
            lifetimeEndsAt: lifetimeEnd,
            ttl: ttl,
            version: 1,
            ip: new.ip,
            userAgent: new.userAgent,
            data: new.data
        )
    }
}

extension Session {
    fileprivate mutating func touch(end: SessionEnd?, now: Instant) {
        if let end { ttl = end.ttl(now: now) }
        touchedAt = now
        expiresAt = Policy.expiry(touchedAt: now, ttl: ttl, lifetimeEndsAt: lifetimeEndsAt)
    }

    /// The lifetime is as long as it was before.
    fileprivate mutating func authenticate(now: Instant) {
        if lifetimeEndsAt != .distantFuture {
            lifetimeEndsAt = now.advanced(by: lifetimeEndsAt.since(authenticatedAt))
        }
        authenticatedAt = now
    }

    /// Returns whether that changed anything.
    @discardableResult
    fileprivate mutating func replaceData(with data: [UInt8]) -> Bool {
        guard self.data != data else { return false }
        self.data = data
        countVersion()
        return true
    }

    /// After the greatest version comes 1 again.
    fileprivate mutating func countVersion() { version = version == .max ? 1 : version + 1 }

    fileprivate var lastTouch: Touch { Touch(id: id, touchedAt: touchedAt, expiresAt: expiresAt, ttl: ttl) }
}
