// The operations that callers make, each done in the store and in the model and compared at once: the answer
// first, then the session that it was about.

import TestSupport

@testable import Sessions

extension ModelRun {
    mutating func create() throws {
        var wishes = anyWishes()
        wishes.lifetime = any(of: [nil, nil, nil, 0, 1000, 90_000_000])
        latest = { [wishes] in "creating \(wishes)" }
        let new = NewSession(
            userID: wishes.user,
            data: wishes.data,
            end: wishes.end,
            lifetime: wishes.lifetime.map { Milliseconds($0) }
        )
        let (token, change) = scenario.store.create(new, now: scenario.now, using: &scenario.generator)
        guard case .created(let session) = change else { return try check(false, "\(change)") }
        scenario.commit(change)
        model.create(id: session.id, token: token.hash, wishes)
        try compare(token.hash)
        count("create")
    }

    mutating func put() throws {
        let (token, wishes) = (anyToken(), anyWishes())
        let condition = any(of: [PutCondition.none, .none, .none, .mustExist, .mustNotExist])
        latest = { "putting \(wishes), \(condition)" }
        let new = NewSession(userID: wishes.user, data: wishes.data, end: wishes.end)
        var id: SessionID?
        var result: NaiveModel.PutResult
        let changes: [Change]
        do {
            let decision = try scenario.store.put(
                token,
                new,
                condition: condition,
                now: scenario.now,
                using: &scenario.generator
            )
            changes = decision.changes
            result = decision.isNew ? .new : .changed
        } catch {
            changes = []
            result = .refused(error)
        }
        for change in changes {
            if case .created(let session) = change { id = session.id }
            if case .expired(let id) = change { try check(model.entry(id).map(model.isOver) == true, "\(id) lives") }
            scenario.commit(change)
        }
        let expected = model.put(token, wishes, condition, id: id)
        try check(result == expected, "\(result) instead of \(expected)")
        try compare(token)
        count("put, \(condition): \(result.name)")
    }

    mutating func lookup() throws {
        let (token, mayTouch) = (anyToken(), !generator.oneIn(3))
        latest = { "looking up" }
        let lookup = scenario.lookup(token, mayTouch: mayTouch)
        let touches = mayTouch && model.lookup(token)
        guard let place = model.living(token), case let entry = model.entries[place] else {
            try check(lookup.touch == nil && !lookup.isFresh, "\(lookup)")
            try compare(token)
            return count("lookup: absent")
        }
        let session = entry.session
        let touch = Touch(
            id: session.id,
            touchedAt: session.touchedAt,
            expiresAt: session.expiresAt,
            ttl: session.ttl
        )
        try check(lookup.touch == (touches ? touch : nil), "\(String(describing: lookup.touch)) for \(entry)")
        try check(lookup.isFresh == model.isFresh(entry), "fresh: \(lookup.isFresh) for \(entry)")
        try compare(token)
        count("lookup: \(touches ? "touched" : "found")")
    }

    /// A new token, or the end of a session whose old token somebody comes with.
    mutating func rotate() throws {
        let (token, end, data) = (anyToken(), anyEnd(), generator.oneIn(2) ? nil : anyData())
        let isAuthenticated = generator.oneIn(3)
        latest = { "rotating with \(String(describing: end)), authenticated: \(isAuthenticated)" }
        switch scenario.store.presence(of: token, now: scenario.now) {
        case .live(let slot):
            let (fresh, change) = scenario.store.rotate(
                slot,
                isAuthenticated: isAuthenticated,
                end: end,
                data: data,
                now: scenario.now,
                using: &scenario.generator
            )
            scenario.commit(change)
            try check(model.living(token) != nil, "found")
            model.rotate(token, to: fresh.hash, authenticated: isAuthenticated, end: end, data: data)
            try compare(fresh.hash)
            count("rotate")
        case .absent(.rotated):
            let slot = scenario.store.session(thatHad: token, now: scenario.now)
            let id = slot.map { scenario.store.id(of: $0) }
            try check(id != nil && id == model.entry(token)?.id, "\(String(describing: id))")
            if let id { try revoke(.session(id)) }
            count("reuse")
        case .absent: break
        }
        try compare(token)
    }

