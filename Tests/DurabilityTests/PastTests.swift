// What a start knows of the last changes, for watchers that come back: all of them since some change, as they were told or
// would have been, and which histories they belong to.

import Glibc
import TestSupport
import Testing

@testable import Durability
@testable import Sessions

@Suite("The past")
struct PastTests {
    private let run = JournalUnderTest(seed: 1)
    private var epoch: Epoch { run.journal.epoch }

    /// What a start finds after a kill.
    private func past(_ disk: SimulatedDisk? = nil, limit: Int = 1000, now: Instant = noon) throws -> Past {
        try recover(
            from: (disk ?? run.disk).restarted(.kept),
            policy: JournalUnderTest.policy,
            now: now,
            watchHistory: limit
        )
        .past
    }

    /// A daemon that goes on after a kill.
    private func restarted(_ run: JournalUnderTest) throws -> JournalUnderTest {
        let disk = run.disk.restarted(.kept)
        let state = try recover(from: disk, policy: JournalUnderTest.policy, now: noon)
        let next = JournalUnderTest(state, on: disk, now: noon, seed: run.generator.next(), revoked: [])
        next.settle()
        return next
    }

    /// Makes sessions, each in a commit of its own.
    private func create(_ numbers: Range<UInt64>, of user: String? = nil) {
        for number in numbers {
            var session = sampleSession(number)
            if let user { session.userID = UserID(Array(user.utf8)) }
            run.commit(.created(session))
        }
    }

    private func revoke(_ scope: Revocation.Scope, on run: JournalUnderTest? = nil) {
        (run ?? self.run).commit(.revoked(Revocation(scope: scope, at: noon, cause: Array("logout".utf8))))
    }

    private let ann = UserID(Array("ann".utf8))!

    @Test("of an empty directory is empty, and nobody goes on from it")
    func empty() throws {
        let past = try past(SimulatedDisk())
        #expect(past.since == 0)
        #expect(past.events.isEmpty)
        #expect(!past.goesOn(from: epoch, after: 0))
    }

