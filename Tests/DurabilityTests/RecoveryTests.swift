// What a start makes of the files that it finds.

import Testing

@testable import Durability
@testable import Sessions

@Suite("Recovery")
struct RecoveryTests {
    @Test("of an empty directory is an empty store")
    func emptyDirectory() throws {
        let (entries, report) = try recovered(from: SimulatedDisk())
        #expect(entries.isEmpty)
        #expect(report == RecoveryReport())
    }

    @Test("brings back every session and every tombstone as it was")
    func roundTrip() throws {
        let disk = SimulatedDisk()
        let store = sampleStore(200)
        #expect(writeSnapshot(of: store, on: disk).receipt?.name == "snapshot-0000000000000001")
        let (entries, report) = try recovered(from: disk)
        #expect(entries == contents(of: store))
        #expect(report.sessions == 150)
        #expect(report.tombstones == 50)
        #expect(report.changes == 0)
        #expect(report.bytes == disk.content(of: "snapshot-0000000000000001")?.count)
    }

    @Test("goes on with sequence numbers above the last")
    func sequence() throws {
        let disk = SimulatedDisk()
        let store = sampleStore(10)
        _ = writeSnapshot(of: store, on: disk)
        let restored = try recover(from: disk, policy: Policy(), now: noon).takeStore()
        #expect(restored.sequence == store.sequence)
    }

    @Test("brings back values at their limits")
    func limits() throws {
        var session = sampleSession(1, data: "{\"x\":\"" + String(repeating: "y", count: 65_528) + "\"}")
        session.userID = UserID([UInt8](repeating: 0x61, count: UserID.longest))
        session.ip = [UInt8](repeating: 0x62, count: SessionLimit.ip)
        session.userAgent = [UInt8](repeating: 0x63, count: SessionLimit.userAgent)
        session.version = .max
        session.expiresAt = .distantFuture
        var store = SessionStore(policy: Policy(), now: noon)
        store.apply(.created(session), sequence: 1)
        let disk = SimulatedDisk()
        _ = writeSnapshot(of: store, on: disk)
        #expect(session.data.count == SessionLimit.data)
        #expect(try recovered(from: disk).entries == [.session(session, sequence: 1)])
    }

    @Test("shows nobody what has ended while the daemon was down, and leaves it to the sweep")
    func ended() throws {
        let disk = SimulatedDisk()
        let store = sampleStore(8)
        _ = writeSnapshot(of: store, on: disk)
        let later = noon.advanced(by: .days(7))
        let state = try recover(from: disk, policy: Policy(), now: later)
        #expect(state.report.sessions == 6)
        #expect(state.report.tombstones == 2)
        var restored = state.takeStore()
        #expect(contents(of: restored, now: later).isEmpty)
        var (budget, swept) = (1 << 16, 0)
        while let change = restored.nextExpiry(now: later, budget: &budget) {
            restored.apply(change, sequence: restored.sequence + 1)
            swept += 1
        }
        #expect(swept == 8)
    }

    @Test("keeps a session that a journal prolongs beyond the end that its snapshot has")
    func prolonged() throws {
        let disk = SimulatedDisk()
        let store = sampleStore(2)
        _ = writeSnapshot(of: store, on: disk)
        let end = noon.advanced(by: .days(9))
        let session = sampleSession(1)
        let touch = Touch(id: session.id, touchedAt: noon.advanced(by: .days(2)), expiresAt: end, ttl: .days(7))
        writeJournal(1, after: store.sequence, commits: [[.touched(touch)]], on: disk)
        let later = noon.advanced(by: .days(8))
        let restored = try recover(from: disk, policy: Policy(), now: later).takeStore()
        let entries = contents(of: restored, now: later)
        #expect(entries.map(\.id) == [session.id])
        #expect(entries.map(\.expiresAt) == [end])
    }

    @Test("replays the journals since the snapshot and says what it read")
    func journals() throws {
        let disk = SimulatedDisk()
        let store = sampleStore(4)
        _ = writeSnapshot(of: store, on: disk)
        writeJournal(1, after: 5, commits: [[.created(sampleSession(7)), sampleRevocation(2)]], on: disk)
        writeJournal(2, after: 7, commits: [[.created(sampleSession(8))]], on: disk)
        let state = try recover(from: disk, policy: Policy(), now: noon)
        let report = state.report
        #expect(report.snapshot == "snapshot-0000000000000001")
        #expect(report.journals == ["journal-0000000000000001", "journal-0000000000000002"])
        #expect((report.sessions, report.tombstones, report.changes) == (4, 2, 3))
        let sizes = disk.image.names.keys.map { disk.content(of: $0)?.count ?? 0 }
        #expect(report.bytes == sizes.reduce(0, +))
        #expect(state.generation == 2)
        let restored = state.takeStore()
        #expect(restored.sequence == 8)
    }

