// A disk that fails at each of its operations in turn, once or from then on, while commands go on: it is noticed, what
// was acknowledged stays, and when the disk works again a snapshot makes everything durable that was made meanwhile.

import Glibc
import TestSupport
import Testing

@testable import Durability
@testable import Sessions

@Suite("A disk that fails")
struct FaultTests {
    struct Fault: CustomTestStringConvertible {
        let testDescription: String
        /// Each has a run of its own.
        let number: UInt64
        let code: CInt
        /// Whether an append that fails leaves a part of what was to be appended.
        let isShort: Bool
        let isPersistent: Bool
    }

    private static let allFaults = [
        ("EIO", EIO, false), ("ENOSPC", ENOSPC, false), ("EROFS", EROFS, false), ("a short write", ENOSPC, true),
    ]
    .enumerated()
    .flatMap { number, error in
        [true, false]
            .map { isPersistent in
                Fault(
                    testDescription: "\(error.0) \(isPersistent ? "until it is repaired" : "once")",
                    number: UInt64(number),
                    code: error.1,
                    isShort: error.2,
                    isPersistent: isPersistent
                )
            }
    }

    @Test("at any operation is noticed, loses nothing that was acknowledged, and is mended", arguments: allFaults)
    func fails(_ fault: Fault) {
        let seed = seed(for: "FaultTests, \(fault.testDescription)")
        let clean = FaultyRun(nil, at: 0, seed: seed &+ fault.number)
        let total = clean.operations
        #expect(total >= 60, "SESSIOND_SEED=\(seed)")
        #expect(clean.complaints.first == nil, "SESSIOND_SEED=\(seed)")
        var (recoveries, failures, hasComplaints) = (clean.recoveries, Set<String>(), false)
        for operation in 1...total {
            let run = FaultyRun(fault, at: operation, seed: seed &+ fault.number)
            recoveries += run.recoveries
            failures.formUnion(run.run.disk.failures.map { String($0.prefix { $0 != "-" }) })
            hasComplaints = hasComplaints || !run.complaints.isEmpty
            #expect(
                run.complaints.first == nil,
                "SESSIOND_SEED=\(seed), operation \(operation), '\(run.run.disk.failures[0])': \(run.complaints.count) complaints"
            )
        }
        // A kind of operation that never failed would not have been tested.
        #expect(
            failures.isSuperset(of: SimulatedDisk.operationsOfJournalsAndSnapshots),
            "SESSIOND_SEED=\(seed): \(failures)"
        )
        print(
            "FaultTests, \(fault.testDescription): \(total) operations failed in turn, \(recoveries) recoveries,",
            hasComplaints ? "SOMETHING LOST" : "nothing lost"
        )
    }
}

/// A run with a fault, to its end.
private final class FaultyRun {
    let run: JournalUnderTest
    private(set) var complaints: [String] = []
    private(set) var recoveries = 0
    /// How many operations there were before the disk was repaired.
    let operations: Int
    private var generator: SplitMix64

    init(_ fault: FaultTests.Fault?, at operation: Int, seed: UInt64) {
        generator = SplitMix64(seed: seed ^ UInt64(operation) &* 0x9E37_79B9)
        // Room for some commits and not for all, so that it is made in between, too.
        let disk = SimulatedDisk(room: 300)
        if let fault {
            disk.fail(
                operation: operation,
                code: fault.code,
                persistently: fault.isPersistent,
                prefix: fault.isShort ? generator.next() : nil
            )
        }
        run = JournalUnderTest(seed: seed, disk: disk)
        for _ in 0..<4 {
            run.run(turns: 6)
            if !run.journal.isTakingSnapshot { run.journal.beginSnapshot(of: run.store, now: run.now) }
            run.run(turns: 3)
            run.settle()
        }
        operations = disk.operations
        if let fault { checkNotice(of: fault) }
        disk.repair()
        mend()
        checkPresent()
        for place in disk.crashPoints.indices where isInSample(place, first: operation - 1) { checkCrash(at: place) }
    }

    /// Each of the operations right after the failure, and some of those that come later.
    private func isInSample(_ place: Int, first: Int) -> Bool {
        place >= first && (place < first + 10 || (place + first) % 4 == 0)
    }

