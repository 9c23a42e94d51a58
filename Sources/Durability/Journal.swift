// The loop's side of durability. Changes are collected here, handed to the writer thread a commit at a time, and known to
// be durable when it says so. A snapshot begins a new journal; after a failure nothing is written any more until a new
// generation, snapshot and journal, is on the disk. All of it happens on the loop's thread.

internal import Glibc
public import Sessions

/// When changes are written to the disk.
public enum SyncPolicy: String, Sendable, CaseIterable {
    /// Before they are acknowledged.
    case always
    /// Within a second after they were acknowledged; revocations before.
    case everysec
}

/// The journal of a running daemon, and the snapshots that shorten it.
public final class Journal {
    /// Whether changes can be made durable.
    public enum Health: Equatable, Sendable {
        case working
        /// Nothing is durable since this happened; a new generation mends it.
        case failed(SystemError)
    }

    /// What the writer's events amount to.
    public enum Event: Sendable {
        /// The writer is alive.
        case pong
        /// Every change up to this one is on the disk.
        case durable(upTo: UInt64)
        /// What was not durable is not going to be; `health` says why.
        case failed(SystemError)
        /// Changes can be made durable again, and all that were made before the last snapshot was begun are.
        case mended
        /// The snapshot that was being taken is on the disk.
        case snapshotFinished(SnapshotReceipt, sessions: Int)
        /// The snapshot that was being taken is not.
        case snapshotFailed(SystemError)
    }

    /// Figures since the start.
    public struct Statistics: Sendable {
        /// How many commits are on the disk.
        public var commits: Int64 = 0
        /// How many bytes they have.
        public var bytes: Int64 = 0
        /// How long the last one took, in microseconds.
        public var lastCommitMicroseconds: UInt64 = 0
        /// How often the journal failed.
        public var failures: Int64 = 0
    }

    /// What is written even though nobody waits for it: many sessions that end at once.
    private static let commitSize = 1 << 20
    /// What may wait to be written before further changes are refused: the disk does not keep up.
    private static let bufferLimit = 1 << 25
    /// Above this size a journal is compacted when it has outgrown the snapshot.
    private static let compactionThreshold = 1 << 26
    /// The longest that a commit waits for others to join it, in microseconds.
    private static let longestPatience: UInt64 = 1000

    /// When changes are written.
    public var sync: SyncPolicy
    /// The history that the changes belong to from now on; the next journal says so.
    public var epoch: Epoch
    /// Whether changes can be made durable now.
    public private(set) var health: Health
    /// The last change that is on the disk.
    public private(set) var durableSequence: UInt64
    /// The last change that was made.
    public private(set) var lastSequence: UInt64
    /// Figures since the start.
    public private(set) var statistics = Statistics()
    /// The generation that is being written.
    public private(set) var generation: UInt64

    /// The change up to which the files of the last run hold everything.
    private let completeSequence: UInt64
    private let send: (WriterCommand) -> Void
    private let salt: () -> UInt64
    private let clock: () -> UInt64
    private var buffer = CommitBuffer()
    /// Whether somebody waits for a change in the buffer, and since when.
    private var isAwaited = false
    private var awaitedSince: UInt64 = 0
    /// The commits on their way to the disk: how long they are, and since when.
    private var inFlight: [(bytes: Int, since: UInt64)] = []
    /// After a failure: the change after which a snapshot has begun whose journal is still to be written.
    private var mendingSince: UInt64?
    private var task: SnapshotTask?
    private var bytesSinceSnapshot: Int64 = 0
    private var snapshotBytes: Int64

