// Snapshots and the journals that begin with them; failures, and how a new generation mends them.

import Glibc
import Testing

@testable import Durability
@testable import Sessions

@Suite("Generations of the journal")
struct JournalGenerationTests {
    private let unwritten = UnwrittenJournal()
    private var journal: Journal { unwritten.journal }
    private let broken = SystemError("sync journal-0000000000000001", code: EIO)
    private let receipt = SnapshotReceipt(name: "snapshot-0000000000000002", bytes: 100)

    private func fail() {
        unwritten.make(isAwaited: true)
        journal.commitAll()
        _ = unwritten.takeSent()
        #expect(unwritten.handle(.journalFailed(broken)) == "failed: \(broken.message)")
    }

    @Test("a snapshot begins a new journal behind the commits before it")
    func snapshot() {
        unwritten.make(isAwaited: false)
        unwritten.make(isAwaited: true)
        unwritten.beginSnapshot()
        unwritten.expectSent("commit up to 2", "begin journal 2 after 2", "begin snapshot 2")
        #expect(journal.isTakingSnapshot)
        #expect(unwritten.handle(.committed(upTo: 2)) == "durable up to 2")
        #expect(unwritten.handle(.journalBegun(generation: 2)) == nil)
        unwritten.walk()
        unwritten.expectSent("append to snapshot", "finish snapshot")
        #expect(!journal.mayProceed)
        #expect(unwritten.handle(.pieceWritten(1)) == nil)
        #expect(unwritten.handle(.snapshotFinished(receipt)) == "snapshot-0000000000000002 has 2 sessions")
        #expect(!journal.isTakingSnapshot)
        #expect(journal.generation == 2)
    }

    @Test("a snapshot does not wait for a commit that is on its way, nor a commit for a snapshot")
    func snapshotDuringCommit() {
        unwritten.make(isAwaited: true)
        journal.commitIfDue(isIdle: true)
        unwritten.make(isAwaited: true)
        unwritten.beginSnapshot()
        unwritten.expectSent("commit up to 1", "commit up to 2", "begin journal 2 after 2", "begin snapshot 2")
        #expect(unwritten.handle(.committed(upTo: 1)) == "durable up to 1")
        #expect(unwritten.handle(.committed(upTo: 2)) == "durable up to 2")
        unwritten.make(isAwaited: true)
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent("commit up to 3")
    }

    @Test("a snapshot gets its name only behind the commit of every change that it may hold")
    func finishing() {
        unwritten.make(isAwaited: true)
        unwritten.beginSnapshot()
        unwritten.handle(.committed(upTo: 1))
        unwritten.make(isAwaited: false)
        _ = unwritten.takeSent()
        unwritten.walk()
        unwritten.expectSent("append to snapshot", "commit up to 2", "finish snapshot")
    }

    @Test("a snapshot that fails leaves the journal as it is, and may be taken again")
    func snapshotFailure() {
        unwritten.beginSnapshot()
        unwritten.handle(.journalBegun(generation: 2))
        let full = SystemError("write snapshot.tmp", code: ENOSPC)
        #expect(unwritten.handle(.snapshotFailed(full)) == "snapshot failed: \(full.message)")
        #expect(journal.health == .working)
        #expect(!journal.isTakingSnapshot)
        _ = unwritten.takeSent()
        unwritten.make(isAwaited: true)
        unwritten.beginSnapshot()
        unwritten.expectSent("commit up to 1", "begin journal 3 after 1", "begin snapshot 3")
    }

    @Test("after a failure nothing is durable any more, nothing is written, and it says why")
    func failure() {
        unwritten.make(isAwaited: true)
        journal.commitAll()
        unwritten.handle(.committed(upTo: 1))
        fail()
        #expect(journal.health == .failed(broken))
        #expect(journal.refusal != nil)
        #expect(journal.refusal == broken)
        #expect(journal.statistics.failures == 1)
        for _ in 0..<3 {
            unwritten.make(isAwaited: true)
            unwritten.pass(microseconds: 10_000)
            journal.commitIfDue(isIdle: true)
            journal.commitAll()
        }
        unwritten.expectSent()
        #expect(journal.durableSequence == 1)
        #expect(journal.lastSequence == 5)
        #expect(!journal.isClean)
    }

