// A store with its journal and snapshots on a simulated disk, without threads and without time: a random number decides
// when the writer gets on, when its events arrive, and what is done in between. A chronicle keeps what happened.

import TestSupport

@testable import Durability
@testable import Sessions

final class JournalUnderTest {
    /// What lies between the loop and the writer, and the clock: all that `Journal` is given to work with.
    private final class Surroundings {
        var journalCommands: [WriterCommand] = []
        var snapshotCommands: [WriterCommand] = []
        var microseconds: UInt64 = 0

        func send(_ command: WriterCommand) {
            switch command {
            case .beginSnapshot, .appendToSnapshot, .finishSnapshot: snapshotCommands.append(command)
            case .ping, .beginJournal, .commit, .stop: journalCommands.append(command)
            }
        }

        /// What is to be done next: what concerns the journal comes first.
        func next() -> WriterCommand? {
            if !journalCommands.isEmpty { return journalCommands.removeFirst() }
            return snapshotCommands.isEmpty ? nil : snapshotCommands.removeFirst()
        }
    }

    /// Few rules under which much happens in little time.
    static let policy = Policy(ttl: .seconds(60), touchInterval: .seconds(5), lifetime: .seconds(300))

    let disk: SimulatedDisk
    let journal: Journal
    var store: SessionStore
    var now: Instant
    var generator: SplitMix64
    /// Whether callers wait for most of their changes to be durable; under `everysec` they wait for revocations only.
    var isWaiting = true
    private(set) var chronicle: Chronicle
    /// What the journal made of the writer's events.
    private(set) var events: [Journal.Event] = []
    private let surroundings = Surroundings()
    private var writer: WriterState<SimulatedDisk>
    private var writerEvents: [WriterEvent] = []

    /// Begins with an empty disk.
    convenience init(seed: UInt64, disk: SimulatedDisk = SimulatedDisk()) {
        let store = SessionStore(policy: Self.policy, now: noon)
        self.init(store, generation: 0, complete: 0, on: disk, now: noon, seed: seed)
    }

    /// Goes on with what was recovered from a disk.
    ///
    /// - Parameter revoked: Tokens that must stay dead.
    convenience init(
        _ state: consuming RecoveredState,
        on disk: SimulatedDisk,
        now: Instant,
        seed: UInt64,
        revoked: [Chronicle.RevokedToken]
    ) {
        let (generation, complete) = (state.generation, state.complete)
        self.init(
            state.takeStore(),
            generation: generation,
            complete: complete,
            on: disk,
            now: now,
            seed: seed,
            revoked: revoked
        )
    }

    private init(
        _ store: consuming SessionStore,
        generation: UInt64,
        complete: UInt64,
        on disk: SimulatedDisk,
        now: Instant,
        seed: UInt64,
        revoked: [Chronicle.RevokedToken] = []
    ) {
        var generator = SplitMix64(seed: seed)
        let surroundings = self.surroundings
        let salt = generator.next()
        let epoch = Epoch(using: &generator)
        journal = makeJournal(
            generation: generation,
            sequence: store.sequence,
            complete: complete,
            epoch: epoch,
            salt: { salt &+ surroundings.microseconds },
            clock: { surroundings.microseconds },
            send: { surroundings.send($0) }
        )
        chronicle = Chronicle(store, epoch: epoch, now: now, revoked: revoked)
        writer = WriterState(disk: disk)
        self.disk = disk
        self.now = now
        self.generator = generator
        self.store = store
        disk.rememberCrashPoints()
        journal.begin(now: now)
    }

    /// Makes a change, whether it can be durable now or not.
    func make(_ change: Change, isAwaited: Bool) {
        let sequence = store.sequence + 1
        let occasion = Occasion(at: now, circumstance: store.circumstance(of: change))
        store.events(of: change, sequence: sequence, on: occasion) { chronicle.noteEvent($0) }
        store.apply(change, sequence: sequence)
        journal.append(change, sequence: sequence, on: occasion, isAwaited: isAwaited)
        chronicle.noteChange(store, change, now: now)
        mark()
    }

    /// Makes a change and waits until it is durable.
    func commit(_ change: Change) {
        make(change, isAwaited: true)
        settle()
    }

    /// Takes a snapshot, all at once.
    func takeSnapshot() {
        journal.beginSnapshot(of: store, now: now)
        settle()
    }

    func pass(_ duration: Milliseconds) {
        now = now.advanced(by: duration)
        mark()
    }

    func passMicroseconds(_ count: UInt64) { surroundings.microseconds += count }

    /// Lets the writer carry out so many commands; false when there was none any more.
    @discardableResult
    func work(steps: Int = 1) -> Bool {
        for _ in 0..<steps {
            guard let command = surroundings.next() else { return false }
            passMicroseconds(UInt64.random(in: 1...500, using: &generator))
            writerEvents += writer.carryOut(command)
        }
        return true
    }

    /// Tells the journal what the writer has said so far.
    func deliver() {
        let arrived = writerEvents
        writerEvents = []
        for event in arrived {
            guard let event = journal.handle(event, now: now) else { continue }
            events.append(event)
            // Only what was said counts as acknowledged, not what the journal knows by itself.
            switch event {
            case .durable(let sequence): mark(acknowledged: sequence)
            case .mended: mark(acknowledged: journal.durableSequence)
            default: break
            }
        }
    }

    /// Lets everything come to rest that was begun: the snapshot, the commits, the events.
    func settle() {
        repeat {
            if journal.mayProceed { journal.proceed(through: store) { false } }
            journal.commitAll()
            while work() {}
            deliver()
        } while journal.isTakingSnapshot || !surroundings.journalCommands.isEmpty
            || (journal.health == .working && !journal.isClean)
    }

    private func mark(acknowledged: UInt64 = 0) {
        chronicle.noteMark(operations: disk.operations, now: now, acknowledged: acknowledged)
    }
}