    mutating func refresh() throws {
        let (token, end, data) = (anyToken(), anyEnd(), generator.oneIn(2) ? nil : anyData())
        latest = { "refreshing with \(String(describing: end)) and \(String(describing: data))" }
        guard case .live(let slot) = scenario.store.presence(of: token, now: scenario.now) else {
            return try compare(token)
        }
        scenario.commit(scenario.store.refresh(slot, end: end, data: data, now: scenario.now))
        try check(model.living(token) != nil, "found")
        model.refresh(token, end: end, data: data)
        try compare(token)
        count("refresh")
    }

    mutating func update() throws {
        let (token, data) = (anyToken(), anyData())
        latest = { "updating with \(data)" }
        guard case .live(let slot) = scenario.store.presence(of: token, now: scenario.now) else {
            return try compare(token)
        }
        let change = scenario.store.update(slot, data: data)
        if let change { scenario.commit(change) }
        try check(model.living(token) != nil, "found")
        try check(model.update(token, data: data) == (change != nil), "\(String(describing: change))")
        try compare(token)
        count("update: \(change == nil ? "same" : "changed")")
    }

    mutating func revoke() throws {
        let user = any(of: users)
        let id = anyID()
        switch Int.random(in: 0..<8, using: &generator) {
        case ..<6: try revoke(.session(id))
        case 6: try revoke(.user(user, except: nil))
        default: try revoke(.user(user, except: model.list(user).randomElement(using: &generator)?.id ?? id))
        }
        try compare(id)
    }

    mutating func revokeEveryone() throws { try revoke(.everyone) }

    mutating func carryOutRevocations() {
        var budget = Int.random(in: 0...20, using: &generator)
        if scenario.store.standingRevocationCount > 0 { count("carried out") }
        scenario.store.carryOutRevocations(budget: &budget)
    }

    private mutating func revoke(_ scope: Revocation.Scope) throws {
        latest = { "revoking \(scope)" }
        let cause = any(of: ["", "logout", "password"])
        let isPrompt = scenario.store.isPrompt(scope)
        let count = scenario.revoke(scope, cause: cause)
        let expected = model.revoke(scope, cause: Array(cause.utf8))
        // Of many, those may count, too, that have ended by themselves and were not swept yet.
        let tolerance = isPrompt ? 0 : model.entries.count { model.isOver($0) }
        try check(abs(count - expected) <= tolerance, "\(count) instead of \(expected)")
        if !isPrompt, count > 0 {
            self.count(scenario.store.standing.count > 1 ? "revoke: standing, twice" : "revoke: standing")
        }
        self.count("revoke: \(scope.name)\(count == 0 ? ", nothing" : "")")
    }

    /// Turns all pages of a user's list, and then those behind a cursor of long ago.
    mutating func list() throws {
        let (user, limit) = (any(of: users), Int.random(in: 1...8, using: &generator))
        latest = { "listing \(limit) a page" }
        var (seen, cursor): ([Session], ListCursor?) = ([], nil)
        repeat {
            let page = scenario.list(user, after: cursor, limit: limit)
            try check(page.count <= limit, "a page of \(page.count)")
            seen += page
            cursor = page.last?.cursor
            if let cursor, generator.oneIn(20) { cursors.append((user, cursor)) }
        } while cursor != nil && seen.count <= model.entries.count
        try compare(list: seen, with: model.list(user))

        guard !cursors.isEmpty else { return }
        if cursors.count > 40 { cursors.removeFirst() }
        let old = any(of: cursors)
        latest = { "listing behind \(old)" }
        let rest = scenario.list(old.user, after: old.cursor)
        let expected = model.list(old.user)
        let limitInstant = old.cursor.createdAt
        try compare(
            list: rest.filter { $0.createdAt != limitInstant },
            with: expected.filter { $0.created < limitInstant.milliseconds }
        )
        try check(!rest.contains { $0.id == old.cursor.id }, "the session of the cursor comes again")
        count("list")
    }
}

extension NaiveModel.PutResult {
    fileprivate var name: String {
        switch self {
        case .new: "new"
        case .changed: "changed"
        case .refused(.revoked): "revoked"
        case .refused(let refusal): "\(refusal)".prefix { $0 != "(" }.description
        }
    }
}

extension Revocation.Scope {
    fileprivate var name: String {
        switch self {
        case .session: "session"
        case .user(_, nil): "user"
        case .user: "user except"
        case .everyone: "everyone"
        }
    }
}