    @Test("a snapshot mends a failure: a new journal follows it, and holds what was changed since it was begun")
    func mending() throws {
        fail()
        unwritten.make(isAwaited: true)
        unwritten.beginSnapshot()
        unwritten.expectSent("begin snapshot 2")
        unwritten.make(isAwaited: true)
        journal.commitIfDue(isIdle: true)
        journal.commitAll()
        unwritten.walk()
        unwritten.expectSent("append to snapshot", "finish snapshot")
        #expect(unwritten.handle(.snapshotFinished(receipt)) == "snapshot-0000000000000002 has 3 sessions")
        unwritten.expectSent("begin mending journal 2 after 2")
        #expect(journal.health == .failed(broken))
        #expect(unwritten.handle(.journalBegun(generation: 2)) == "mended")
        #expect(journal.health == .working)
        #expect(journal.durableSequence == 2, "the third change is in the buffer still")
        #expect(!journal.isClean)
        journal.commitAll()
        unwritten.expectSent("commit up to 3")
        #expect(unwritten.handle(.committed(upTo: 3)) == "durable up to 3")
        #expect(journal.isClean)
    }

    @Test("whoever began to wait while a failure was being mended waits for the next commit, not for the next second")
    func waitingWhileMending() {
        fail()
        unwritten.beginSnapshot()
        unwritten.make(isAwaited: true)
        journal.commitIfDue(isIdle: true)
        unwritten.walk()
        unwritten.handle(.snapshotFinished(receipt))
        unwritten.handle(.journalBegun(generation: 2))
        _ = unwritten.takeSent()
        journal.commitIfDue(isIdle: true)
        unwritten.expectSent("commit up to 2")
    }

    @Test("when nothing was changed since the snapshot was begun, all is durable once its journal has begun")
    func mendingWithoutChanges() {
        fail()
        unwritten.beginSnapshot()
        unwritten.walk()
        unwritten.handle(.snapshotFinished(receipt))
        #expect(unwritten.handle(.journalBegun(generation: 2)) == "mended")
        #expect(journal.isClean)
        #expect(journal.durableSequence == 1)
    }

    @Test("when the mending snapshot fails, or its journal, the next one holds what was changed meanwhile")
    func mendingFails() {
        fail()
        unwritten.beginSnapshot()
        unwritten.make(isAwaited: true)
        let full = SystemError("write snapshot.tmp", code: ENOSPC)
        #expect(unwritten.handle(.snapshotFailed(full)) == "snapshot failed: \(full.message)")
        #expect(journal.health == .failed(broken))
        unwritten.beginSnapshot()
        unwritten.walk()
        unwritten.make(isAwaited: true)
        unwritten.handle(.snapshotFinished(receipt))
        let still = SystemError("create journal.tmp", code: ENOSPC)
        #expect(unwritten.handle(.journalFailed(still)) == "failed: \(still.message)")
        #expect(journal.refusal == still)
        _ = unwritten.takeSent()

        unwritten.beginSnapshot()
        unwritten.walk()
        unwritten.handle(.snapshotFinished(receipt))
        unwritten.expectSent(
            "begin snapshot 4",
            "append to snapshot",
            "finish snapshot",
            "begin mending journal 4 after 3"
        )
        #expect(unwritten.handle(.journalBegun(generation: 4)) == "mended")
        #expect(journal.isClean)
    }

    @Test("a snapshot begun before the journal of the one before it has begun takes its place")
    func mendingTwice() throws {
        fail()
        unwritten.beginSnapshot()
        unwritten.make(isAwaited: true)
        unwritten.walk()
        unwritten.handle(.snapshotFinished(receipt))
        unwritten.beginSnapshot()
        #expect(unwritten.handle(.journalBegun(generation: 2)) == nil, "its snapshot is not the newest any more")
        unwritten.make(isAwaited: true)
        unwritten.walk()
        unwritten.handle(.snapshotFinished(receipt))
        #expect(unwritten.handle(.journalBegun(generation: 3)) == "mended")
        _ = unwritten.takeSent()
        journal.commitAll()
        let sent = unwritten.takeSent()
        #expect(sent.map(\.words) == ["commit up to 3"])
        // The journal begins after change 2, so change 2 must not be in it.
        guard case .commit(let records, _)? = sent.first else { return }
        var reader = BinaryReader(records[12...])
        #expect(reader.integer(UInt64.self) == 3)
    }

    @Test("a failure while a snapshot is being taken does not make that snapshot a mending one")
    func failureDuringSnapshot() {
        unwritten.make(isAwaited: true)
        unwritten.beginSnapshot()
        unwritten.handle(.committed(upTo: 1))
        unwritten.handle(.journalBegun(generation: 2))
        fail()
        unwritten.walk()
        _ = unwritten.takeSent()
        unwritten.handle(.snapshotFinished(receipt))
        unwritten.expectSent()
        #expect(journal.health == .failed(broken))
        unwritten.beginSnapshot()
        unwritten.expectSent("begin snapshot 3")
    }
}
