// A run of random commands with snapshots, crashed at every disk operation in turn, many times each with other fates of
// what was not synced; recovery crashed at each of its operations in turn; and the daemon going on, to crash again.

import TestSupport
import Testing

@testable import Durability
@testable import Sessions

@Suite("A crash at every disk operation")
struct CrashTests {
    /// How often each crash is repeated with another seed.
    private static let fates: UInt64 = 20
    /// More than ever were needed.
    private static let mostRuns = 8

    @Test("loses nothing that was acknowledged and brings nothing back that was revoked", .rule("nor a crash"))
    func crashes() async {
        let seed = seed(for: "CrashTests")
        var generator = SplitMix64(seed: seed)
        var (tally, count, runs) = (CrashTally(), 0, 0)
        // A run may come to little that is worth crashing; then there is another.
        while runs < Self.mostRuns, !tally.isEnough {
            let run = CrashedRun(seed: runs == 0 ? seed : generator.next())
            runs += 1
            count += run.points.count
            // A run in which something never happened would prove nothing of it.
            let operations = Set(run.points.map { String($0.name.prefix { $0 != "-" }) })
            #expect(operations.isSuperset(of: SimulatedDisk.operationsOfJournalsAndSnapshots), "SESSIOND_SEED=\(seed)")
            #expect(run.chronicle.revoked.count >= 20, "SESSIOND_SEED=\(seed)")
            tally.add(await crashes(of: run))
        }
        #expect(tally.isEnough, "\(runs) runs came to too little, SESSIOND_SEED=\(seed)")
        #expect(tally.complaints.first == nil, "SESSIOND_SEED=\(seed), \(tally.complaints.count) complaints")
        print(
            "CrashTests: \(count) crash points of \(runs) runs with \(Self.fates) seeds each, going on after",
            "\(tally.continuations): \(tally.crashes) crashes, \(tally.recoveries) recoveries,",
            "\(tally.crashedRecoveries) of them crashed, too, after \(tally.resumptions) watchers go on;",
            tally.complaints.isEmpty ? "nothing lost" : "\(tally.complaints.count) LOST SOMETHING"
        )
    }

    /// Crashes a run at each of its points, with each fate.
    private func crashes(of run: CrashedRun) async -> CrashTally {
        await withTaskGroup(of: CrashTally.self) { group in
            let count = run.points.count
            let share = (count + 15) / 16
            for start in stride(from: 0, to: count, by: share) {
                group.addTask {
                    var tally = CrashTally()
                    for place in start..<min(start + share, count) {
                        for fate in 0..<Self.fates { run.crash(at: place, fate: fate, &tally) }
                    }
                    return tally
                }
            }
            return await group.reduce(into: CrashTally()) { $0.add($1) }
        }
    }
}

/// What was done and found.
private struct CrashTally: Sendable {
    var crashes = 0
    var recoveries = 0
    var crashedRecoveries = 0
    var continuations = 0
    /// After how many recoveries a watcher that was told of all that was acknowledged goes on.
    var resumptions = 0
    var complaints: [String] = []

    /// Whether so much was done that it proves something.
    var isEnough: Bool {
        crashes >= 10_000 && crashedRecoveries >= 300 && continuations >= 300 && resumptions >= 5000
    }

    mutating func add(_ other: CrashTally) {
        crashes += other.crashes
        recoveries += other.recoveries
        crashedRecoveries += other.crashedRecoveries
        continuations += other.continuations
        resumptions += other.resumptions
        complaints += other.complaints
    }
}

/// A run that came to its end, and what there was at each of its moments.
private struct CrashedRun: Sendable {
    /// Every so many crashes recovery is crashed, too, or the daemon goes on.
    private static let sample: UInt64 = 24
    /// Room for the first commits of each journal: what follows makes its file grow.
    private static let room = 300

    private let seed: UInt64
    let points: [SimulatedDisk.CrashPoint]
    let chronicle: Chronicle

    init(seed: UInt64) {
        self.seed = seed
        let run = JournalUnderTest(seed: seed, disk: SimulatedDisk(room: Self.room))
        run.run(turns: 15, snapshots: false)
        run.scatter()
        for _ in 0..<2 {
            run.run(turns: 140)
            run.isWaiting = false
        }
        run.settle()
        points = run.disk.crashPoints
        chronicle = run.chronicle
    }

