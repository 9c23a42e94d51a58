// What a start makes of what the last run left behind in some particular moments, and that the next start finds it, too.

import Glibc
import TestSupport
import Testing

@testable import Durability
@testable import Sessions

@Suite("Starting again and again")
struct RestartTests {
    /// Recovers, and goes on.
    private func start(on disk: SimulatedDisk) throws -> JournalUnderTest {
        let state = try recover(from: disk, policy: JournalUnderTest.policy, now: noon)
        return JournalUnderTest(state, on: disk, now: noon, seed: 1, revoked: [])
    }

    private func entries(on disk: SimulatedDisk) throws -> [SnapshotEntry] {
        let store = try recover(from: disk, policy: JournalUnderTest.policy, now: noon).takeStore()
        return contents(of: store)
    }

    /// A run with more sessions than a snapshot walks over at once, all of them durable.
    private func runWithManySessions() -> JournalUnderTest {
        let run = JournalUnderTest(seed: 1)
        for number in 0..<100 as Range<UInt64> { run.make(.created(sampleSession(number)), isAwaited: true) }
        run.settle()
        return run
    }

    /// Changes a session that a snapshot has passed, then one that it has not come to.
    private func changeOnBothSides(_ run: JournalUnderTest) {
        run.make(sampleRevocation(0), isAwaited: false)
        run.make(sampleRevocation(99), isAwaited: false)
    }

