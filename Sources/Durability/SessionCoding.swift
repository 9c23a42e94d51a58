// The bytes of sessions and tombstones, which are the same in snapshots and journals.

internal import Sessions

extension [UInt8] {
    mutating func append(_ id: SessionID) {
        let bytes = id.bytes
        append(contentsOf: bytes.span)
    }

    mutating func append(_ session: Session) {
        append(
            session.tokenHash,
            session.id,
            [
                session.createdAt, session.authenticatedAt, session.touchedAt, session.expiresAt,
                session.lifetimeEndsAt,
            ],
            session.ttl,
            version: session.version
        )
        append(string: session.userID?.bytes ?? [])
        append(string: session.ip)
        append(string: session.userAgent)
        append(string: session.data)
    }

    /// The same of a session that lies in a store.
    mutating func append(_ session: borrowing SessionView) {
        append(
            session.tokenHash,
            session.id,
            [
                session.createdAt, session.authenticatedAt, session.touchedAt, session.expiresAt,
                session.lifetimeEndsAt,
            ],
            session.ttl,
            version: session.version
        )
        append(string: session.user)
        append(string: session.ip)
        append(string: session.userAgent)
        append(string: session.data)
    }

    /// What has always the same length.
    private mutating func append(
        _ tokenHash: TokenHash,
        _ id: SessionID,
        _ instants: InlineArray<5, Instant>,
        _ ttl: Milliseconds,
        version: UInt32
    ) {
        append(tokenHash)
        append(id)
        for place in instants.indices { append(integer: instants[place].milliseconds) }
        append(integer: ttl.count)
        append(integer: version)
    }

    private mutating func append(_ tokenHash: TokenHash) {
        let bytes = tokenHash.inlineBytes
        append(contentsOf: bytes.span)
    }

    mutating func append(_ replaced: ReplacedToken) {
        append(replaced.tokenHash)
        append(replaced.id)
        append(integer: replaced.at.milliseconds)
    }

    mutating func append(_ tombstone: Tombstone) {
        append(tombstone.tokenHash)
        append(tombstone.id)
        append(integer: tombstone.expiresAt.milliseconds)
        append(integer: tombstone.revokedAt.milliseconds)
        append(string: tombstone.cause)
    }
}

extension BinaryReader {
    private mutating func tokenHash() -> TokenHash? {
        guard let bytes = slice(TokenHash.byteCount) else { return nil }
        return TokenHash(bytes: bytes.span)
    }

    mutating func sessionID() -> SessionID? {
        guard let bytes = slice(SessionID.byteCount) else { return nil }
        return SessionID(bytes: bytes.span)
    }

    mutating func instant() -> Instant? {
        integer(Int64.self).map(Instant.init(milliseconds:))
    }

    mutating func session() -> Session? {
        read { cursor in
            guard let stored = cursor.session() else { return nil }
            return Session(stored)
        }
    }

    mutating func replacedToken() -> ReplacedToken? {
        guard let tokenHash = tokenHash(), let id = sessionID(), let at = instant() else { return nil }
        return ReplacedToken(tokenHash: tokenHash, id: id, at: at)
    }

    mutating func tombstone() -> Tombstone? {
        guard let tokenHash = tokenHash(), let id = sessionID(), let expiresAt = instant(), let revokedAt = instant(),
            let cause = string(limit: SessionLimit.cause)
        else { return nil }
        return Tombstone(id: id, tokenHash: tokenHash, expiresAt: expiresAt, revokedAt: revokedAt, cause: cause)
    }
}

extension ByteCursor {
    private mutating func instant() -> Instant? { integer(Int64.self).map(Instant.init(milliseconds:)) }

    @_lifetime(copy self)
    mutating func session() -> StoredSession? {
        guard let hash = slice(TokenHash.byteCount), let tokenHash = TokenHash(bytes: hash),
            let handle = slice(SessionID.byteCount), let id = SessionID(bytes: handle),
            let createdAt = instant(), let authenticatedAt = instant(), let touchedAt = instant(),
            let expiresAt = instant(), let lifetimeEndsAt = instant(), let ttl = integer(Int64.self),
            let version = integer(UInt32.self), let user = string(limit: UserID.longest),
            let ip = string(limit: SessionLimit.ip), let userAgent = string(limit: SessionLimit.userAgent),
            let data = string(limit: SessionLimit.data)
        else { return nil }
        return StoredSession(
            id: id,
            tokenHash: tokenHash,
            createdAt: createdAt,
            authenticatedAt: authenticatedAt,
            touchedAt: touchedAt,
            expiresAt: expiresAt,
            lifetimeEndsAt: lifetimeEndsAt,
            ttl: Milliseconds(ttl),
            version: version,
            user: user,
            ip: ip,
            userAgent: userAgent,
            data: data
        )
    }
}