    /// Takes over after a recovery.
    ///
    /// - Parameters:
    ///   - generation: The greatest generation of any file.
    ///   - sequence: The number of the last change.
    ///   - complete: The change up to which the files hold everything.
    ///   - epoch: A new one.
    ///   - snapshotBytes: How large the snapshot is that it began with.
    ///   - salt: Draws a random number for each journal.
    ///   - clock: What time it is on the monotonic clock, in microseconds.
    ///   - send: Hands a command to the writer.
    public init(
        generation: UInt64,
        sequence: UInt64,
        complete: UInt64,
        sync: SyncPolicy,
        epoch: Epoch,
        snapshotBytes: Int = 0,
        salt: @escaping () -> UInt64 = { UInt64.random(in: .min ... .max) },
        clock: @escaping () -> UInt64,
        send: @escaping (WriterCommand) -> Void
    ) {
        self.generation = generation
        self.sync = sync
        self.epoch = epoch
        self.send = send
        self.salt = salt
        self.clock = clock
        durableSequence = sequence
        lastSequence = sequence
        completeSequence = complete
        health = .working
        self.snapshotBytes = Int64(snapshotBytes)
    }

    /// Begins the first journal: what changes from now on is written to it.
    public func begin(now: Instant) {
        generation += 1
        beginJournal(sequence: lastSequence, continues: completeSequence, now: now)
    }

    private var hasRoom: Bool { buffer.count < Self.bufferLimit }

    /// Whether half of what may wait to be written does: the rest is for changes that somebody waits for, and not for those
    /// that can as well be made later, such as touches.
    public var isHalfFull: Bool { buffer.count >= Self.bufferLimit / 2 }

    /// Why a change that has to be durable cannot be made now; nil when it can.
    public var refusal: SystemError? {
        if case .failed(let error) = health { return error }
        return hasRoom ? nil : SystemError("write to the journal as fast as asked", code: EBUSY)
    }

    /// Whether everything is on the disk.
    public var isClean: Bool { health == .working && durableSequence == lastSequence }

    /// Whether a commit is on its way to the disk.
    public var isCommitting: Bool { !inFlight.isEmpty }

    /// Whether a snapshot is being taken.
    public var isTakingSnapshot: Bool { task != nil }

    /// Whether the journal has grown so far beyond the snapshot that a new one is worth its while.
    public var isOutgrown: Bool {
        bytesSinceSnapshot > max(2 * snapshotBytes, Int64(Self.compactionThreshold))
    }

    /// Takes note of a change that was made.
    ///
    /// - Parameters:
    ///   - occasion: When it was made and what it met.
    ///   - isAwaited: Whether somebody waits for it to be durable.
    public func append(_ change: Change, sequence: UInt64, on occasion: Occasion, isAwaited: Bool) {
        lastSequence = sequence
        // After a failure the snapshot that mends it will contain the change, unless it has begun already.
        guard health == .working || mendingSince != nil else { return }
        buffer.append(change, sequence: sequence, occasion: occasion)
        if isAwaited { expectCommit() }
        if buffer.count >= Self.commitSize { commitAll() }
    }

    /// Takes note that somebody waits for all changes so far.
    public func expectCommit() {
        if !isAwaited { awaitedSince = clock() }
        isAwaited = true
    }

    /// Whether a commit is made as soon as there is nobody to be served before.
    public var isCommitDueWhenIdle: Bool {
        isAwaited && inFlight.isEmpty && health == .working && !buffer.isEmpty
    }

    /// Hands a commit to the writer, if somebody waits for one and it is time.
    ///
    /// While one is on its way to the disk, the next one gathers. After that it waits for who was just answered and may
    /// have more to say, but for no longer than half of what the disk itself takes.
    ///
    /// - Parameter isIdle: Whether there is nobody to be served before.
    public func commitIfDue(isIdle: Bool) {
        guard isCommitDueWhenIdle else { return }
        let patience = min(statistics.lastCommitMicroseconds / 2, Self.longestPatience)
        if isIdle || clock() &- awaitedSince >= patience { commit() }
    }

    /// Hands what there is to the writer, whether or not somebody waits for it; called about once a second, and at the end.
    public func commitAll() {
        if inFlight.isEmpty { commit() }
    }

    private func commit() {
        guard health == .working, !buffer.isEmpty else { return }
        isAwaited = false
        let records = buffer.take()
        inFlight.append((records.count, clock()))
        send(.commit(records, upTo: lastSequence))
    }

