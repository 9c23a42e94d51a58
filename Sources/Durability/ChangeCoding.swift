// The bytes of a change in a journal, and of its occasion.

internal import Sessions

extension [UInt8] {
    mutating func append(_ change: Change) {
        switch change {
        case .created(let session):
            append(JournalFormat.RecordKind.created.rawValue)
            append(session)
        case .updated(let session):
            append(JournalFormat.RecordKind.updated.rawValue)
            append(session)
        case .touched(let touch):
            append(JournalFormat.RecordKind.touched.rawValue)
            append(touch.id)
            append(integer: touch.touchedAt.milliseconds)
            append(integer: touch.expiresAt.milliseconds)
            append(integer: touch.ttl.count)
        case .revoked(let revocation):
            append(JournalFormat.RecordKind.revoked.rawValue)
            append(revocation)
        case .expired(let id):
            append(JournalFormat.RecordKind.expired.rawValue)
            append(id)
        case .rotated(let rotation):
            append(JournalFormat.RecordKind.rotated.rawValue)
            append(rotation.replaced)
            append(rotation.session)
        }
    }

    mutating func append(_ occasion: Occasion) {
        append(integer: occasion.at.milliseconds)
        switch occasion.circumstance {
        case .plain: append(JournalFormat.CircumstanceKind.plain.rawValue)
        case .session(let user):
            append(JournalFormat.CircumstanceKind.session.rawValue)
            append(UInt8(user.count))
            append(contentsOf: user)
        case .tombstone(let sequence):
            append(JournalFormat.CircumstanceKind.tombstone.rawValue)
            append(integer: sequence)
        case .few: append(JournalFormat.CircumstanceKind.few.rawValue)
        case .many: append(JournalFormat.CircumstanceKind.many.rawValue)
        }
    }

    private mutating func append(_ revocation: Revocation) {
        append(integer: revocation.at.milliseconds)
        append(string: revocation.cause)
        switch revocation.scope {
        case .session(let id):
            append(JournalFormat.ScopeKind.session.rawValue)
            append(id)
        case .user(let user, let except):
            append(JournalFormat.ScopeKind.user.rawValue)
            append(string: user.bytes)
            append(except == nil ? 0 : 1)
            if let except { append(except) }
        case .everyone:
            append(JournalFormat.ScopeKind.everyone.rawValue)
        }
    }
}

extension BinaryReader {
    /// Reads what `append(_: Change)` wrote; nil when it is none.
    mutating func change() -> Change? {
        switch integer(UInt8.self).flatMap(JournalFormat.RecordKind.init(rawValue:)) {
        case .created: return session().map { .created($0) }
        case .updated: return session().map { .updated($0) }
        case .touched:
            guard let id = sessionID(), let touchedAt = instant(), let expiresAt = instant(),
                let ttl = integer(Int64.self)
            else { return nil }
            return .touched(Touch(id: id, touchedAt: touchedAt, expiresAt: expiresAt, ttl: Milliseconds(ttl)))
        case .revoked:
            guard let instant = instant(), let cause = string(limit: SessionLimit.cause), let scope = scope() else {
                return nil
            }
            return .revoked(Revocation(scope: scope, at: instant, cause: cause))
        case .expired: return sessionID().map { .expired($0) }
        case .rotated:
            guard let replaced = replacedToken(), let session = session() else { return nil }
            return .rotated(Rotation(session: session, replaced: replaced))
        case nil: return nil
        }
    }

    /// Reads what `append(_: Occasion)` wrote; nil when it is none.
    mutating func occasion() -> Occasion? {
        guard let at = instant(), let circumstance = circumstance() else { return nil }
        return Occasion(at: at, circumstance: circumstance)
    }

    private mutating func circumstance() -> Circumstance? {
        switch integer(UInt8.self).flatMap(JournalFormat.CircumstanceKind.init(rawValue:)) {
        case .plain: return .plain
        case .session:
            guard let count = integer(UInt8.self), let user = bytes(Int(count)) else { return nil }
            return .session(of: user)
        case .tombstone: return integer().map { .tombstone(of: $0) }
        case .few: return .few
        case .many: return .many
        case nil: return nil
        }
    }

    private mutating func scope() -> Revocation.Scope? {
        switch integer(UInt8.self).flatMap(JournalFormat.ScopeKind.init(rawValue:)) {
        case .session: return sessionID().map { .session($0) }
        case .user:
            guard let user = string(limit: UserID.longest).flatMap({ UserID($0) }) else { return nil }
            switch integer(UInt8.self) {
            case 0: return .user(user, except: nil)
            case 1: return sessionID().map { .user(user, except: $0) }
            default: return nil
            }
        case .everyone: return .everyone
        case nil: return nil
        }
    }
}
