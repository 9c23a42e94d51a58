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
        #expect(report.ended == 0)
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

    @Test("leaves out what has ended while the daemon was down")
    func ended() throws {
        let disk = SimulatedDisk()
        let store = sampleStore(8)
        _ = writeSnapshot(of: store, on: disk)
        let later = noon.advanced(by: .days(7))
        let state = try recover(from: disk, policy: Policy(), now: later)
        #expect(state.report.ended == 8)
        #expect(state.report.sessions == 0)
        let restored = state.takeStore()
        #expect(contents(of: restored, now: later).isEmpty)
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
        let newer = sampleStore(6)
        _ = writeSnapshot(of: older, on: disk)
        _ = writeSnapshot(of: newer, on: disk)
        var bytes = try #require(disk.content(of: "snapshot-0000000000000002"))
        bytes[bytes.count / 2] ^= 1
        disk.setContent(of: "snapshot-0000000000000002", to: bytes)
        let (entries, report) = try recovered(from: disk)
        #expect(entries == contents(of: older))
        #expect(report.snapshot == "snapshot-0000000000000001")
        #expect(report.damaged.map(\.file) == ["snapshot-0000000000000002"])
        #expect(disk.content(of: "snapshot-0000000000000002.damaged") == bytes)
        #expect(try recovered(from: disk).report.damaged.isEmpty)
    }

    @Test("is refused when no snapshot is whole, and changes nothing")
    func nothingWhole() throws {
        let disk = SimulatedDisk()
        disk.setContent(of: "snapshot-0000000000000001", to: Array("SESSIOND but no more".utf8))
        disk.setContent(of: "snapshot-0000000000000002", to: [])
        #expect {
            _ = try recovered(from: disk)
        } throws: { error in
            guard case .noWholeSnapshot(let damaged)? = error as? RecoveryError else { return false }
            return damaged.map(\.file) == ["snapshot-0000000000000002", "snapshot-0000000000000001"]
        }
        #expect(try disk.list().sorted() == ["snapshot-0000000000000001", "snapshot-0000000000000002"])
    }

    @Test("refuses a snapshot of a newer format and names both versions")
    func newerFormat() throws {
        let disk = SimulatedDisk()
        var bytes: [UInt8] = SnapshotFormat.magic
        bytes.append(integer: SnapshotFormat.version + 1)
        bytes.append(integer: UInt64(7))
        bytes.append(integer: Int64(7))
        bytes.append(integer: CRC32C.checksum(bytes.span))
        disk.setContent(of: "snapshot-0000000000000001", to: bytes)
        #expect {
            _ = try recovered(from: disk)
        } throws: { error in
            guard case .noWholeSnapshot(let damaged)? = error as? RecoveryError else { return false }
            return damaged[0].reason == "format version 2, and this daemon reads 1"
        }
    }

    @Test("ignores temporary and foreign files")
    func foreignFiles() throws {
        let disk = SimulatedDisk()
        let names = [
            "snapshot.tmp", "snapshot-1", "snapshot-000000000000000g", "snapshot-0000000000000001.damaged", "notes",
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
