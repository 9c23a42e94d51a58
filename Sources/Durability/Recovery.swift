// From the files of the state directory to a store: the newest snapshot that is whole, then the journals since it, in
// order. Nothing is written, so a recovery may be interrupted and repeated; and nothing is guessed: where the files do not
// give every acknowledged change, the start is refused and a person is told what to do.

public import Sessions

/// Loads the newest whole snapshot and replays the journals since it.
///
/// - Parameters:
///   - watchHistory: How many of the last changes are wanted for watchers that come back.
///   - progress: Called now and then while a long recovery goes on.
public func recover(
    from disk: any Disk,
    policy: Policy,
    now: Instant,
    watchHistory: Int = 0,
    progress: () -> Void = {}
) throws(RecoveryError) -> RecoveredState {
    let names: [String]
    do { names = try disk.list() } catch { throw .disk(error) }
    let snapshots = StateFileName.all(.snapshot, in: names)
    let journals = StateFileName.all(.journal, in: names)
    let generation = max(snapshots.last?.generation ?? 0, journals.last?.generation ?? 0)
    var damaged: [Damage] = []
    // The last attempt is without any snapshot: while the first one is the only one, the journals hold everything.
    for snapshot in snapshots.reversed().map(Optional.init) + [nil] {
        let since = journals.filter { snapshot == nil || $0.generation >= snapshot!.generation }
        var recovery = StateRecovery(disk: disk, policy: policy, now: now, watchHistory: watchHistory)
        recovery.report.damaged = damaged
        do throws(StateReadError) {
            if let snapshot { try recovery.load(snapshot, journal: since.first, progress: progress) }
            // What was passed over is all in older files only if they reach to a journal that was begun with it or later.
            if let first = damaged.first, let newest = snapshots.last, since.last.map({ $0 < newest }) ?? true {
                throw .damaged(first)
            }
            try recovery.replay(since.map(\.text), progress: progress)
            if let first = since.first { recovery.readPast(of: journals.filter { $0 < first }.reversed()) }
            return recovery.finish(generation: generation)
        } catch {
            switch error {
            case .damaged(let damage):
                // That the journals alone are not enough is news only when there is nothing else.
                if snapshot != nil || damaged.isEmpty, !damaged.contains(damage) { damaged.append(damage) }
                // What a newer daemon has written is not damaged, and what it means nobody here knows.
                if damage.isNewer { throw .damaged([damage]) }
            case .disk(let error): throw .disk(error)
            }
        }
    }
    throw .damaged(damaged)
}

/// Takes damaged snapshots out of the line of generations, so that none of them counts as the one to fall back on, and
/// keeps them for a person to look at.
public func setAside(_ damaged: [Damage], on disk: some Disk) throws(SystemError) {
    guard !damaged.isEmpty else { return }
    for damage in damaged { _ = try disk.setAside(damage.file) }
    try disk.syncDirectory()
}

/// A recovery that is under way from one snapshot.
private struct StateRecovery: ~Copyable {
    /// After how many entries or changes the progress is told.
    private static let stride = 65_536

    private let disk: any Disk
    private var store: SessionStore
    /// The last change up to which everything is in the store.
    private var sequence: UInt64 = 0
    private var past: PastReading
    /// What the first journal that was replayed needs of the one before it.
    private var needed: UInt64 = 0
    var report = RecoveryReport()

    init(disk: any Disk, policy: Policy, now: Instant, watchHistory: Int) {
        self.disk = disk
        past = PastReading(limit: watchHistory)
        store = SessionStore(policy: policy, now: now)
    }

    mutating func load(
        _ name: StateFileName,
        journal: StateFileName?,
        progress: () -> Void
    ) throws(StateReadError) {
        var reader = try SnapshotReader(name.text, on: disk)
        defer { reader.close() }
        var entries = 0
        // What has ended by now is loaded, too: a journal may hold a touch by which it goes on.
        while try reader.restoreNext(into: &store) {
            entries += 1
            if entries % Self.stride == 0 { progress() }
        }
        if reader.hasJournal, journal?.generation != name.generation {
            let missing = StateFileName(.journal, name.generation).text
            throw .damaged(Damage(file: name.text, offset: reader.offset, reason: "\(missing) is missing"))
        }
        store.finishRestoring()
        store.advance(to: reader.sequence)
        report.snapshot = name.text
        report.bytes += reader.offset
        sequence = reader.sequence
    }

