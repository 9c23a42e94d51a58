// The rules of the protocol written a second time, as plainly as can be: an array, linear search, bare numbers. It
// shares no arithmetic with the store; what the store draws at random (ids, tokens) it is told.

@testable import Sessions

struct NaiveModel {
    struct Entry {
        var id: SessionID
        var token: TokenHash
        var user: UserID?
        /// The tokens that it had before and that are remembered, oldest first.
        var replaced: [(token: TokenHash, at: Int64)] = []
        var created: Int64
        var authenticated: Int64
        var touched: Int64
        var expires: Int64
        /// When the lifetime is over; nil for never.
        var lifetimeEnd: Int64?
        var ttl: Int64
        var version: UInt32 = 1
        var data: [UInt8]
        var revoked: (at: Int64, cause: [UInt8])?
        /// Whether the store may have forgotten that this has ended, or how.
        var mayBeForgotten = false
    }

    /// What a put or a creation may bring.
    struct Wishes {
        var user: UserID?
        var data: [UInt8]
        var end: SessionEnd?
        var lifetime: Int64?
    }

    enum PutResult: Equatable {
        case new
        case changed
        case refused(Refusal)
    }

    let ttl: Int64
    let touchInterval: Int64?
    let lifetime: Int64
    let freshAge: Int64
    let grace: Int64
    var now: Int64
    var entries: [Entry] = []

    init(policy: Policy, now: Instant) {
        ttl = policy.ttl.count
        touchInterval = policy.touchInterval?.count
        lifetime = policy.lifetime.count
        freshAge = policy.freshAge.count
        grace = policy.rotationGrace.count
        self.now = now.milliseconds
    }

    // MARK: Questions

    func isOver(_ entry: Entry) -> Bool { now >= entry.expires }

    func isAlive(_ entry: Entry) -> Bool { !isOver(entry) && entry.revoked == nil }

    func place(of token: TokenHash) -> Int? {
        for place in entries.indices {
            if entries[place].token == token || entries[place].replaced.contains(where: { $0.token == token }) {
                return place
            }
        }
        return nil
    }

    func place(of id: SessionID) -> Int? {
        for place in entries.indices where entries[place].id == id { return place }
        return nil
    }

    /// Whether a token was replaced so long ago that it names nothing any more.
    func isRotated(_ token: TokenHash) -> Bool {
        guard let replaced = entry(token)?.replaced.first(where: { $0.token == token }) else { return false }
        return now - replaced.at >= grace
    }

    /// The living session that a token names.
    func living(_ token: TokenHash) -> Int? {
        place(of: token).flatMap { isAlive(entries[$0]) && !isRotated(token) ? $0 : nil }
    }

    func entry(_ token: TokenHash) -> Entry? { place(of: token).map { entries[$0] } }

    func entry(_ id: SessionID) -> Entry? { place(of: id).map { entries[$0] } }

    /// What may be said of a token or an id that names this entry, or none, when no session is found.
    func absences(_ entry: Entry?) -> [Absence] {
        guard let entry else { return [.unknown] }
        if isAlive(entry) { return [] }
        guard isOver(entry) else {
            return entry.revoked.map { [.revoked(at: Instant(milliseconds: $0.at), cause: $0.cause)] } ?? []
        }
        if entry.revoked != nil { return [.unknown] }
        return entry.mayBeForgotten ? [.expired, .unknown] : [.expired]
    }

    func isFresh(_ entry: Entry) -> Bool { freshAge == 0 || now - entry.authenticated < freshAge }

    /// The living sessions of a user, newest first.
    func list(_ user: UserID) -> [Entry] {
        entries.filter { isAlive($0) && $0.user == user }.sorted { $0.created > $1.created }
    }

    // MARK: Commands

    mutating func create(id: SessionID, token: TokenHash, _ wishes: Wishes) {
        let longest = wishes.lifetime ?? lifetime
        var entry = Entry(
            id: id,
            token: token,
            user: wishes.user,
            created: now,
            authenticated: now,
            touched: now,
            expires: now,
            lifetimeEnd: longest == 0 ? nil : now + longest,
            ttl: ttl,
            data: wishes.data
        )
        use(&entry, end: wishes.end)
        entries.append(entry)
    }

