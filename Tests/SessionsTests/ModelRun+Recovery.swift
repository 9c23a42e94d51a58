// What the daemon does besides answering: it sweeps, it walks a snapshot while operations go on, and it is started
// again from the snapshot and the changes since. And the comparison of everything with everything.

@testable import Sessions

extension ModelRun {
    mutating func sweep(budget: Int) throws {
        latest = { "sweeping" }
        var left = budget
        while let change = scenario.store.nextExpiry(now: scenario.now, budget: &left) {
            guard case .expired(let id) = change else { return try check(false, "\(change)") }
            let token = model.entry(id)?.token
            try check(model.forget(id), "\(id) has not ended")
            scenario.commit(change)
            if let token { remember(token, id) }
            count("swept")
        }
    }

    /// Goes on with a snapshot, or begins one.
    mutating func walkSnapshot() throws {
        latest = { "walking a snapshot" }
        let steps = Int.random(in: 1...100, using: &generator)
        for _ in 0..<steps { visitNextPlace() }
    }

    /// Starts again from a snapshot, begun now or some time ago, and the changes since it was begun.
    mutating func recover() throws {
        latest = { "recovering" }
        repeat { visitNextPlace() } while walk.map { $0.place < scenario.store.snapshotPlaces } == true
        guard let (entries, _, journalStart) = walk else { return }
        walk = nil
        let sequence = scenario.store.sequence
        let promptLimit = scenario.store.promptLimit
        scenario.store = SessionStore(policy: scenario.store.policy, now: scenario.now)
        scenario.store.promptLimit = promptLimit
        scenario.store.restore(entries)
        for _ in 0..<Int.random(in: 1...2, using: &generator) {
            for place in journalStart..<scenario.journal.count { scenario.replay(place) }
        }
        // Who recovers carries out what it replays.
        var budget = Int.max
        scenario.store.carryOutRevocations(budget: &budget)
        scenario.store.advance(to: sequence)
        for place in model.entries.indices where model.isOver(model.entries[place]) {
            model.entries[place].mayBeForgotten = true
        }
        try compareVisible()
        count("recovery: \(journalStart == scenario.journal.count ? "snapshot" : "snapshot and changes")")
    }

    private mutating func visitNextPlace() {
        var walk = walk ?? (entries: [], place: 0, journalStart: scenario.journal.count)
        if let entry = scenario.store.snapshotEntry(at: walk.place, now: scenario.now) { walk.entries.append(entry) }
        walk.place += 1
        self.walk = walk
    }

    private mutating func remember(_ token: TokenHash, _ id: SessionID) {
        past.append((token, id))
        if past.count > 50 { past.removeFirst() }
    }
}

// Comparing.
extension ModelRun {
    func compare(_ token: TokenHash) throws {
        let entry = model.entry(token)
        if let entry, model.isAlive(entry), model.isRotated(token) {
            return try check(scenario.absence(token) == .rotated, "\(token) still names \(entry)")
        }
        try compare(scenario.session(token), scenario.absence(token), with: entry)
    }

    func compare(_ id: SessionID) throws {
        try compare(scenario.session(id), scenario.absence(id), with: model.entry(id))
    }

    private func compare(_ session: Session?, _ absence: Absence?, with entry: NaiveModel.Entry?) throws {
        func found() -> String { session.map { "\($0)" } ?? absence.map { "\($0)" } ?? "nothing" }
        if let entry, model.isAlive(entry) {
            return try check(session == entry.session, "\(found())\ninstead of \(entry.session)")
        }
        let expected = model.absences(entry)
        try check(absence.map(expected.contains) == true, "\(found())\ninstead of \(expected)")
    }

    /// Sessions of one millisecond may come in any order.
    func compare(list: [Session], with expected: [NaiveModel.Entry]) throws {
        try check(
            list.map(\.createdAt.milliseconds) == expected.map(\.created),
            "began at \(list.map(\.createdAt.milliseconds)) instead of \(expected.map(\.created))"
        )
        let found = Dictionary(list.map { ($0.id, $0) }) { first, _ in first }
        try check(found.count == list.count, "sessions come more than once")
        for entry in expected { try check(found[entry.id] == entry.session, "\(entry) is missing or different") }
    }

    /// Compares all that callers can see now.
    func compareVisible() throws {
        for entry in model.entries {
            try compare(entry.token)
            for (token, _) in entry.replaced { try compare(token) }
            try compare(entry.id)
        }
        for (token, id) in past {
            try compare(token)
            try compare(id)
        }
        for user in users { try compare(list: scenario.list(user), with: model.list(user)) }
    }

    /// Compares everything, after a complete sweep on a whole second: nothing that has ended is left then.
    mutating func compareEverything() throws {
        pass(1000 - model.now % 1000)
        try sweep(budget: .max)
        latest = { "comparing everything" }
        for entry in model.entries where model.isOver(entry) {
            try check(entry.mayBeForgotten, "\(entry) was not swept")
            _ = model.forget(entry.id)
        }
        try compareVisible()
        var budget = Int.max
        scenario.store.carryOutRevocations(budget: &budget)
        try check(scenario.store.standingRevocationCount == 0, "a revocation is not carried out")
        try compareVisible()
        let (store, entries) = (counts, model.entries)
        let sessions = entries.filter { $0.revoked == nil }
        let bytes = entries.map { $0.revoked?.cause.count ?? $0.data.count + ($0.user?.bytes.count ?? 0) }
        let expected = [
            "sessions": sessions.count,
            "tombstones": entries.count - sessions.count,
            "users": Set(sessions.compactMap(\.user)).count,
            "bytes": bytes.reduce(0, +),
            "replaced": entries.map(\.replaced.count).reduce(0, +),
        ]
        try check(store == expected, "\(store) instead of \(expected)")
        for user in users {
            let count = scenario.store.sessionCount(of: user)
            try check(count == sessions.count { $0.user == user }, "\(count) of \(user)")
        }
    }

    private var counts: [String: Int] {
        [
            "sessions": scenario.store.sessionCount,
            "tombstones": scenario.store.tombstoneCount,
            "users": scenario.store.userCount,
            "bytes": scenario.store.payloadBytes,
            "replaced": scenario.store.replacedTokenCount,
        ]
    }
}