    mutating func replay(_ names: [String], progress: () -> Void) throws(StateReadError) {
        var readers: [JournalReader] = []
        defer { for reader in readers { reader.close() } }
        for name in names { readers.append(try JournalReader(name, on: disk)) }
        needed = readers.first?.continues ?? 0
        for place in readers.indices {
            let successor = place + 1 < readers.count ? readers[place + 1].continues : nil
            try replay(&readers[place], upTo: successor, progress: progress)
        }
        // A daemon that was killed may have left a commit unsynced; from now on it counts.
        try readers.last?.sync()
        store.advance(to: sequence)
    }

    /// Replays a journal as far as its successor takes over. What lies behind that was never acknowledged: it is why
    /// there is a successor.
    private mutating func replay(
        _ reader: inout JournalReader,
        upTo end: UInt64?,
        progress: () -> Void
    ) throws(StateReadError) {
        guard reader.continues <= sequence else {
            throw .damaged(reader.gap("the changes from \(sequence + 1) to \(reader.continues) are missing before it"))
        }
        // It goes on from what only a snapshot holds that ran ahead.
        guard reader.start <= store.sequence else {
            throw .damaged(
                reader.gap("the changes from \(store.sequence + 1) to \(reader.start) are missing before it")
            )
        }
        report.journals.append(reader.name)
        past.begin(after: reader.start, epoch: reader.epoch)
        var last = reader.start
        while last < end ?? .max, let records = try reader.next() {
            for record in records where record.sequence <= end ?? .max {
                last = record.sequence
                past.read(record)
                store.apply(record.change, sequence: record.sequence)
                var budget = Int.max
                store.carryOutRevocations(budget: &budget)
                report.changes += 1
                if report.changes % Self.stride == 0 { progress() }
            }
        }
        report.bytes += reader.offset
        if let end, last < end {
            throw .damaged(
                reader.gap("its whole commits end with change \(last), and its successor begins after \(end)")
            )
        }
        if end == nil, reader.tornBytes > 0 {
            report.cut = RecoveryReport.Cut(file: reader.name, offset: reader.offset, bytes: reader.tornBytes)
        }
        sequence = max(sequence, last)
    }

    consuming func finish(generation: UInt64) -> RecoveredState {
        report.sessions = store.sessionCount
        report.tombstones = store.tombstoneCount
        let past = past.finish(store)
        return RecoveredState(store: store, report: report, generation: generation, complete: sequence, past: past)
    }
}

// The past.
extension StateRecovery {
    /// What an older journal may have, and all together, to be read: as much as takes a fraction of a second.
    private static let pastChanges: UInt64 = 1 << 18
    private static let pastBytes = 1 << 26

    /// Reads on into the past, in journals that the state does not need.
    ///
    /// - Parameter names: The newest first. Where one cannot be read, the past ends.
    mutating func readPast(of names: some Sequence<StateFileName>) {
        var bytes = 0
        for name in names where !past.isFull {
            guard let (journal, continues) = try? read(name.text, upTo: needed, bytes: &bytes), past.prepend(journal)
            else { return }
            needed = continues
        }
    }

    /// - Returns: What a journal holds up to a change, and what it needs of the one before it; nil when that is too much.
    private func read(
        _ name: String,
        upTo end: UInt64,
        bytes: inout Int
    ) throws(StateReadError) -> (PastReading, continues: UInt64)? {
        var reader = try JournalReader(name, on: disk)
        defer { reader.close() }
        guard reader.start <= end, end - reader.start <= Self.pastChanges else { return nil }
        var journal = PastReading(limit: past.limit)
        journal.begin(after: reader.start, epoch: reader.epoch)
        while journal.end < end, let records = try reader.next() {
            for record in records where record.sequence <= end { journal.read(record) }
            if bytes + reader.offset > Self.pastBytes { return nil }
        }
        bytes += reader.offset
        return (journal, reader.continues)
    }
}

extension JournalReader {
    fileprivate func gap(_ reason: String) -> Damage {
        Damage(file: name, offset: offset, reason: reason)
    }
}
