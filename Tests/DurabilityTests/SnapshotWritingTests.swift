// Writing a snapshot while the disk fails or the machine crashes at each operation in turn: there is always a whole
// snapshot to start from, the old one or the new one.

import Glibc
import TestSupport
import Testing

@testable import Durability
@testable import Sessions

@Suite("Writing snapshots")
struct SnapshotWritingTests {
    /// A disk that holds a snapshot of `old`.
    private func disk(holding old: borrowing SessionStore) -> SimulatedDisk {
        let disk = SimulatedDisk()
        _ = writeSnapshot(of: old, on: disk)
        return disk
    }

    /// How many operations it takes to write a snapshot on that disk.
    private func operations(writing new: borrowing SessionStore, on disk: SimulatedDisk) -> Int {
        let before = disk.operations
        _ = writeSnapshot(of: new, on: disk)
        return disk.operations - before
    }

    @Test("has the same bytes of a session that is seen where it lies as of a copy")
    func views() {
        let store = sampleStore(50)
        var (copied, seen): ([UInt8], [UInt8]) = ([], [])
        var copying = SnapshotEncoder(sequence: 1, writtenAt: noon, hasJournal: true, to: &copied)
        var seeing = SnapshotEncoder(sequence: 1, writtenAt: noon, hasJournal: true, to: &seen)
        for place in 1..<store.snapshotPlaces {
            if let entry = store.snapshotEntry(at: place) { copying.append(entry, to: &copied) }
            switch store.snapshotPlace(place) {
            case .session(let slot, let sequence): seeing.append(store.session(at: slot), sequence: sequence, to: &seen)
            case .other(let entry): seeing.append(entry, to: &seen)
            case .empty: break
            }
        }
        copying.finish(to: &copied)
        seeing.finish(to: &seen)
        #expect(copied == seen)
        #expect(seeing.sessions == 37)
    }

    @Test("keeps the previous generation and no more")
    func generations() throws {
        let disk = SimulatedDisk()
        for count in 1...4 as ClosedRange<UInt64> {
            let store = sampleStore(count)
            _ = writeSnapshot(of: store, on: disk)
        }
        #expect(try disk.list().sorted() == ["snapshot-0000000000000003", "snapshot-0000000000000004"])
    }

    @Test("keeps every journal since the previous generation, and no older one")
    func journals() throws {
        let disk = SimulatedDisk()
        for generation in 1...6 as ClosedRange<UInt64> {
            writeJournal(generation, commits: [], on: disk)
            // As it is after failures: not every journal has a snapshot.
            guard generation != 4 else { continue }
            var writer = WriterState(disk: disk)
            _ = writer.carryOut(.beginSnapshot(generation: generation))
            #expect(writer.carryOut(.finishSnapshot).receipt != nil)
        }
        let kept = ["journal-0000000000000005", "journal-0000000000000006"]
        #expect(try disk.list().sorted() == kept + ["snapshot-0000000000000005", "snapshot-0000000000000006"])
        writeJournal(7, commits: [], on: disk)
        writeJournal(8, commits: [], on: disk)
        var writer = WriterState(disk: disk)
        _ = writer.carryOut(.beginSnapshot(generation: 8))
        #expect(writer.carryOut(.finishSnapshot).receipt?.name == "snapshot-0000000000000008")
        let later = (6...8).map { "journal-000000000000000\($0)" }
        #expect(try disk.list().sorted() == later + ["snapshot-0000000000000006", "snapshot-0000000000000008"])
    }

    @Test("is whole or absent after a crash at any operation, whatever becomes of what was not synced")
    func crashes() throws {
        let old = sampleStore(4)
        let new = sampleStore(9)
        let (oldContents, newContents) = (contents(of: old), contents(of: new))
        let disk = disk(holding: old)
        disk.rememberCrashPoints()
        #expect(writeSnapshot(of: new, on: disk).receipt != nil)
        #expect(disk.crashPoints.count >= 7)
        for (number, point) in disk.crashPoints.enumerated() {
            var generator = SplitMix64(seed: UInt64(number))
            let images = DiskImage.Fate.allCases.map { point.image.crashed($0, using: &generator) }
            for image in images + (0..<20).map({ _ in point.image.crashed(using: &generator) }) {
                let (entries, report) = try recovered(from: SimulatedDisk(image))
                #expect(report.damaged.isEmpty, "crash while doing '\(point.name)'")
                #expect(entries == oldContents || entries == newContents, "crash while doing '\(point.name)'")
            }
        }
        // Acknowledged, it is there.
        for fate in DiskImage.Fate.allCases {
            #expect(try recovered(from: disk.restarted(fate)).entries == newContents)
        }
    }

    @Test(
        "fails without harm when any operation fails, and succeeds when the disk works again",
        arguments: [ENOSPC, EIO, EROFS, EDQUOT, EACCES]
    )
    func failures(code: CInt) throws {
        let old = sampleStore(4)
        let new = sampleStore(9)
        let (oldContents, newContents) = (contents(of: old), contents(of: new))
        let total = operations(writing: new, on: disk(holding: old))
        for number in 1...total {
            let disk = disk(holding: old)
            disk.fail(operation: number, code: code)
            #expect(writeSnapshot(of: new, on: disk).failure?.code == code, "operation \(number)")
            let afterwards = try recovered(from: disk.restarted(.dropped)).entries
            #expect(afterwards == oldContents || afterwards == newContents, "operation \(number)")
            #expect(writeSnapshot(of: new, on: disk).receipt != nil, "operation \(number)")
            #expect(try recovered(from: disk.restarted(.dropped)).entries == newContents, "operation \(number)")
        }
    }

    @Test("fails as long as the disk does, and what is sent for a failed snapshot is ignored")
    func persistentFailure() throws {
        let disk = SimulatedDisk()
        disk.fail(operation: 2, code: ENOSPC, persistently: true)
        let store = sampleStore(4)
        let events = writeSnapshot(of: store, on: disk)
        #expect(events.failure?.code == ENOSPC)
        #expect(events.receipt == nil)
        let pieces = events.count { if case .pieceWritten = $0 { true } else { false } }
        #expect(pieces == 2, "the loop is told of every piece, or it would wait for room for ever")
    }
}
