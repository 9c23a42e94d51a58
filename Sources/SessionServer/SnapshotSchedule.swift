// When snapshots are taken: at their interval if something changed, when the administrator asks, and at the end. One is
// taken at a time; who asks while one is under way gets the next, which contains everything that was done before.

internal import Durability
internal import Sessions

/// The snapshots of a running daemon.
final class SnapshotSchedule {
    /// How long a slice of the walk over the store may take.
    private static let sliceMicroseconds: UInt64 = 1000
    /// How long after a failure the next attempt is made.
    private static let retryDelay = Milliseconds.seconds(10)

    private let service: SessionService
    private let writer: Writer
    private let log: Log
    private let clock: Clock
    private let stateDirectory: String
    /// Enabled while there is walking to do.
    private let slices: EventSource

    private var task: SnapshotTask?
    private var startedAt = Instant(milliseconds: 0)
    /// The changes that the newest snapshot contains.
    private var savedSequence: UInt64
    private var nextDue: Instant
    /// Who waits for the snapshot that is under way, and for the one after it.
    private var waiting: [(SnapshotOutcome) -> Void] = []
    private var waitingForNext: [(SnapshotOutcome) -> Void] = []
    /// The last failure, while it is not made good.
    private(set) var failure: SystemError?

    init(
        service: SessionService,
        writer: Writer,
        stateDirectory: String,
        clock: Clock,
        log: Log,
        loop: EventLoop
    ) throws(SystemError) {
        self.service = service
        self.writer = writer
        self.stateDirectory = stateDirectory
        self.clock = clock
        self.log = log
        savedSequence = service.store.sequence
        nextDue = clock.now().advanced(by: service.limits.snapshotInterval)
        let handler = Handler()
        slices = try loop.onTurn { handler.body() }
        handler.body = { [unowned self] in slice() }
    }

    /// Whether there are changes that no snapshot contains.
    var hasUnsavedChanges: Bool { service.store.sequence != savedSequence }

    /// Whether one is being taken, which somebody may be waiting for.
    var isUnderWay: Bool { task != nil }

    /// Begins a snapshot if one is due; called about once a second.
    func tick() {
        // Counted from now when the clock was set back, rather than not at all.
        let latest = clock.now().advanced(by: service.limits.snapshotInterval)
        nextDue = min(nextDue, latest)
        guard task == nil, clock.now() >= nextDue else { return }
        if hasUnsavedChanges { begin() } else { nextDue = latest }
    }

    /// Takes a snapshot that contains everything that was done until now.
    func request(_ completion: @escaping (SnapshotOutcome) -> Void) {
        guard task != nil else {
            waiting.append(completion)
            return begin()
        }
        waitingForNext.append(completion)
    }

    /// Takes note of what the writer says.
    func handle(_ event: WriterEvent) {
        switch event {
        case .pong: break
        case .pieceWritten(let bytes):
            task?.pieceWritten(bytes)
            if task?.mayProceed == true { slices.enable() }
        case .snapshotFinished(let receipt): finish(receipt)
        case .snapshotFailed(let error): fail(error)
        }
    }

    private func begin() {
        startedAt = clock.now()
        task = SnapshotTask(of: service.store, writer: writer, now: startedAt)
        slices.enable()
    }

    private func slice() {
        let deadline = clock.monotonicMicroseconds() + Self.sliceMicroseconds
        task?.proceed(through: service.store, now: clock.now()) { clock.monotonicMicroseconds() >= deadline }
        if task?.mayProceed != true { slices.disable() }
    }

    private func finish(_ receipt: SnapshotReceipt) {
        guard let task else { return }
        let now = clock.now()
        let summary = SnapshotSummary(
            path: "\(stateDirectory)/\(receipt.name)",
            sessions: task.sessions,
            bytes: receipt.bytes,
            took: now.since(startedAt)
        )
        savedSequence = task.sequence
        failure = nil
        nextDue = now.advanced(by: service.limits.snapshotInterval)
        service.statistics.snapshotsWritten += 1
        service.statistics.lastSnapshot = summary
        service.statistics.lastSnapshotAt = now
        let message =
            "wrote \(summary.path): \(summary.sessions) sessions, \(summary.bytes) bytes, \(summary.took.count) ms"
        log.write(.info, message, event: .snapshotWritten)
        end(.written(summary))
    }

    private func fail(_ error: SystemError) {
        guard task != nil else { return }
        failure = error
        nextDue = clock.now().advanced(by: min(Self.retryDelay, service.limits.snapshotInterval))
        service.statistics.snapshotsFailed += 1
        let message = "no snapshot was written: \(error.message); changes since the last one are in memory only"
        log.write(.error, message, event: .snapshotFailed)
        end(.failed(error))
    }

    private func end(_ outcome: SnapshotOutcome) {
        task = nil
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
