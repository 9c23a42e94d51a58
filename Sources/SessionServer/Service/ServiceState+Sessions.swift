// What the session methods share: finding the session that a call names, and merging a patch into its data.

internal import JSONRPC
internal import Sessions

extension ServiceState {
    func presence(of token: TokenHash?, now: Instant) -> Presence {
        guard let token else { return .absent(.unknown) }
        return store.presence(of: token, now: now)
    }

    func presence(of id: SessionID?, now: Instant) -> Presence {
        guard let id else { return .absent(.unknown) }
        return store.presence(of: id, now: now)
    }

    /// The living session that a token names; writes why there is none.
    func living(_ token: TokenHash?, now: Instant, orWriteTo output: inout ByteBuffer) -> Slot? {
        living(presence(of: token, now: now), orWriteTo: &output)
    }

    /// The session that was found alive; writes why there is none.
    func living(_ presence: Presence, orWriteTo output: inout ByteBuffer) -> Slot? {
        switch presence {
        case .live(let slot): return slot
        case .absent(let absence):
            write(absence, to: &output)
            return nil
        }
    }

    /// Whether changes add a session, and if they do, or give one to another user, to whom.
    ///
    /// - Returns: Nil when they do neither; a session of nobody has a user of nil.
    func newcomer(in changes: [Change]) -> UserID?? {
        for change in changes {
            switch change {
            case .created(let session): return .some(session.userID)
            case .updated(let session) where session.userID != nil && session.userID != store.userID(of: session.id):
                return .some(session.userID)
            default: continue
            }
        }
        return nil
    }

    /// A session's data with a merge patch applied.
    ///
    /// - Throws: 413 when the result is over the limit.
    mutating func merged(_ patch: [UInt8], at slot: Slot) throws(RPCError) -> [UInt8] {
        let result: [UInt8]
        do {
            let target = store.copy(of: slot).data
            // Reading it, name by name, takes longer than answering with it.
            hiddenWork += 4 * target.count
            result = try mergePatch(patch.span, into: target.span, wereRead: true)
        } catch {
            throw .internalError("stored data is not JSON: \(error.message)")
        }
        if result.count > SessionLimit.data { throw .tooLarge("data", limit: SessionLimit.data) }
        return result
    }

    /// Which sessions a call of `session.revoke` names; nil when it names none that is known.
    func scope(of which: ParameterName, _ call: borrowing Call) -> Revocation.Scope? {
        switch which {
        case .token: return call.token().flatMap { store.sessionID(of: $0) }.map { .session($0) }
        case .id: return call.sessionID().map { .session($0) }
        case .userId:
            let handle = call.handle(.except)
            // A token that a caller chose may look like an id, and is not to be kept: what names no session excepts none.
            let except = id(of: handle.token, now: call.now) ?? living(handle.id, now: call.now)
            return call.userID().map { .user($0, except: except) }
        default: return .everyone
        }
    }

    private func living(_ id: SessionID?, now: Instant) -> SessionID? {
        guard case .live = presence(of: id, now: now) else { return nil }
        return id
    }

    private func id(of token: TokenHash?, now: Instant) -> SessionID? {
        guard case .live(let slot) = presence(of: token, now: now) else { return nil }
        return store.id(of: slot)
    }

    /// Writes the session that a token names; it was just made.
    func writeSession(of token: TokenHash, now: Instant, to output: inout ByteBuffer) {
        guard case .live(let slot) = store.presence(of: token, now: now) else { return output.append("null") }
        write(slot, of: store, to: &output)
    }
}
