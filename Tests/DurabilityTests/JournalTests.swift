// When changes are handed to the writer, and when they count as durable.

import Glibc
import Testing

@testable import Durability
@testable import Sessions

@Suite("Commits")
struct JournalTests {
    private let unwritten = UnwrittenJournal()
    private var journal: Journal { unwritten.journal }

    @Test("a change that somebody waits for is handed to the writer at once when nobody else is to be served")
    func awaited() {
        unwritten.make(isAwaited: true)
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent("commit up to 1")
        #expect(journal.durableSequence == 0)
        #expect(unwritten.handle(.committed(upTo: 1)) == "durable up to 1")
        #expect(journal.durableSequence == 1)
        #expect(journal.isClean)
    }

    @Test("a change that nobody waits for is handed over with the next one that somebody waits for")
    func unawaited() {
        unwritten.make(isAwaited: false)
        unwritten.make(isAwaited: false)
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent()
        #expect(!journal.isClean)
        unwritten.make(isAwaited: true)
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent("commit up to 3")
        #expect(unwritten.handle(.committed(upTo: 3)) == "durable up to 3")
    }

    @Test("a change that nobody waits for is handed over when everything is to be, or when somebody begins to wait")
    func later() {
        unwritten.make(isAwaited: false)
        journal.commitAll()
        unwritten.expectSent("commit up to 1")
        unwritten.handle(.committed(upTo: 1))
        unwritten.make(isAwaited: false)
        journal.expectCommit()
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent("commit up to 2")
    }

    @Test("when there is nothing to hand over, nothing is")
    func nothing() {
        journal.commitAll()
        journal.expectCommit()
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent()
        #expect(journal.isClean)
    }

    @Test("while a commit is on its way, others gather, and go together when it is down")
    func gathering() {
        unwritten.make(isAwaited: true)
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent("commit up to 1")
        for _ in 0..<3 {
            unwritten.make(isAwaited: true)
            unwritten.pass(microseconds: 10_000)
            journal.commitIfDue(isIdle: true)
            journal.commitAll()
        }
        unwritten.expectSent()
        unwritten.handle(.committed(upTo: 1))
        #expect(!journal.isClean)
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent("commit up to 4")
        #expect(unwritten.handle(.committed(upTo: 4)) == "durable up to 4")
        #expect(journal.isClean)
    }

    @Test("a commit holds exactly the changes that were made, each once and in order")
    func records() throws {
        let disk = SimulatedDisk()
        var writer = WriterState(disk: disk)
        _ = writer.carryOut(.beginJournal(try beginning()))
        for size in [1, 3, 2] as [UInt64] {
            for _ in 0..<size { unwritten.make(isAwaited: true) }
            journal.commitAll()
            for command in unwritten.takeSent() {
                for event in writer.carryOut(command) { unwritten.handle(event) }
            }
        }
        var reader = try JournalReader("journal-0000000000000001", on: disk)
        defer { reader.close() }
        var commits: [[UInt64]] = []
        while let records = try reader.next() { commits.append(records.map(\.sequence)) }
        #expect(commits == [[1], [2, 3, 4], [5, 6]])
    }

    /// What the first journal begins with.
    private func beginning() throws -> JournalBeginning {
        var commands: [WriterCommand] = []
        makeJournal { commands.append($0) }.begin(now: noon)
        guard case .beginJournal(let beginning)? = commands.first else { throw SystemError("begin", code: 0) }
        return beginning
    }

    @Test(
        "while others are to be served, a commit waits for half of what the last one took, for a millisecond at most",
        arguments: [(duration: 0, patience: 0), (200, 100), (1999, 999), (2000, 1000), (2002, 1000), (900_000, 1000)]
    )
    func patience(duration: UInt64, patience: UInt64) {
        unwritten.make(isAwaited: true)
        journal.commitIfDue(isIdle: true)
        unwritten.pass(microseconds: duration)
        unwritten.handle(.committed(upTo: 1))
        unwritten.expectSent("commit up to 1")
        #expect(journal.statistics.lastCommitMicroseconds == duration)

        unwritten.make(isAwaited: true)
        if patience > 0 {
            unwritten.pass(microseconds: patience - 1)
            // Who joins does not make the first one wait for longer.
            unwritten.make(isAwaited: true)
            journal.commitIfDue(isIdle: false)
            unwritten.expectSent()
            unwritten.pass(microseconds: 1)
        }
        journal.commitIfDue(isIdle: false)
        unwritten.expectSent("commit up to \(patience > 0 ? 3 : 2)")
    }

