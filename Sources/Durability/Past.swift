// What watchers may have missed while no daemon ran, from the journals: the events of the last changes that are there
// without a gap, and which histories these belong to. Nothing here needs the state at the time of a change; only whom a
// revocation of many has ended is seen from the tombstones that it left.

public import Sessions

/// The last changes, as watchers are told of them.
public struct Past: Sendable {
    /// A history that this one goes on from.
    public struct Ancestor: Equatable, Sendable {
        /// Its name.
        public let epoch: Epoch
        /// The last change that both have.
        public let end: UInt64

        /// Notes a history.
        public init(epoch: Epoch, end: UInt64) {
            self.epoch = epoch
            self.end = end
        }
    }

    /// The change after which nothing is missing.
    public let since: UInt64
    /// What happened since, oldest first.
    public private(set) var events: [SessionEvent]
    /// The histories in which those who come back may have been told before.
    public let ancestors: [Ancestor]

    /// No past: nobody who was told of something up to this change can go on from there.
    public init(since sequence: UInt64) {
        self.init(since: sequence, events: [], ancestors: [])
    }

    init(since sequence: UInt64, events: [SessionEvent], ancestors: [Ancestor]) {
        since = sequence
        self.events = events
        self.ancestors = ancestors
    }

    /// Hands the events out, to be kept elsewhere.
    public mutating func takeEvents() -> [SessionEvent] {
        defer { events = [] }
        return events
    }

    /// Whether a number that was told in a history means the same in this one, and all that came after it is here.
    public func goesOn(from epoch: Epoch, after sequence: UInt64) -> Bool {
        // Who saw exactly the change before the first one here may have seen a part of what it did.
        guard sequence > since || sequence == 0 && since == 0 else { return false }
        return ancestors.contains { $0.epoch == epoch && sequence <= $0.end }
    }
}

/// The past as it is read from journals, record by record.
struct PastReading {
    private enum Entry {
        case event(SessionEvent)
        /// A revocation of all of a user's sessions.
        case revocation(Revocation, of: UserID, isLate: Bool)
        /// A tombstone that such a revocation left has ended since.
        case ended(SessionID, revokedBy: UInt64)

        var isLate: Bool {
            if case .revocation(_, _, let isLate) = self { return isLate }
            return false
        }
    }

    /// The change after which nothing is missing; nil when nothing was read.
    private(set) var since: UInt64?
    /// The last change that was read.
    private(set) var end: UInt64 = 0
    private var entries: [(sequence: UInt64, entry: Entry)] = []
    private var ancestors: [Past.Ancestor] = []
    /// Who was told in this history may not go on: what came last there cannot be told again.
    private var barred: Epoch?
    private var present: Epoch?
    let limit: Int

    /// - Parameter limit: How many events are wanted; none for 0.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether there is no use in reading what came before.
    var isFull: Bool { entries.count >= limit || barred != nil }

    /// Goes on with a journal.
    mutating func begin(after start: UInt64, epoch: Epoch?) {
        if since == nil || start != end { forget(upTo: start) }
        present = epoch
        end = start
        note(end: start)
    }

    mutating func read(_ record: JournalRecord) {
        guard limit > 0 else { return }
        note(end: record.sequence)
        guard let occasion = record.occasion else { return forget(upTo: record.sequence) }
        if let event = SessionEvent(record.change, sequence: record.sequence, on: occasion) {
            return append(.event(event), record.sequence)
        }
        switch (record.change, occasion.circumstance) {
        case (.expired(let id), .tombstone(let sequence)): append(.ended(id, revokedBy: sequence), record.sequence)
        case (.revoked(let revocation), .few), (.revoked(let revocation), .many):
            guard case .user(let user, _) = revocation.scope else { return bar(upTo: record.sequence) }
            let isLate = occasion.circumstance == .many
            append(.revocation(revocation, of: user, isLate: isLate), record.sequence)
        default: break
        }
    }

    /// Puts what was read of the journal before in front, if they meet.
    ///
    /// - Returns: Whether they do.
    mutating func prepend(_ older: PastReading) -> Bool {
        guard older.since != nil, older.end == since else { return false }
        since = older.since
        entries = older.entries + entries
        let known = Set(ancestors.map(\.epoch))
        ancestors = older.ancestors.filter { !known.contains($0.epoch) } + ancestors
        if let barred = older.barred { ancestors.removeAll { $0.epoch == barred } }
        barred = barred ?? older.barred
        return true
    }

    /// What comes of it, when a recovery has ended with this store.
    func finish(_ store: borrowing SessionStore) -> Past {
        guard let since, end == store.sequence, limit > 0 else { return Past(since: store.sequence) }
        let revoked = sessions(revokedIn: store)
        var events: [SessionEvent] = []
        var late: [SessionEvent] = []
        for (sequence, entry) in entries {
            switch entry {
            case .event(let event): events.append(event)
            case .ended: break
            case .revocation(let revocation, let user, let isLate):
                for id in revoked[sequence] ?? [] {
                    let event = SessionEvent(
                        // How far it had been told of when the daemon ended nobody knows: it is told of as what came last.
                        sequence: isLate ? store.sequence : sequence,
                        kind: .revoked,
                        id: id,
                        user: user.bytes,
                        at: revocation.at,
                        cause: revocation.cause,
                        isLate: isLate
                    )
                    if isLate { late.append(event) } else { events.append(event) }
                }
            }
        }
        return Past(since: since, events: events + late, ancestors: ancestors)
    }

    /// Whom revocations of many have ended: it is seen from the tombstones, those that are there and those that are not.
    private func sessions(revokedIn store: borrowing SessionStore) -> [UInt64: [SessionID]] {
        var sessions: [UInt64: [SessionID]] = [:]
        for case (let sequence, .revocation) in entries { sessions[sequence] = [] }
        if sessions.isEmpty { return sessions }
        for case (_, .ended(let id, let sequence)) in entries { sessions[sequence]?.append(id) }
        store.forEachTombstone(of: Set(sessions.keys)) { id, sequence in sessions[sequence]?.append(id) }
        return sessions
    }

    private mutating func note(end sequence: UInt64) {
        end = sequence
        guard let present, present != barred else { return }
        if ancestors.last?.epoch == present { ancestors.removeLast() }
        ancestors.append(Past.Ancestor(epoch: present, end: sequence))
    }

    private mutating func append(_ entry: Entry, _ sequence: UInt64) {
        entries.append((sequence, entry))
        guard entries.count >= 2 * limit else { return }
        let dropped = entries.prefix(entries.count - limit)
        // Who was told amid one that is carried out little by little may have seen changes long after it.
        if dropped.contains(where: { $0.entry.isLate }) { return bar(upTo: sequence) }
        since = dropped.last?.sequence
        entries.removeFirst(dropped.count)
    }

    private mutating func forget(upTo sequence: UInt64) {
        since = sequence
        entries = []
    }

    /// Nobody goes on who was told before this change or in the same history: what was told last cannot be told again. One
    /// that has ended everyone's sessions is such a change, since whose they were is not known any more.
    private mutating func bar(upTo sequence: UInt64) {
        forget(upTo: sequence)
        ancestors = []
        barred = present
    }
}