    /// What a put comes to; a new session gets the id that the store drew.
    mutating func put(_ token: TokenHash, _ wishes: Wishes, _ condition: PutCondition, id: SessionID?) -> PutResult {
        guard let place = place(of: token), !isOver(entries[place]) else {
            guard condition != .mustExist else { return .refused(.missing) }
            if let place = place(of: token) { entries.remove(at: place) }
            if let id { create(id: id, token: token, wishes) }
            return .new
        }
        if let (instant, cause) = entries[place].revoked {
            return .refused(.revoked(at: Instant(milliseconds: instant), cause: cause))
        }
        if isRotated(token) { return .refused(.rotated) }
        guard condition != .mustNotExist else { return .refused(.exists(version: entries[place].version)) }
        if let user = wishes.user { entries[place].user = user }
        write(wishes.data, to: &entries[place])
        use(&entries[place], end: wishes.end)
        return .changed
    }

    /// Whether a lookup touches.
    mutating func lookup(_ token: TokenHash) -> Bool {
        guard let place = living(token) else { return false }
        let idle = entries[place].ttl
        var interval = idle / 7
        if let touchInterval { interval = touchInterval > idle / 2 ? idle / 2 : touchInterval }
        let before = entries[place].expires
        var touched = entries[place]
        use(&touched, end: nil)
        guard now - entries[place].touched >= interval, touched.expires != before else { return false }
        entries[place] = touched
        return true
    }

    mutating func refresh(_ token: TokenHash, end: SessionEnd?, data: [UInt8]?) {
        guard let place = place(of: token) else { return }
        use(&entries[place], end: end)
        if let data { write(data, to: &entries[place]) }
    }

    mutating func rotate(_ token: TokenHash, to fresh: TokenHash, authenticated: Bool, end: SessionEnd?, data: [UInt8]?)
    {
        guard let place = place(of: token) else { return }
        entries[place].replaced.append((entries[place].token, now))
        if entries[place].replaced.count > 16 { entries[place].replaced.removeFirst() }
        entries[place].token = fresh
        if authenticated {
            let longest = entries[place].lifetimeEnd.map { $0 - entries[place].authenticated }
            entries[place].lifetimeEnd = longest.map { now + $0 }
            entries[place].authenticated = now
        }
        use(&entries[place], end: end)
        if let data { entries[place].data = data }
        entries[place].version += 1
    }

    /// Whether the data changes.
    mutating func update(_ token: TokenHash, data: [UInt8]) -> Bool {
        guard let place = place(of: token) else { return false }
        return write(data, to: &entries[place])
    }

    /// How many sessions a revocation ends.
    mutating func revoke(_ scope: Revocation.Scope, cause: [UInt8]) -> Int {
        var count = 0
        for place in entries.indices where entries[place].revoked == nil {
            let entry = entries[place]
            let isMeant =
                switch scope {
                case .session(let id): entry.id == id
                case .user(let user, let except): entry.user == user && entry.id != except
                case .everyone: true
                }
            guard isMeant else { continue }
            if isOver(entry) {
                entries[place].mayBeForgotten = true
            } else {
                entries[place].revoked = (now, cause)
                count += 1
            }
        }
        return count
    }

    /// Forgets what the store says has ended; false when it has not, or was not there.
    mutating func forget(_ id: SessionID) -> Bool {
        guard let place = place(of: id), isOver(entries[place]) else { return false }
        entries.remove(at: place)
        return true
    }

    private func use(_ entry: inout Entry, end: SessionEnd?) {
        switch end {
        case .ttl(let own): entry.ttl = own.count
        case .at(let instant): entry.ttl = instant.milliseconds - now
        case nil: break
        }
        entry.touched = now
        entry.expires = now + entry.ttl
        if let limit = entry.lifetimeEnd, limit < entry.expires { entry.expires = limit }
    }

    @discardableResult
    private func write(_ data: [UInt8], to entry: inout Entry) -> Bool {
        guard entry.data != data else { return false }
        entry.data = data
        entry.version += 1
        return true
    }
}

extension NaiveModel.Entry {
    var session: Session {
        Session(
            id: id,
            tokenHash: token,
            userID: user,
            createdAt: Instant(milliseconds: created),
            authenticatedAt: Instant(milliseconds: authenticated),
            touchedAt: Instant(milliseconds: touched),
            expiresAt: Instant(milliseconds: expires),
            lifetimeEndsAt: lifetimeEnd.map { Instant(milliseconds: $0) } ?? .distantFuture,
            ttl: Milliseconds(ttl),
            version: version,
            ip: [],
            userAgent: [],
            data: data
        )
    }
}