    @Test("a commit of which only the memory knew when the daemon was killed is not lost by the machine later")
    func killedBeforeSync() throws {
        let first = JournalUnderTest(seed: 1)
        first.commit(.created(sampleSession(1)))
        first.commit(.created(sampleSession(2)))
        let killed = first.disk.crashPoints.last { $0.name == "sync journal-0000000000000001" }
        let disk = SimulatedDisk(try #require(killed).image)
        let second = try start(on: disk)
        #expect(second.store.sessionCount == 2)
        second.commit(.created(sampleSession(3)))
        #expect(try entries(on: disk.restarted(.dropped)) == second.chronicle.entries)
    }

    @Test("a snapshot that was walked while the store changed holds no change without those before it")
    func snapshotAhead() throws {
        let run = runWithManySessions()
        run.journal.beginSnapshot(of: run.store, now: run.now)
        run.journal.proceed(through: run.store) { true }
        changeOnBothSides(run)
        run.journal.proceed(through: run.store) { false }
        #expect(!run.journal.mayProceed, "it has come to its end")
        while run.work() {}
        let names = run.disk.image.names.keys
        #expect(names.contains("snapshot-0000000000000002"))
        #expect(try entries(on: run.disk.restarted(.dropped)) == run.chronicle.entries)
    }

    @Test("a mending snapshot that ran ahead of its journal is no gap, neither at the next start nor at the one after")
    func mendingSnapshotAhead() throws {
        let run = runWithManySessions()
        run.disk.fail(operation: 1, code: EIO)
        run.make(.created(sampleSession(100)), isAwaited: true)
        run.journal.commitAll()
        run.work()
        run.deliver()
        #expect(run.journal.health != .working)
        run.journal.beginSnapshot(of: run.store, now: run.now)
        run.journal.proceed(through: run.store) { true }
        changeOnBothSides(run)
        run.journal.proceed(through: run.store) { false }
        while run.work() {}

        // It has its name, and nobody has told the journal yet.
        var disk = run.disk.restarted(.dropped)
        for number in 101...104 as ClosedRange<UInt64> {
            let next = try start(on: disk)
            #expect(next.store.sequence >= 101)
            next.commit(.created(sampleSession(number)))
            disk = disk.restarted(.dropped)
            #expect(try entries(on: disk) == next.chronicle.entries)
        }
    }

    @Test("what only a mending snapshot held is not left out when it is damaged later: then the start is refused")
    func damagedMendingSnapshot() throws {
        let run = runWithManySessions()
        // The journal fails when nothing is lost by that: the one before it ends where the next one begins.
        run.disk.fail(operation: 1, code: EIO)
        run.takeSnapshot()
        #expect(run.journal.health != .working)
        run.journal.beginSnapshot(of: run.store, now: run.now)
        run.make(.created(sampleSession(100)), isAwaited: false)
        run.journal.proceed(through: run.store) { false }
        while run.work() {}
        let disk = run.disk.restarted(.dropped)
        let next = try start(on: disk)
        var changed = sampleSession(100)
        changed.data = Array("{\"n\":1}".utf8)
        next.commit(.updated(changed))
        #expect(try entries(on: disk.restarted(.dropped)) == next.chronicle.entries)
        let name = "snapshot-0000000000000003"
        var bytes = try #require(disk.content(of: name))
        bytes[bytes.count / 2] ^= 1
        disk.setContent(of: name, to: bytes)
        do throws(RecoveryError) {
            let report = try recovered(from: disk).report
            Issue.record("recovered from \(report)")
        } catch {
            guard case .damaged(let damages) = error else { throw error }
            #expect(damages.contains { $0.file == name })
        }
    }

    @Test("there is no snapshot of a generation whose journal could not be begun, since it would need one")
    func snapshotWithoutJournal() throws {
        for operation in 1...7 {
            let disk = SimulatedDisk()
            let run = JournalUnderTest(seed: 1, disk: disk)
            run.commit(.created(sampleSession(1)))
            disk.fail(operation: operation, code: EIO)
            run.make(.created(sampleSession(2)), isAwaited: true)
            // The journal does not know of the failure yet, if there is one.
            run.journal.beginSnapshot(of: run.store, now: run.now)
            run.journal.proceed(through: run.store) { false }
            while run.work() {}
            run.deliver()
            #expect(run.journal.health == .failed(SystemError(disk.failures[0], code: EIO)))
            #expect(!run.journal.isTakingSnapshot)
            #expect(run.events.contains { if case .snapshotFailed = $0 { true } else { false } })
            let crashed = disk.restarted(.kept)
            #expect(StateFileName.all(.snapshot, in: Array(crashed.image.names.keys)).isEmpty)
            #expect(try recovered(from: crashed).report.damaged.isEmpty)
            run.takeSnapshot()
            #expect(run.journal.isClean)
            #expect(try entries(on: disk.restarted(.dropped)) == run.chronicle.entries)
        }
    }

    @Test("a start without any change leaves a directory from which the next one starts")
    func nothingToDo() throws {
        var disk = SimulatedDisk()
        for generation in 1...4 as ClosedRange<UInt64> {
            let run = try start(on: disk)
            run.settle()
            #expect(run.journal.generation == generation)
            disk = disk.restarted(.dropped)
            #expect(try entries(on: disk).isEmpty)
        }
        #expect(try recovered(from: disk).report.journals.count == 4)
    }

    @Test("a start that is crashed at each of its own operations can be made again")
    func crashedStarts() throws {
        let first = JournalUnderTest(seed: 1)
        first.commit(.created(sampleSession(1)))
        first.commit(.created(sampleSession(2)))
        let present = first.chronicle.entries
        let second = try start(on: first.disk.restarted(.dropped))
        second.settle()
        #expect(second.disk.crashPoints.count == 5, "create, write, sync, rename, sync of the directory")
        for (number, point) in second.disk.crashPoints.enumerated() {
            for fate in 0..<20 as Range<UInt64> {
                var generator = SplitMix64(seed: UInt64(number) * 20 + fate)
                let disk = SimulatedDisk(point.image.crashed(using: &generator))
                let third = try start(on: disk)
                third.commit(.created(sampleSession(3)))
                let restarted = try entries(on: disk.restarted(.dropped))
                #expect(restarted.dropLast() == present[...], "crash while doing '\(point.name)'")
                #expect(restarted == third.chronicle.entries, "crash while doing '\(point.name)'")
            }
        }
    }
}