    @Test("skips what the snapshot contains already, for it was written while the store changed")
    func fuzzy() throws {
        // The snapshot was begun after change 2 and came by the first session only after change 4.
        var store = SessionStore(policy: Policy(), now: noon)
        for number in 0...1 as ClosedRange<UInt64> {
            store.apply(.created(sampleSession(number)), sequence: number + 1)
        }
        let touch = Touch(
            id: sampleSession(0).id,
            touchedAt: noon,
            expiresAt: noon.advanced(by: .days(8)),
            ttl: .days(8)
        )
        let changes = [.touched(touch), sampleRevocation(0), sampleRevocation(1)] as [Change]
        var bytes: [UInt8] = []
        var encoder = SnapshotEncoder(sequence: 2, writtenAt: noon, hasJournal: true, to: &bytes)
        encoder.append(.session(sampleSession(1), sequence: 2), to: &bytes)
        for (place, change) in changes.enumerated() { store.apply(change, sequence: UInt64(place) + 3) }
        for entry in contents(of: store) where entry.id == sampleSession(0).id { encoder.append(entry, to: &bytes) }
        encoder.finish(to: &bytes)
        let disk = SimulatedDisk()
        disk.setContent(of: "snapshot-0000000000000001", to: bytes)
        writeJournal(1, after: 2, commits: [changes], on: disk)
        #expect(try recovered(from: disk).entries == contents(of: store))
    }

    @Test("takes the newest of several snapshots")
    func newest() throws {
        let disk = SimulatedDisk()
        for count in [3, 5, 7] as [UInt64] {
            let store = sampleStore(count)
            _ = writeSnapshot(of: store, on: disk)
        }
        #expect(try recovered(from: disk).report.snapshot == "snapshot-0000000000000003")
        #expect(try recovered(from: disk).entries.count == 7)
    }

    @Test("passes a damaged newest snapshot over, keeps it aside and says so")
    func damagedNewest() throws {
        let disk = SimulatedDisk()
        let older = sampleStore(4)
        _ = writeSnapshot(of: older, on: disk)
        let newer = sampleStore(6)
        let created = (4...5).map { Change.created(sampleSession($0)) }
        writeJournal(1, after: older.sequence, commits: [created], on: disk)
        writeJournal(2, after: older.sequence + 2, commits: [[sampleRevocation(4)]], on: disk)
        _ = writeSnapshot(of: newer, on: disk)
        var bytes = try #require(disk.content(of: "snapshot-0000000000000002"))
        bytes[bytes.count / 2] ^= 1
        disk.setContent(of: "snapshot-0000000000000002", to: bytes)
        let (entries, report) = try recovered(from: disk)
        #expect(entries.map(\.id) == contents(of: newer).map(\.id))
        #expect(entries.map(\.session) == contents(of: newer).map(\.session))
        #expect(report.snapshot == "snapshot-0000000000000001")
        #expect(report.damaged.map(\.file) == ["snapshot-0000000000000002"])
        try setAside(report.damaged, on: disk)
        #expect(disk.content(of: "snapshot-0000000000000002.damaged") == bytes)
        let (entriesAfterwards, reportAfterwards) = try recovered(from: disk.restarted(.dropped))
        #expect(entriesAfterwards == entries)
        #expect(reportAfterwards.damaged.isEmpty)
    }

    @Test("is refused when no snapshot is whole, and changes nothing")
    func nothingWhole() throws {
        let disk = SimulatedDisk()
        disk.setContent(of: "snapshot-0000000000000001", to: Array("SESSIOND but no more".utf8))
        disk.setContent(of: "snapshot-0000000000000002", to: [])
        #expect {
            _ = try recovered(from: disk)
        } throws: { error in
            guard case .damaged(let damages)? = error as? RecoveryError else { return false }
            return damages.map(\.file) == ["snapshot-0000000000000002", "snapshot-0000000000000001"]
        }
        #expect(try disk.list().sorted() == ["snapshot-0000000000000001", "snapshot-0000000000000002"])
    }

    @Test("refuses a snapshot of a newer format and names both versions")
    func newerFormat() throws {
        let disk = SimulatedDisk()
        let store = sampleStore(1)
        var bytes = snapshotBytes(of: store)
        let size = SnapshotFormat.headerSize
        bytes.overwrite(at: 8, with: SnapshotFormat.version + 1)
        bytes.overwrite(at: size - 4, with: CRC32C.checksum(bytes.span.extracting(..<(size - 4))))
        disk.setContent(of: "snapshot-0000000000000001", to: bytes)
        #expect {
            _ = try recovered(from: disk)
        } throws: { error in
            guard case .damaged(let damages)? = error as? RecoveryError else { return false }
            return damages.map(\.reason) == ["format version 2, and this daemon reads 1"]
        }
    }

    @Test("ignores temporary and foreign files")
    func foreignFiles() throws {
        let disk = SimulatedDisk()
        let names = [
            "snapshot.tmp", "snapshot-1", "snapshot-000000000000000g", "snapshot-0000000000000001.damaged", "notes",
            "journal.tmp", "journal-1", "journal-00000000000000001", "journal-000000000000000A", "Journal-1",
            "journal-",
        ]
        for name in names { disk.setContent(of: name, to: [1, 2, 3]) }
        #expect(try recovered(from: disk).entries.isEmpty)
        #expect(try disk.list().sorted() == names.sorted())
    }

    @Test("is refused when the disk cannot be read, rather than going back a generation")
    func unreadable() throws {
        let disk = SimulatedDisk()
        for _ in 0..<2 {
            let store = sampleStore(4)
            _ = writeSnapshot(of: store, on: disk)
        }
        disk.fail(operation: 3, code: 5)
        #expect(throws: RecoveryError.disk(SystemError("read snapshot-0000000000000002", code: 5))) {
            _ = try recovered(from: disk)
        }
    }
}
