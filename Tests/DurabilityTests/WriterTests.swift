// The writer thread and the real disk, in a directory of the test's own.

import Foundation
import Testing

@testable import Durability
@testable import Sessions

@Suite("The writer thread on a real disk")
struct WriterTests {
    @Test("a snapshot taken in slices, while the store changes, holds each record as the walk met it")
    func slices() throws {
        let directory = try TemporaryDirectory()
        let disk = try FileDisk(path: directory.path)
        let writer = try Writer(disk: disk)
        defer { writer.stop() }
        var store = sampleStore(5000)
        let journal = makeJournal(sequence: store.sequence) { writer.send($0) }
        journal.begin(now: noon)
        journal.beginSnapshot(of: store, now: noon)
        journal.proceed(through: store) { true }
        // The walk has passed the first record and has not come to the last.
        for number in [1, 4999] as [UInt64] {
            store.apply(sampleRevocation(number), sequence: store.sequence + 1)
            journal.append(sampleRevocation(number), sequence: store.sequence, on: .plain, isAwaited: false)
        }
        var receipt: SnapshotReceipt?
        while receipt == nil {
            journal.proceed(through: store) { true }
            for event in try journal.mayProceed ? writer.receive() : writer.events(until: { _ in true }) {
                guard case .snapshotFinished(let written, 3749)? = journal.handle(event, now: noon) else { continue }
                receipt = written
            }
        }
        let finished = try #require(receipt)
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/\(finished.name)")
        #expect(attributes[.size] as? Int == finished.bytes)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        var (sessions, tombstones) = (Set<SessionID>(), Set<SessionID>())
        var reader = try SnapshotReader(finished.name, on: disk)
        defer { reader.close() }
        while let entry = try reader.next() {
            if entry.session == nil { tombstones.insert(entry.id) } else { sessions.insert(entry.id) }
        }
        #expect((sessions.count, tombstones.count) == (3749, 1251))
        #expect(sessions.contains(SessionID(high: 1, low: ~1)))
        #expect(tombstones.contains(SessionID(high: 4999, low: ~4999)))
        // With its journal it is what there is now.
        let restored = try recover(from: disk, policy: Policy(), now: noon).takeStore()
        let found = contents(of: restored)
        #expect(found == contents(of: store))
    }

    @Test("answers a ping after the commits that came before it")
    func ping() throws {
        let directory = try TemporaryDirectory()
        let writer = try Writer(disk: FileDisk(path: directory.path))
        defer { writer.stop() }
        let journal = makeJournal { writer.send($0) }
        journal.begin(now: noon)
        journal.append(.created(sampleSession(1)), sequence: 1, on: .plain, isAwaited: true)
        journal.commitAll()
        writer.send(.ping)
        let events = try writer.events { if case .pong = $0 { true } else { false } }
        #expect(events.map(\.name) == ["journalBegun", "committed", "pong"])
    }

    @Test("a journal has room for commits to come while it is written, where that helps, and none afterwards")
    func room() throws {
        let directory = try TemporaryDirectory()
        let disk = try FileDisk(path: directory.path)
        let writer = try Writer(disk: disk)
        let journal = makeJournal { writer.send($0) }
        let path = "\(directory.path)/journal-0000000000000001"
        func size() throws -> Int? { try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int }
        journal.begin(now: noon)
        var sizes: Set<Int?> = []
        for number in 1...200 as ClosedRange<UInt64> {
            journal.append(.created(sampleSession(number)), sequence: number, on: .plain, isAwaited: true)
            journal.commitAll()
            for event in try writer.events(until: { if case .committed = $0 { true } else { false } }) {
                _ = journal.handle(event, now: noon)
            }
            sizes.insert(try size())
        }
        let file = try disk.open("journal-0000000000000001")
        #expect(sizes.count == (FileDisk.writesOver(file) ? 1 : 200))
        disk.close(file)
        let (entries, report) = try recovered(from: FileDisk(unlocked: directory.path))
        #expect(entries.count == 200)
        #expect(report.cut == nil)
        writer.stop()
        #expect(try size() == report.bytes)
    }

    @Test("a journal is a file of mode 0600 under its name, and nothing else is left of making it")
    func journal() throws {
        let directory = try TemporaryDirectory()
        let disk = try FileDisk(path: directory.path)
        let writer = try Writer(disk: disk)
        let journal = makeJournal { writer.send($0) }
        journal.begin(now: noon)
        journal.append(.created(sampleSession(1)), sequence: 1, on: .plain, isAwaited: true)
        journal.commitAll()
        writer.stop()
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(names == ["journal-0000000000000001"])
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/\(names[0])")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let restored = try recover(from: disk, policy: Policy(), now: noon).takeStore()
        let entries = contents(of: restored)
        #expect(entries == [.session(sampleSession(1), sequence: 1)])
    }

    @Test("leaves no temporary file behind when it is stopped in the middle of a snapshot")
    func stop() throws {
        let directory = try TemporaryDirectory()
        let writer = try Writer(disk: FileDisk(path: directory.path))
        writer.send(.beginSnapshot(generation: 1))
        writer.send(.appendToSnapshot([1, 2, 3]))
        writer.stop()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test("a state directory belongs to one daemon at a time")
    func lock() throws {
        let directory = try TemporaryDirectory()
        var first: FileDisk? = try FileDisk(path: directory.path)
        #expect(throws: SystemError("lock state directory \(directory.path)", code: EWOULDBLOCK)) {
            _ = try FileDisk(path: directory.path)
        }
        #expect(try first?.list() == [])
        first = nil
        #expect(try FileDisk(path: directory.path).list() == [])
    }

    @Test("a directory that is not there is named in the error")
    func missingDirectory() {
        let error = SystemError("open state directory /nonexistent/sessiond", code: ENOENT)
        #expect(throws: error) { _ = try FileDisk(path: "/nonexistent/sessiond") }
        #expect(error.message == "open state directory /nonexistent/sessiond: No such file or directory")
    }

    @Test("a symbolic link in place of a snapshot is not followed")
    func symbolicLink() throws {
        let directory = try TemporaryDirectory()
        let disk = try FileDisk(path: directory.path)
        let target = "\(directory.path)/elsewhere"
        try Data([1]).write(to: URL(fileURLWithPath: target))
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/snapshot.tmp",
            withDestinationPath: target
        )
        let error = SystemError("create snapshot.tmp in \(directory.path)", code: ELOOP)
        #expect(throws: error) { _ = try disk.create("snapshot.tmp") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data([1]))
    }
}