    func crash(at place: Int, fate: UInt64, _ tally: inout CrashTally) {
        let number = UInt64(place) * 1000 + fate
        var generator = SplitMix64(seed: seed ^ (number &* 0x9E37_79B9))
        let (image, name) = (points[place].image, points[place].name)
        let mark = chronicle.mark(before: points[place].operations)
        let story = "crash \(number) while doing '\(name)'"
        let disk = SimulatedDisk(Self.crashed(image, using: &generator), room: Self.room)
        tally.crashes += 1
        let first = recover(disk, chronicle, mark, story, &tally)
        let second = recover(disk, chronicle, mark, "\(story), recovered again", &tally)
        if first?.entries != second?.entries { tally.complaints.append("\(story): recovered to two states") }
        switch number % Self.sample {
        case 0: crashRecovery(from: disk, mark, story, &generator, &tally)
        case 1: goOn(on: disk, mark, story, &generator, &tally)
        default: break
        }
    }

    /// What there is after a crash of the machine, or now and then of the process only: then nothing is lost yet.
    private static func crashed(_ image: DiskImage, using generator: inout SplitMix64) -> DiskImage {
        generator.oneIn(8) ? image : image.crashed(using: &generator)
    }

    /// Recovers, and compares with the chronicle.
    @discardableResult
    private func recover(
        _ disk: SimulatedDisk,
        _ chronicle: Chronicle,
        _ mark: Chronicle.Mark,
        _ story: String,
        _ tally: inout CrashTally
    ) -> (entries: [SnapshotEntry], sequence: UInt64)? {
        tally.recoveries += 1
        do {
            let state = try Durability.recover(
                from: disk,
                policy: JournalUnderTest.policy,
                now: mark.now,
                watchHistory: 1000
            )
            let past = state.past
            let store = state.takeStore()
            let complaint =
                chronicle.complaint(about: store, at: mark)
                ?? chronicle.complaint(about: past, upTo: store.sequence, at: mark)
            if let complaint { tally.complaints.append("\(story): \(complaint)") }
            if chronicle.goesOn(in: past, at: mark) { tally.resumptions += 1 }
            return (contents(of: store, now: mark.now), store.sequence)
        } catch {
            tally.complaints.append("\(story): \(error)")
            return nil
        }
    }

    /// Crashes a recovery at each of its operations in turn until it gets through.
    private func crashRecovery(
        from disk: SimulatedDisk,
        _ mark: Chronicle.Mark,
        _ story: String,
        _ generator: inout SplitMix64,
        _ tally: inout CrashTally
    ) {
        var disk = disk
        for operation in 1... {
            disk = SimulatedDisk(Self.crashed(disk.image, using: &generator))
            disk.crash(atOperation: operation)
            do {
                _ = try Durability.recover(from: disk, policy: JournalUnderTest.policy, now: mark.now)
                break
            } catch {
                tally.crashes += 1
                tally.crashedRecoveries += 1
                if error == .disk(SimulatedDisk.crashed) { continue }
                tally.complaints.append("\(story), recovery crashed at operation \(operation): \(error)")
                return
            }
        }
        recover(SimulatedDisk(disk.image), chronicle, mark, "\(story), recovery crashed again and again", &tally)
    }

    /// Lets the daemon go on after recovery, crash again, go on again and crash once more.
    private func goOn(
        on disk: SimulatedDisk,
        _ mark: Chronicle.Mark,
        _ story: String,
        _ generator: inout SplitMix64,
        _ tally: inout CrashTally
    ) {
        var (disk, mark, story) = (disk, mark, story)
        var revoked = chronicle.dead(at: mark)
        for _ in 0..<3 {
            guard let state = try? Durability.recover(from: disk, policy: JournalUnderTest.policy, now: mark.now) else {
                return  // Reported when it was recovered before.
            }
            tally.continuations += 1
            let run = JournalUnderTest(state, on: disk, now: mark.now, seed: generator.next(), revoked: revoked)
            run.work()
            run.isWaiting = generator.oneIn(2)
            run.run(turns: 12)
            if generator.oneIn(4) { run.settle() }
            for point in [run.disk.crashPoints.randomElement(using: &generator)!, run.disk.crashPoints.last!] {
                mark = run.chronicle.mark(before: point.operations)
                disk = SimulatedDisk(Self.crashed(point.image, using: &generator), room: Self.room)
                tally.crashes += 1
                recover(disk, run.chronicle, mark, "\(story), later while doing '\(point.name)'", &tally)
            }
            revoked = run.chronicle.dead(at: mark)
            story += ", and went on"
        }
    }
}
