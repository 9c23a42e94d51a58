// When snapshots are taken: at their interval if something changed, when the journal has outgrown the last one, to mend
// the journal after a failure, when the administrator asks, and at the end. One is taken at a time; who asks while one is
// under way gets the next, which contains everything that was done before.

internal import Durability
internal import Sessions

/// The snapshots of a running daemon.
final class SnapshotSchedule {
    /// How long a slice of the walk over the store may take.
    private static let sliceMicroseconds: UInt64 = 250
    /// How long callers are served alone after a slice, if there are any. A slice, and the writing that follows it, hold up
    /// whoever asks just then; fifty times a second is so rarely that these are about one in a hundred under full load.
    /// A million sessions take half a minute then.
    private static let pauseMicroseconds: UInt64 = 20_000
    /// How long after a failure the first attempt to mend it is made, and after how long the last of ever longer pauses.
    private static let firstRetry = Milliseconds.seconds(1)
    private static let lastRetry = Milliseconds.seconds(10)

    private let service: SessionService
    private let log: Log
    private let clock: Clock
    private let stateDirectory: String
    /// Enabled while there is walking to do.
    private let slices: EventSource
    /// Scheduled while callers are served alone.
    private let pause: EventSource
    private var isPausing = false
    /// How much callers had sent when the last slice was taken.
    private var bytesRead: Int64 = 0

    private var startedAt = Instant(milliseconds: 0)
    /// The last change before the snapshot that is under way.
    private var sequence: UInt64 = 0
    /// The changes that the newest snapshot contains.
    private var savedSequence: UInt64
    private var nextDue: Instant
    /// Who waits for the snapshot that is under way, and for the one after it.
    private var waiting: [(SnapshotOutcome) -> Void] = []
    private var waitingForNext: [(SnapshotOutcome) -> Void] = []
    /// The last failure, while it is not made good.
    private(set) var failure: SystemError?
    private var retryDelay = firstRetry
    private var journal: Journal { service.journal }

    init(
        service: SessionService,
        stateDirectory: String,
        clock: Clock,
        log: Log,
        loop: EventLoop
    ) throws(SystemError) {
        self.service = service
        self.stateDirectory = stateDirectory
        self.clock = clock
        self.log = log
        // What was replayed is replayed again until a snapshot contains it.
        savedSequence = service.facts.recovery.changes > 0 ? 0 : service.store.sequence
        nextDue = clock.now().advanced(by: service.limits.snapshotInterval)
        let (sliceHandler, pauseHandler) = (Handler(), Handler())
        slices = try loop.onTurn { sliceHandler.body() }
        pause = try loop.onTimer(accuracyMicroseconds: 1) { pauseHandler.body() }
        sliceHandler.body = { [unowned self] in slice() }
        pauseHandler.body = { [unowned self] in
            isPausing = false
            proceed()
        }
    }

    /// Whether there are changes that no snapshot contains.
    var hasUnsavedChanges: Bool { service.store.sequence != savedSequence }

    /// Whether one is being taken, which somebody may be waiting for.
    var isUnderWay: Bool { journal.isTakingSnapshot }

    /// Begins a snapshot if one is due; called about once a second.
    func tick() {
        // Counted from now when the clock was set back, rather than not at all.
        let latest = clock.now().advanced(by: service.limits.snapshotInterval)
        nextDue = min(nextDue, latest)
        guard !isUnderWay else { return }
        if journal.isOutgrown || !waiting.isEmpty { return begin() }
        guard clock.now() >= nextDue else { return }
        if hasUnsavedChanges || journal.health != .working { begin() } else { nextDue = latest }
    }

    /// Takes a snapshot that contains everything that was done until now.
    func request(_ completion: @escaping (SnapshotOutcome) -> Void) {
        guard isUnderWay else {
            waiting.append(completion)
            return begin()
        }
        waitingForNext.append(completion)
    }

    /// Goes on when the writer has let go of a piece.
    func proceed() {
        if journal.mayProceed, !isPausing { slices.enable() }
    }

    /// Notes that the journal failed: a snapshot is to mend it soon.
    func journalFailed(_ error: SystemError) {
        failure = error
        scheduleRetry()
    }

    /// Notes that the journal works again.
    func journalMended() {
        failure = nil
        retryDelay = Self.firstRetry
    }

    private func scheduleRetry() {
        nextDue = clock.now().advanced(by: min(retryDelay, service.limits.snapshotInterval))
        retryDelay = min(Milliseconds(retryDelay.count * 2), Self.lastRetry)
    }

    private func begin() {
        // What a revocation of many tells watchers stays within one journal: who saw a change of a later one has seen all of
        // it. It is carried out in less than the second after which this is tried again.
        guard service.store.standingRevocationCount == 0 else { return }
        startedAt = clock.now()
        sequence = service.store.sequence
        journal.beginSnapshot(of: service.store, now: startedAt)
        slices.enable()
    }

    private func slice() {
        let deadline = clock.monotonicMicroseconds() + Self.sliceMicroseconds
        journal.proceed(through: service.store) { clock.monotonicMicroseconds() >= deadline }
        let isBusy = service.statistics.bytesRead != bytesRead
        bytesRead = service.statistics.bytesRead
        // While writes are refused, nothing is more urgent than the snapshot that mends it.
        if isBusy, journal.health == .working {
            isPausing = true
            pause.schedule(afterMicroseconds: Self.pauseMicroseconds)
        }
        if isPausing || !journal.mayProceed { slices.disable() }
    }

    /// Notes that the snapshot is on the disk.
    func finish(_ receipt: SnapshotReceipt, sessions: Int) {
        let now = clock.now()
        let summary = SnapshotSummary(
            path: "\(stateDirectory)/\(receipt.name)",
            sessions: sessions,
            bytes: receipt.bytes,
            took: now.since(startedAt)
        )
        savedSequence = sequence
        if journal.health == .working { journalMended() }
        nextDue = now.advanced(by: service.limits.snapshotInterval)
        service.statistics.snapshotsWritten += 1
        service.statistics.lastSnapshot = summary
        service.statistics.lastSnapshotAt = now
        let message =
            "wrote \(summary.path): \(summary.sessions) sessions, \(summary.bytes) bytes, \(summary.took.count) ms"
        log.write(.info, message, event: .snapshotWritten)
        end(.written(summary))
    }

    /// Notes that the snapshot was given up.
    func fail(_ error: SystemError) {
        failure = error
        scheduleRetry()
        service.statistics.snapshotsFailed += 1
        let message = "no snapshot was written: \(error.message)"
        log.write(.error, message, event: .snapshotFailed)
        end(.failed(error))
    }

    private func end(_ outcome: SnapshotOutcome) {
        slices.disable()
        let completions = waiting
        waiting = waitingForNext
        waitingForNext = []
        if !waiting.isEmpty { begin() }
        for completion in completions { completion(outcome) }
    }
}

/// A closure that is made before what it refers to.
private final class Handler {
    var body: () -> Void = {}
}
