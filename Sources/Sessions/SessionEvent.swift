// What a change means to who watches: which sessions it touches, and how. Worked out before the change is applied, since a
// revocation of many names none of them.

/// What happened to one session.
public struct SessionEvent: Equatable, Sendable {
    /// The ways in which a session changes, by their names on the wire.
    public enum Kind: String, CaseIterable, Sendable {
        case created
        case updated
        case touched
        case rotated
        case revoked
        case expired
    }

    /// The number of the change; those of a revocation of many have the same.
    public let sequence: UInt64
    /// What happened.
    public let kind: Kind
    /// To which session.
    public let id: SessionID
    /// Whose session it is, as UTF-8; empty for nobody's.
    public let user: [UInt8]
    /// When.
    public let at: Instant
    /// Why it was revoked, in the caller's words; empty when nothing was said.
    public let cause: [UInt8]
    /// Whether it came after others of the same change, or of later ones, may have been told already.
    public let isLate: Bool

    /// Notes what happened.
    public init(
        sequence: UInt64,
        kind: Kind,
        id: SessionID,
        user: [UInt8],
        at: Instant,
        cause: [UInt8] = [],
        isLate: Bool = false
    ) {
        self.sequence = sequence
        self.kind = kind
        self.id = id
        self.user = user
        self.at = at
        self.cause = cause
        self.isLate = isLate
    }

    /// What a change means to the one session that it changes; nil when it changes none, or many.
    public init?(_ change: Change, sequence: UInt64, on occasion: Occasion) {
        func event(_ kind: Kind, _ id: SessionID, _ user: [UInt8], cause: [UInt8] = []) -> SessionEvent {
            SessionEvent(sequence: sequence, kind: kind, id: id, user: user, at: occasion.at, cause: cause)
        }
        switch (change, occasion.circumstance) {
        case (.created(let session), _): self = event(.created, session.id, session.userID?.bytes ?? [])
        case (.updated(let session), _): self = event(.updated, session.id, session.userID?.bytes ?? [])
        case (.rotated(let rotation), _):
            self = event(.rotated, rotation.session.id, rotation.session.userID?.bytes ?? [])
        case (.touched(let touch), .session(let user)): self = event(.touched, touch.id, user)
        case (.expired(let id), .session(let user)): self = event(.expired, id, user)
        case (.revoked(let revocation), .session(let user)):
            guard case .session(let id) = revocation.scope else { return nil }
            self = event(.revoked, id, user, cause: revocation.cause)
        default: return nil
        }
    }

    /// What a revocation of many means to one session, when it is carried out on it: it is numbered as the last change so
    /// far, since those before it may have been told already.
    public init(_ revoked: RevokedSession, sequence: UInt64) {
        self.init(
            sequence: sequence,
            kind: .revoked,
            id: revoked.id,
            user: revoked.user,
            at: revoked.at,
            cause: revoked.cause,
            isLate: true
        )
    }
}

extension SessionStore {
    /// Says what a change is going to mean, if it is applied now under this number.
    ///
    /// - Parameters:
    ///   - occasion: When, and what it meets.
    ///   - tell: Told of each event.
    public func events(
        of change: Change,
        sequence: UInt64,
        on occasion: Occasion,
        _ tell: (SessionEvent) -> Void
    ) {
        if let event = SessionEvent(change, sequence: sequence, on: occasion) { return tell(event) }
        // Of a revocation that is carried out later, each session is told of at that time.
        guard case .revoked(let revocation) = change, occasion.circumstance == .few else { return }
        for slot in slots(in: revocation) {
            tell(
                SessionEvent(
                    sequence: sequence,
                    kind: .revoked,
                    id: slab[slot].id,
                    user: slab.payload(of: slot).user.array,
                    at: occasion.at,
                    cause: revocation.cause
                )
            )
        }
    }

    private func slots(in revocation: Revocation) -> [Slot] {
        switch revocation.scope {
        case .session: return []
        case .user(let user, let except):
            return sessions(of: user, now: revocation.at).filter { slab[$0].id != except }
        case .everyone:
            return (1..<slab.unused).map { Slot(index: $0) }
                .filter { isLiving($0, now: revocation.at) }
        }
    }
}