    /// What fails for the journal and what fails for a snapshot is told as such; files that stay do no harm.
    private func checkNotice(of fault: FaultTests.Fault) {
        run.deliver()
        let failures = run.disk.failures.filter { !$0.hasPrefix("remove") }
        let ofJournal = failures.contains { $0.contains("journal") }
        let ofSnapshot = failures.contains { $0.contains("snapshot") || $0 == "list" }
        let ofEither = failures.contains("sync directory")
        var (journalFailed, snapshotFailed) = (false, false)
        for event in run.events {
            switch event {
            case .failed(let error) where error.code == fault.code: journalFailed = true
            case .snapshotFailed(let error) where error.code == fault.code: snapshotFailed = true
            case .failed, .snapshotFailed: complaints.append("another error was told: \(event)")
            default: break
            }
        }
        if ofJournal && !journalFailed || ofSnapshot && !snapshotFailed || ofEither && !journalFailed && !snapshotFailed
        {
            complaints.append("a failure was not told: \(failures), \(run.events)")
        }
        // There is no snapshot without its journal.
        if journalFailed && !ofJournal && !ofEither || snapshotFailed && failures.isEmpty {
            complaints.append("a failure was told that was none: \(failures), \(run.events)")
        }
        if fault.isPersistent, journalFailed, run.journal.health == .working {
            complaints.append("mended while the disk failed")
        }
    }

    /// Takes a snapshot on the disk that works again, if the journal has failed.
    private func mend() {
        run.settle()
        let hadFailed = run.journal.health != .working
        if hadFailed {
            run.journal.beginSnapshot(of: run.store, now: run.now)
            run.turn(snapshots: false)
            run.settle()
        }
        guard case .mended? = run.events.last(where: { if case .mended = $0 { true } else { false } }) else {
            if hadFailed { complaints.append("was not mended: \(run.events)") }
            return
        }
        if !run.journal.isClean { complaints.append("is not clean: \(run.journal.health)") }
    }

    /// All that was made, in sickness or in health, is on the disk now.
    private func checkPresent() {
        let mark = run.chronicle.last
        if mark.acknowledged != mark.made { complaints.append("not all was acknowledged: \(mark)") }
        check(run.disk.restarted(.dropped), "in the end") { store in run.chronicle.complaint(about: store, at: mark) }
    }

    private func checkCrash(at place: Int) {
        let point = run.disk.crashPoints[place]
        let mark = run.chronicle.mark(before: point.operations)
        let disk = SimulatedDisk(point.image.crashed(using: &generator))
        let story = "crash while doing '\(point.name)', operation \(place + 1)"
        check(disk, story, now: mark.now) { store in run.chronicle.complaintAboutEach(of: store, at: mark) }
        if place % 8 == 0 { goOn(on: disk, now: mark.now, revoked: run.chronicle.dead(at: mark), story) }
    }

    /// After recovery the daemon goes on, and what it recovered and does then stays, too.
    private func goOn(
        on disk: SimulatedDisk,
        now: Instant,
        revoked: [Chronicle.RevokedToken],
        _ story: String
    ) {
        guard let state = try? recover(from: disk, policy: JournalUnderTest.policy, now: now) else { return }
        let second = JournalUnderTest(state, on: disk, now: now, seed: generator.next(), revoked: revoked)
        second.work()
        second.run(turns: 5)
        let point = disk.crashPoints.randomElement(using: &generator)!
        let mark = second.chronicle.mark(before: point.operations)
        let crashed = SimulatedDisk(point.image.crashed(using: &generator))
        check(crashed, "\(story), later while doing '\(point.name)'", now: mark.now) { store in
            second.chronicle.complaint(about: store, at: mark)
        }
    }

    private func check(
        _ disk: SimulatedDisk,
        _ story: String,
        now: Instant? = nil,
        _ complaint: (borrowing SessionStore) -> String?
    ) {
        recoveries += 1
        do {
            let state = try recover(from: disk, policy: JournalUnderTest.policy, now: now ?? run.now)
            let store = state.takeStore()
            if let complaint = complaint(store) { complaints.append("\(story): \(complaint)") }
        } catch {
            complaints.append("\(story): \(error)")
        }
    }
}
