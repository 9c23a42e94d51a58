// From the files of the state directory to a store. The newest snapshot that is whole is loaded, entirely or not at
// all; when none is whole, nothing is guessed: the start is refused and a person is told what to do.

public import Sessions

/// What the last start found and did.
public struct RecoveryReport: Equatable, Sendable {
    /// The snapshot that was loaded; nil when the directory held none.
    public var snapshot: String?
    /// Newer snapshots that were found damaged and passed over; they have `.damaged` behind their names now.
    public var damaged: [Damage] = []
    /// How many sessions were loaded.
    public var sessions = 0
    /// How many tombstones were loaded.
    public var tombstones = 0
    /// How many entries had ended meanwhile.
    public var ended = 0
    /// The size of the snapshot.
    public var bytes = 0
}

/// What a recovery came to.
public struct RecoveredState: ~Copyable {
    let store: SessionStore
    /// What was found and done.
    public let report: RecoveryReport

    /// The store, for whoever goes on with it.
    public consuming func takeStore() -> SessionStore { store }
}

/// Why the state could not be recovered.
public enum RecoveryError: Error, Equatable, Sendable {
    /// The directory or a file could not be read.
    case disk(SystemError)
    /// There are snapshots, and all of them are damaged.
    case noWholeSnapshot([Damage])
}

/// Loads the newest whole snapshot.
///
/// - Parameter progress: Called now and then while a long load goes on.
public func recover(
    from disk: some Disk,
    policy: Policy,
    now: Instant,
    progress: () -> Void = {}
) throws(RecoveryError) -> RecoveredState {
    let names: [String]
    do { names = try disk.list() } catch { throw .disk(error) }
    var report = RecoveryReport()
    for name in SnapshotName.all(in: names).reversed() {
        do throws(SnapshotReadError) {
            let store = try load(name, from: disk, policy: policy, now: now, report: &report, progress: progress)
            try setAside(report.damaged, on: disk)
            return RecoveredState(store: store, report: report)
        } catch {
            switch error {
            case .damaged(let damage): report.damaged.append(damage)
            case .disk(let error): throw .disk(error)
            }
        }
    }
    guard report.damaged.isEmpty else { throw .noWholeSnapshot(report.damaged) }
    return RecoveredState(store: SessionStore(policy: policy, now: now), report: report)
}

/// Takes damaged snapshots out of the line of generations, so that they do not push out whole ones, and keeps them for
/// a person to look at.
private func setAside(_ damaged: [Damage], on disk: some Disk) throws(SnapshotReadError) {
    guard !damaged.isEmpty else { return }
    do {
        for damage in damaged { try disk.rename(damage.file, to: damage.file + ".damaged") }
        try disk.syncDirectory()
    } catch {
        throw .disk(error)
    }
}

private func load(
    _ name: SnapshotName,
    from disk: some Disk,
    policy: Policy,
    now: Instant,
    report: inout RecoveryReport,
    progress: () -> Void
) throws(SnapshotReadError) -> SessionStore {
    var store = SessionStore(policy: policy, now: now)
    var loaded = RecoveryReport(snapshot: name.text, damaged: report.damaged)
    var reader = try SnapshotReader(name.text, on: disk)
    defer { reader.close() }
    while let entry = try reader.next() {
        switch entry {
        case .session(let session, let sequence) where session.expiresAt > now:
            store.restore(session, sequence: sequence)
            loaded.sessions += 1
        case .tombstone(let tombstone, let sequence) where tombstone.expiresAt > now:
            store.restore(tombstone, sequence: sequence)
            loaded.tombstones += 1
        default:
            loaded.ended += 1
        }
        if (loaded.sessions + loaded.tombstones + loaded.ended) % 65_536 == 0 { progress() }
    }
    store.finishRestoring()
    store.advance(to: reader.sequence)
    loaded.bytes = reader.offset
    report = loaded
    return store
}

/// The name of a snapshot file: its generation in sixteen hexadecimal digits, so that names sort by age.
struct SnapshotName: Equatable, Comparable {
    static let prefix = "snapshot-"
    /// What a snapshot is called while it is written.
    static let temporary = "snapshot.tmp"

    let generation: UInt64

    init(generation: UInt64) {
        self.generation = generation
    }

    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.utf8.count == Self.prefix.utf8.count + 16,
            let generation = UInt64(text.dropFirst(Self.prefix.count), radix: 16)
        else { return nil }
        self.generation = generation
    }

    var text: String {
        let digits = String(generation, radix: 16)
        return Self.prefix + String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func < (one: SnapshotName, other: SnapshotName) -> Bool { one.generation < other.generation }

    /// The snapshots among these files, oldest first.
    static func all(in names: [String]) -> [SnapshotName] {
        names.compactMap { SnapshotName($0) }.sorted()
    }
}
