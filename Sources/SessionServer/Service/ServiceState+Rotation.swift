// Rotation: a session gets a new token, and the one before it goes on naming the session for a short while, for requests
// that were under way. Who comes with it after that has a copy that nobody should have.

internal import JSONRPC
internal import Sessions

extension ServiceState {
    /// Gives a living session a new token, or the one that a race for it has just given it.
    ///
    /// - Returns: The token to hand out.
    mutating func rotate(
        _ slot: Slot,
        isAuthenticated: Bool,
        end: SessionEnd?,
        data: [UInt8]?,
        _ call: borrowing Call
    ) -> Token? {
        guard let presented = call.token() else { return nil }
        let now = call.now
        // The same token can name another session by now: one that was put when the first had ended.
        if let token = successors.token(of: presented, now: now),
            store.presence(of: token.hash, now: now) == .live(slot)
        {
            commitAwaited(
                isAuthenticated
                    ? store.authenticate(slot, end: end, data: data, now: now)
                    : store.refresh(slot, end: end, data: data, now: now)
            )
            return token
        }
        let (token, change) = store.rotate(
            slot,
            isAuthenticated: isAuthenticated,
            end: end,
            data: data,
            now: now,
            using: &generator
        )
        let until = now.advanced(by: store.policy.rotationGrace)
        if case .rotated(let rotation) = change {
            successors.remember(token, of: rotation.replaced.tokenHash, until: until)
            // After a restart within the grace, the token that was replaced first is presented again.
            if presented != rotation.replaced.tokenHash {
                successors.remember(token, of: presented, until: until)
            }
        }
        commitAwaited(change)
        return token
    }

    /// Ends a session whose replaced token was presented after the grace (RFC 9700, section 4.14.2): of the two who hold
    /// its tokens one is a thief.
    mutating func revokeReused(_ call: borrowing Call, to output: inout ByteBuffer) {
        guard let token = call.token(), let slot = store.session(thatHad: token, now: call.now) else {
            return write(.unknown, to: &output)
        }
        let id = store.id(of: slot)
        let cause = Array("reuse".utf8)
        if let change = store.revoke(.session(id), cause: cause, now: call.now).change { commitAwaited(change) }
        write(.revoked(at: call.now, cause: cause), to: &output)
    }
}
