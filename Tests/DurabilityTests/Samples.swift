// Sessions and tombstones for the tests, and stores that hold them.

import TestSupport

@testable import Durability
@testable import Sessions

/// The moment at which the tests take place.
let noon = Instant(milliseconds: 1_700_000_000_000)

/// A session that differs from others by its number.
func sampleSession(_ number: UInt64, data: String = "{\"name\":\"Ada\"}") -> Session {
    let token = Array("token-number-\(number)".utf8)
    return Session(
        id: SessionID(high: number, low: ~number),
        tokenHash: TokenHash(of: token.span),
        userID: UserID(Array("user-\(number % 3)".utf8)),
        createdAt: noon,
        authenticatedAt: noon,
        touchedAt: noon,
        expiresAt: noon.advanced(by: .days(7)),
        lifetimeEndsAt: number % 2 == 0 ? .distantFuture : noon.advanced(by: .days(30)),
        ttl: .days(7),
        version: UInt32(number % 5 + 1),
        ip: number % 2 == 0 ? [] : Array("192.0.2.1".utf8),
        userAgent: Array("agent/\(number)".utf8),
        data: Array(data.utf8)
    )
}

/// A store of so many sessions, of which every fourth was revoked.
func sampleStore(_ count: UInt64) -> SessionStore {
    var store = SessionStore(policy: Policy(), now: noon)
    for number in 0..<count { store.apply(.created(sampleSession(number)), sequence: store.sequence + 1) }
    for number in stride(from: 0, to: count, by: 4) {
        store.apply(sampleRevocation(number), sequence: store.sequence + 1)
    }
    return store
}

/// A revocation of a sample session.
func sampleRevocation(_ number: UInt64) -> Change {
    .revoked(Revocation(scope: .session(SessionID(high: number, low: ~number)), at: noon, cause: Array("logout".utf8)))
}

/// The sessions and tombstones of a store that have not ended, in an order that does not depend on how it came there.
func contents(of store: borrowing SessionStore, now: Instant = noon) -> [SnapshotEntry] {
    var entries: [SnapshotEntry] = []
    for place in 1..<max(store.snapshotPlaces, 1) {
        switch store.snapshotEntry(at: place, now: now) {
        case .session?, .tombstone?: store.snapshotEntry(at: place, now: now).map { entries.append($0) }
        case .replaced?, nil: break
        }
    }
    return entries.sorted { $0.id.high < $1.id.high }
}

/// The tokens that the sessions of a store had before, by session.
func replacedTokens(of store: borrowing SessionStore) -> [SessionID: Set<TokenHash>] {
    var tokens: [SessionID: Set<TokenHash>] = [:]
    for place in 1..<max(store.snapshotPlaces, 1) {
        guard case .replaced(let token, _)? = store.snapshotEntry(at: place, now: noon) else { continue }
        tokens[token.id, default: []].insert(token.tokenHash)
    }
    return tokens
}

extension SnapshotEntry {
    var id: SessionID {
        switch self {
        case .session(let session, _): session.id
        case .tombstone(let tombstone, _): tombstone.id
        case .replaced(let token, _): token.id
        }
    }

    var expiresAt: Instant {
        switch self {
        case .session(let session, _): session.expiresAt
        case .tombstone(let tombstone, _): tombstone.expiresAt
        case .replaced: .distantFuture
        }
    }
}

/// The bytes of a snapshot of a store.
func snapshotBytes(of store: borrowing SessionStore) -> [UInt8] {
    var bytes: [UInt8] = []
    var encoder = SnapshotEncoder(sequence: store.sequence, writtenAt: noon, hasJournal: false, to: &bytes)
    for entry in contents(of: store) { encoder.append(entry, to: &bytes) }
    encoder.finish(to: &bytes)
    return bytes
}

/// Writes a snapshot of the next generation with the writer's own steps, and says how it went.
func writeSnapshot(of store: borrowing SessionStore, on disk: SimulatedDisk) -> [WriterEvent] {
    var writer = WriterState(disk: disk)
    let newest = StateFileName.all(.snapshot, in: Array(disk.image.names.keys)).last
    let bytes = snapshotBytes(of: store)
    let half = bytes.count / 2
    var events = writer.carryOut(.beginSnapshot(generation: (newest?.generation ?? 0) + 1))
    events += writer.carryOut(.appendToSnapshot(Array(bytes[..<half])))
    events += writer.carryOut(.appendToSnapshot(Array(bytes[half...])))
    events += writer.carryOut(.finishSnapshot)
    return events
}

extension [WriterEvent] {
    /// What the last snapshot was written as; nil when none was.
    var receipt: SnapshotReceipt? {
        for case .snapshotFinished(let receipt) in self { return receipt }
        return nil
    }

    /// Why the last snapshot was not written; nil when it was.
    var failure: SystemError? {
        for case .snapshotFailed(let error) in self { return error }
        return nil
    }
}

/// A journal that takes over after a recovery; without one, on an empty disk.
///
/// - Parameter complete: The change up to which the files hold everything; nil when that is the last one.
func makeJournal(
    generation: UInt64 = 0,
    sequence: UInt64 = 0,
    complete: UInt64? = nil,
    epoch: Epoch = .sample(1),
    salt: @escaping () -> UInt64 = { 0x5A17 },
    clock: @escaping () -> UInt64 = { 0 },
    send: @escaping (WriterCommand) -> Void
) -> Journal {
    Journal(
        generation: generation,
        sequence: sequence,
        complete: complete ?? sequence,
        sync: .always,
        epoch: epoch,
        salt: salt,
        clock: clock,
        send: send
    )
}

/// Writes a whole journal with the writer's own steps, a commit for each group of changes.
///
/// - Parameter sequence: The number of the last change before these.
/// - Returns: Where its header and each of its commits end.
@discardableResult
func writeJournal(
    _ generation: UInt64,
    after sequence: UInt64 = 0,
    commits: [[Change]],
    on disk: SimulatedDisk
) -> [Int] {
    var writer = WriterState(disk: disk)
    var commands: [WriterCommand] = []
    let journal = makeJournal(generation: generation - 1, sequence: sequence) { commands.append($0) }
    let name = StateFileName(.journal, generation).text
    var ends: [Int] = []
    var next = sequence
    func carryOut() {
        for command in commands {
            for event in writer.carryOut(command) { _ = journal.handle(event, now: noon) }
        }
        commands = []
        ends.append(disk.content(of: name)?.count ?? 0)
    }
    journal.begin(now: noon)
    carryOut()
    for changes in commits {
        for change in changes {
            next &+= 1
            journal.append(change, sequence: next, on: .plain, isAwaited: true)
        }
        journal.commitAll()
        carryOut()
    }
    return ends
}

extension Occasion {
    /// One on which nothing was met.
    static let plain = Occasion(at: noon, circumstance: .plain)
}

extension Epoch {
    /// One that differs from others by its number.
    static func sample(_ number: UInt64) -> Epoch {
        var generator = SplitMix64(seed: number)
        return Epoch(using: &generator)
    }
}

/// What recovery makes of a disk: the contents of the store and its sequence number.
func recovered(from disk: any Disk) throws(RecoveryError) -> (entries: [SnapshotEntry], report: RecoveryReport) {
    let state = try recover(from: disk, policy: Policy(), now: noon)
    let report = state.report
    let store = state.takeStore()
    return (contents(of: store), report)
}