    @Test("a commit waits for nobody when there is nobody to be served, or when everything is to be handed over")
    func noPatience() {
        for commit in [{ journal.commitIfDue(isIdle: true) }, { journal.commitAll() }] {
            unwritten.make(isAwaited: true)
            commit()
            unwritten.pass(microseconds: 100_000)
            unwritten.handle(.committed(upTo: journal.lastSequence))
            _ = unwritten.takeSent()
            unwritten.make(isAwaited: true)
            journal.commitIfDue(isIdle: false)
            unwritten.expectSent()
            commit()
            unwritten.expectSent("commit up to \(journal.lastSequence)")
            unwritten.handle(.committed(upTo: journal.lastSequence))
        }
    }

    @Test("a megabyte of changes is handed over even though nobody waits for it")
    func muchUnawaited() {
        let data = "{\"x\":\"" + String(repeating: "y", count: 65_528) + "\"}"
        for _ in 0..<15 { unwritten.make(isAwaited: false, data: data) }
        unwritten.expectSent()
        unwritten.make(isAwaited: false, data: data)
        unwritten.expectSent("commit up to 16")
    }

    @Test("are counted, with their bytes")
    func statistics() {
        var bytes = 0
        for _ in 0..<3 {
            unwritten.make(isAwaited: true)
            journal.commitAll()
            for case .commit(let records, let sequence) in unwritten.takeSent() {
                bytes += records.count
                unwritten.handle(.committed(upTo: sequence))
            }
        }
        #expect(journal.statistics.commits == 3)
        #expect(journal.statistics.bytes == Int64(bytes))
        #expect(bytes > 0)
        #expect(journal.statistics.failures == 0)
    }

    @Test("that are so large that the disk does not keep up make the journal refuse more, until they are down")
    func bufferLimit() {
        let data = "{\"x\":\"" + String(repeating: "y", count: 65_528) + "\"}"
        unwritten.make(isAwaited: true)
        journal.commitAll()
        var made = 0
        while journal.refusal == nil, made < 1000 {
            unwritten.make(isAwaited: true, data: data)
            made += 1
        }
        #expect((500..<520).contains(made), "32 MiB")
        #expect(journal.refusal?.code == EBUSY)
        unwritten.handle(.committed(upTo: 1))
        journal.commitIfDue(isIdle: true)
        #expect(journal.refusal == nil)
    }

    @Test("make the journal outgrow the snapshot, but not below 64 MiB, and not when the snapshot is large")
    func outgrown() {
        let data = "{\"x\":\"" + String(repeating: "y", count: 65_528) + "\"}"
        func commit(mebibytes: Int) {
            for _ in 0..<(16 * mebibytes) {
                unwritten.make(isAwaited: true, data: data)
                journal.commitAll()
                unwritten.handle(.committed(upTo: journal.lastSequence))
            }
        }
        #expect(!journal.isOutgrown)
        commit(mebibytes: 63)
        #expect(!journal.isOutgrown)
        commit(mebibytes: 2)
        #expect(journal.isOutgrown)
        _ = unwritten.takeSent()

        unwritten.beginSnapshot()
        #expect(!journal.isOutgrown, "a new journal has begun")
        unwritten.handle(.snapshotFinished(SnapshotReceipt(name: "snapshot-0000000000000002", bytes: 33 << 20)))
        commit(mebibytes: 65)
        #expect(!journal.isOutgrown, "not yet twice the snapshot")
        commit(mebibytes: 2)
        #expect(journal.isOutgrown)
    }
}
