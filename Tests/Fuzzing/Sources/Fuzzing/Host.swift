// The daemon without sockets and threads, on a disk that is memory: what a conversation is held with, and held against after
// a start from what it has written.

@testable internal import Durability
@testable internal import JSONRPC
@testable internal import SessionServer
@testable internal import Sessions

final class Host {
    let service: SessionService
    let disk: MemoryDisk
    var now: Instant
    private let commands: Commands
    private var writer: WriterState<MemoryDisk>

    private final class Commands {
        var list: [WriterCommand] = []
    }

    /// Starts from what a disk holds.
    init(on disk: MemoryDisk, now: Instant) {
        self.disk = disk
        self.now = now
        let recovered: RecoveredState
        do {
            recovered = try recover(from: disk, policy: Policy(), now: now, watchHistory: 64)
        } catch {
            fail("a start is refused on what was written: \(error)")
        }
        let commands = Commands()
        self.commands = commands
        writer = WriterState(disk: disk)
        var generator = SystemRandom()
        let (past, generation, complete) = (recovered.past, recovered.generation, recovered.complete)
        let store = recovered.takeStore()
        let journal = Journal(
            generation: generation,
            sequence: store.sequence,
            complete: complete,
            sync: .always,
            epoch: Epoch(using: &generator),
            clock: { 0 },
            send: { commands.list.append($0) }
        )
        journal.begin(now: now)
        let recovery = RecoveryFacts(
            snapshot: nil,
            journals: [],
            damaged: [],
            sessions: 0,
            tombstones: 0,
            changes: 0,
            bytes: 0,
            cutBytes: 0,
            took: .zero
        )
        let facts = ServiceFacts(
            version: "1",
            processID: 1,
            startedAt: now,
            stateDirectory: "/",
            recovery: recovery
        )
        let limits = ServiceLimits(connections: 9, snapshotInterval: .seconds(300), watchHistory: 64, memory: 0)
        service = SessionService(store: store, past: past, journal: journal, facts: facts, limits: limits) { 0 }
        work()
    }

    /// Answers a line, some lines in many parts as when others ask, too, and does what it asks of the disk.
    func answer(_ line: [UInt8], as role: Role) -> [UInt8] {
        var output = ByteBuffer()
        let peer = Peer(processID: 1, userID: 1, groupID: 1)
        let summary = SnapshotSummary(path: "/", sessions: 0, bytes: 0, took: .zero)
        let limit = line.count % 3 == 0 ? Int.max : line.count % 97
        var rest: UnfinishedLine?
        repeat {
            rest =
                service.answer(
                    line.span,
                    goingOnWith: rest,
                    limit: limit,
                    from: Caller(role: role, peer: peer, snapshot: .written(summary)),
                    now: now,
                    to: &output
                )
                .rest
            _ = service.takeEffects()
            work()
            service.forgetClaims()
        } while rest != nil
        return output.copy()
    }

    func sweep() {
        var budget = Int.max
        service.carryOutRevocations(budget: &budget)
        while let change = service.store.nextExpiry(now: now, budget: &budget) { service.commit(change, at: now) }
        service.forgetSuccessors(now: now, budget: &budget)
        service.journal.commitAll()
        work()
    }

    func takeSnapshot() {
        service.journal.beginSnapshot(of: service.store, now: now)
        service.journal.proceed(through: service.store) { false }
        work()
    }

    /// The disk works again, and a snapshot mends what it has done to the journal.
    func heal() {
        guard disk.isSick else { return }
        disk.isSick = false
        if service.journal.health == .working { return }
        takeSnapshot()
        if service.journal.health != .working { fail("the journal is not mended: \(service.journal.health)") }
    }

    /// The same, after a kill.
    func restarted() -> Host { Host(on: disk, now: now) }

    private func work() {
        service.journal.commitIfDue(isIdle: true)
        while !commands.list.isEmpty {
            let asked = commands.list
            commands.list = []
            for event in asked.flatMap({ writer.carryOut($0) }) {
                switch service.journal.handle(event, now: now) {
                case .durable(let sequence): service.settle(upTo: sequence)
                case .failed(let error):
                    guard disk.isSick else { fail("the disk has failed without being sick: \(error.message)") }
                    service.takeBack()
                case nil: service.journal.proceed(through: service.store) { false }
                default: break
                }
            }
        }
    }
}