    /// Begins a snapshot, and with it a new journal. After a failure the journal follows when the snapshot is down.
    ///
    /// - Precondition: None is being taken.
    public func beginSnapshot(of store: borrowing SessionStore, now: Instant) {
        precondition(task == nil, "two snapshots at a time")
        generation += 1
        let hasJournal = health == .working
        if hasJournal {
            commit()
            beginJournal(sequence: lastSequence, now: now)
        } else {
            // A journal that was to follow an earlier snapshot, and has not begun, is not going to be used.
            buffer = CommitBuffer()
            mendingSince = lastSequence
        }
        task = SnapshotTask(of: store, generation: generation, hasJournal: hasJournal, now: now, send: send)
    }

    /// Whether there is something to walk, and room for it on the way to the disk.
    public var mayProceed: Bool { task?.mayProceed == true }

    /// Walks on with the snapshot until the time is up or the writer has no more room.
    ///
    /// - Parameter isTimeUp: Asked after every few records.
    public func proceed(through store: borrowing SessionStore, until isTimeUp: () -> Bool) {
        // Taken out for as long as it works: else the piece that it is filling would be copied with it.
        guard var task = task.take() else { return }
        // The snapshot holds changes that may be in the buffer still: with those before them, or not at all.
        task.proceed(through: store, until: isTimeUp, isFinishing: commit)
        self.task = task
    }

    /// Takes note of what the writer says.
    public func handle(_ event: WriterEvent, now: Instant) -> Event? {
        switch event {
        case .pong: return .pong
        case .journalBegun(let begun): return begun == generation ? mended(after: begun) : nil
        case .committed(let sequence): return committed(upTo: sequence)
        case .journalFailed(let error): return failed(error)
        case .pieceWritten(let bytes):
            task?.pieceWritten(bytes)
            return nil
        case .snapshotFinished(let receipt): return finished(receipt, now: now)
        case .snapshotFailed(let error):
            guard task != nil else { return nil }
            task = nil
            if mendingSince != nil { abandonMending() }
            return .snapshotFailed(error)
        }
    }

    private func committed(upTo sequence: UInt64) -> Event? {
        guard !inFlight.isEmpty else { return nil }
        let (bytes, since) = inFlight.removeFirst()
        durableSequence = sequence
        statistics.commits += 1
        statistics.bytes += Int64(bytes)
        statistics.lastCommitMicroseconds = clock() &- since
        bytesSinceSnapshot += Int64(bytes)
        return .durable(upTo: sequence)
    }

    private func failed(_ error: SystemError) -> Event? {
        abandonMending()
        inFlight = []
        statistics.failures += 1
        health = .failed(error)
        return .failed(error)
    }

    private func finished(_ receipt: SnapshotReceipt, now: Instant) -> Event? {
        guard let task else { return nil }
        self.task = nil
        snapshotBytes = Int64(receipt.bytes)
        if let mendingSince { beginJournal(sequence: mendingSince, now: now, isMending: true) }
        return .snapshotFinished(receipt, sessions: task.sessions)
    }

    private func mended(after begun: UInt64) -> Event? {
        guard let since = mendingSince else { return nil }
        mendingSince = nil
        health = .working
        // What came before is in the snapshot, and what came since in the buffer.
        durableSequence = buffer.isEmpty ? lastSequence : since
        return .mended
    }

    private func abandonMending() {
        mendingSince = nil
        buffer = CommitBuffer()
        isAwaited = false
    }

    private func beginJournal(sequence: UInt64, continues: UInt64? = nil, now: Instant, isMending: Bool = false) {
        bytesSinceSnapshot = 0
        let beginning = JournalBeginning(
            generation: generation,
            sequence: sequence,
            continues: continues ?? sequence,
            at: now,
            salt: salt(),
            epoch: epoch,
            isMending: isMending
        )
        send(.beginJournal(beginning))
    }
}