    @Test("has each kind of change of one session as it was told, of sessions that are gone by now, too")
    func everyKind() throws {
        create(0..<5)
        let touch = Touch(
            id: sampleSession(1).id,
            touchedAt: noon,
            expiresAt: noon.advanced(by: .days(8)),
            ttl: .days(8)
        )
        run.commit(.touched(touch))
        var changed = sampleSession(2)
        changed.version += 1
        run.commit(.updated(changed))
        let replaced = ReplacedToken(tokenHash: sampleSession(2).tokenHash, id: changed.id, at: noon)
        changed.tokenHash = sampleSession(77).tokenHash
        run.commit(.rotated(Rotation(session: changed, replaced: replaced)))
        run.commit(sampleRevocation(3))
        run.commit(.expired(sampleSession(4).id))
        // Of a tombstone, and of nothing.
        run.commit(.expired(sampleSession(3).id))
        run.commit(.expired(sampleSession(99).id))
        let expected = run.chronicle.events
        #expect(
            expected.map(\.kind) == Array(repeating: .created, count: 5) + [
                .touched, .updated, .rotated, .revoked, .expired,
            ]
        )
        for _ in 0..<2 {
            let past = try past()
            #expect(past.since == 0)
            #expect(past.events == expected)
            #expect(past.ancestors == [Past.Ancestor(epoch: epoch, end: 12)])
            // After a snapshot nothing of it is replayed.
            run.takeSnapshot()
        }
    }

    @Test(
        "is as long as the files from the snapshot before the last one on",
        .rule("What is held goes back to the snapshot before the last one")
    )
    func snapshots() throws {
        for number in 0..<4 as Range<UInt64> {
            create(number..<(number + 1))
            run.takeSnapshot()
        }
        let past = try past()
        #expect(past.since == 3)
        #expect(past.events.map(\.sequence) == [4])
        // Who saw change 3 may have seen a part of it only.
        #expect((0...5).filter { past.goesOn(from: epoch, after: $0) } == [4])
    }

    @Test("goes over restarts, and each history counts up to its own end")
    func restarts() throws {
        create(0..<2)
        let second = try restarted(run)
        second.commit(.created(sampleSession(2)))
        second.takeSnapshot()
        let third = try restarted(second)
        third.commit(.created(sampleSession(3)))
        let past = try past(third.disk)
        #expect(past.events.map(\.sequence) == [1, 2, 3, 4])
        let epochs = [epoch, second.journal.epoch, third.journal.epoch]
        #expect(past.ancestors.map(\.epoch) == epochs)
        #expect(past.ancestors.map(\.end) == [2, 3, 4])
        for (epoch, end) in zip(epochs, [2, 3, 4] as [UInt64]) {
            #expect((0...6).filter { past.goesOn(from: epoch, after: $0) } == Array(0...end))
        }
        #expect(!past.goesOn(from: .sample(99), after: 1))
    }

    @Test(
        "of a history that lost its last changes ends before them",
        .rule("A watcher has to begin again, too, when it was told of a change that the daemon has lost"),
        arguments: [false, true]
    )
    func lost(isLost: Bool) throws {
        create(0..<2)
        // Under everysec somebody may have been told of it already.
        run.make(.created(sampleSession(2)), isAwaited: false)
        if !isLost { run.settle() }
        let past = try past()
        #expect(past.goesOn(from: epoch, after: 2))
        #expect(past.goesOn(from: epoch, after: 3) == !isLost)
    }

    @Test(
        "has whom a revocation of few has ended, though they and even their tombstones are gone",
        arguments: [false, true]
    )
    func few(isSnapshot: Bool) throws {
        create(0..<3, of: "ann")
        create(3..<4)
        revoke(.user(ann, except: sampleSession(2).id))
        run.commit(.expired(sampleSession(0).id))
        if isSnapshot { run.takeSnapshot() }
        let events = try past().events.filter { $0.kind == .revoked }
        #expect(events.allSatisfy { $0.sequence == 5 && $0.user == ann.bytes && $0.at == noon && !$0.isLate })
        #expect(events.map(\.cause) == [Array("logout".utf8), Array("logout".utf8)])
        #expect(Set(events.map(\.id)) == [sampleSession(0).id, sampleSession(1).id])
    }

    @Test("has whom a revocation of many has ended, as what came last: who was told in part gets all again")
    func many() throws {
        create(0..<200, of: "ann")
        revoke(.user(ann, except: nil))
        create(200..<201)
        for _ in 0..<2 {
            let events = try past().events
            #expect(events[200].kind == .created)
            #expect(events.count == 401)
            #expect(events[201...].allSatisfy { $0.sequence == 202 && $0.isLate && $0.kind == .revoked })
            #expect(Set(events[201...].map(\.id)) == Set((0..<200).map { sampleSession($0).id }))
            run.takeSnapshot()
        }
    }

    @Test(
        "begins anew when everyone was revoked, for those who were told in that history",
        .rule("after a revocation of everyone")
    )
    func everyone() throws {
        create(0..<2)
        revoke(.everyone)
        create(2..<3)
        let second = try restarted(run)
        second.commit(.created(sampleSession(3)))
        let past = try past(second.disk)
        #expect(past.since == 3)
        #expect((0...5).filter { past.goesOn(from: epoch, after: $0) }.isEmpty)
        #expect((0...5).filter { past.goesOn(from: second.journal.epoch, after: $0) } == [4, 5])
    }

    @Test("holds no more changes than are wanted", arguments: [1, 2, 5, 9])
    func limited(limit: Int) throws {
        create(0..<30)
        let past = try past(limit: limit)
        #expect((limit..<2 * limit).contains(past.events.count))
        #expect(past.events.map(\.sequence) == Array((past.since + 1)...30))
        #expect(try self.past(limit: 0).ancestors.isEmpty)
    }

    @Test("begins behind a failure of the journal, since some of what was made then is only in the snapshot")
    func failure() throws {
        create(0..<3)
        let before = epoch
        run.disk.fail(operation: 1, code: EIO)
        run.make(.created(sampleSession(3)), isAwaited: true)
        run.journal.commitAll()
        run.work()
        run.deliver()
        #expect(run.journal.health != .working)
        run.journal.epoch = .sample(2)
        run.takeSnapshot()
        create(4..<5)
        let past = try past()
        #expect(past.since == 4)
        #expect(past.events.map(\.sequence) == [5])
        #expect((0...6).filter { past.goesOn(from: .sample(2), after: $0) } == [5])
        #expect((0...6).filter { past.goesOn(from: before, after: $0) }.isEmpty)
    }

    @Test("begins behind what only a snapshot holds that ran ahead of its journal")
    func ahead() {
        func record(_ number: UInt64) -> JournalRecord {
            JournalRecord(sequence: number, change: .created(sampleSession(number)), occasion: .plain)
        }
        var reading = PastReading(limit: 10)
        reading.begin(after: 0, epoch: .sample(1))
        for number in 1...2 as ClosedRange<UInt64> { reading.read(record(number)) }
        reading.begin(after: 3, epoch: .sample(2))
        reading.read(record(4))
        var store = SessionStore(policy: Policy(), now: noon)
        store.advance(to: 4)
        let past = reading.finish(store)
        #expect(past.since == 3)
        #expect(past.events.map(\.sequence) == [4])
        #expect((0...5).filter { past.goesOn(from: .sample(1), after: $0) }.isEmpty)
        #expect((0...5).filter { past.goesOn(from: .sample(2), after: $0) } == [4])
        // And nothing of it counts when the store has more.
        store.advance(to: 5)
        #expect(reading.finish(store).ancestors.isEmpty)
    }

    @Test("does not count after a repair, however far this history goes on")
    func repaired() throws {
        create(0..<3)
        let disk = run.disk.restarted(.kept)
        let name = "journal-0000000000000001"
        var bytes = try #require(disk.content(of: name))
        let place = try #require(writtenEnds().dropLast(2).last) + JournalFormat.commitOverhead
        bytes[place] ^= 1
        disk.setContent(of: name, to: bytes)
        let repair = try repairState(on: disk, now: noon)
        #expect(repair.losses.changes == [2...2])
        let state = try recover(from: disk, policy: JournalUnderTest.policy, now: noon)
        let next = JournalUnderTest(state, on: disk, now: noon, seed: 2, revoked: [])
        for number in 10..<20 as Range<UInt64> { next.commit(.created(sampleSession(number))) }
        let past = try past(disk)
        #expect(past.events.last?.sequence == 13)
        #expect((0...13).filter { past.goesOn(from: epoch, after: $0) }.isEmpty)
    }

    /// Where the header and the commits of the first journal end.
    private func writtenEnds() throws -> [Int] {
        var reader = try JournalReader("journal-0000000000000001", on: run.disk)
        defer { reader.close() }
        var ends = [reader.offset]
        while try reader.next() != nil { ends.append(reader.offset) }
        return ends
    }
}
