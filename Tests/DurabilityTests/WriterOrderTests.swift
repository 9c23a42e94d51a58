// What the writer does first: commits, which callers wait for, before snapshots, which nobody waits for. The thread is
// held in the midst of an operation of a real disk, so that everything else is waiting when it goes on.

import Dispatch
import Testing

@testable import Durability
@testable import Sessions

/// A real disk that holds whoever appends to a snapshot, until told to let go.
private final class HeldDisk: Disk {
    private let disk: FileDisk
    /// Signalled when somebody is held.
    private let isHeld = DispatchSemaphore(value: 0)
    private let letGo = DispatchSemaphore(value: 0)

    init(path: String) throws(SystemError) {
        disk = try FileDisk(path: path)
    }

    /// Returns when somebody is held; false when that takes a minute.
    func waitUntilHeld() -> Bool { isHeld.wait(timeout: .now() + 60) == .success }

    /// Lets go of who is held, and holds nobody any more.
    func release() {
        for _ in 0..<1000 { letGo.signal() }
    }

    func append(_ bytes: [UInt8], to file: DiskFile) throws(SystemError) {
        if file.name == "snapshot.tmp" {
            isHeld.signal()
            letGo.wait()
        }
        try disk.append(bytes, to: file)
    }

    func list() throws(SystemError) -> [String] { try disk.list() }
    func create(_ name: String) throws(SystemError) -> DiskFile { try disk.create(name) }
    func open(_ name: String) throws(SystemError) -> DiskFile { try disk.open(name) }
    func read(_ file: DiskFile, limit: Int) throws(SystemError) -> [UInt8] { try disk.read(file, limit: limit) }
    func sync(_ file: DiskFile) throws(SystemError) { try disk.sync(file) }
    func close(_ file: DiskFile) { disk.close(file) }
    func rename(_ name: String, to other: String) throws(SystemError) { try disk.rename(name, to: other) }
    func remove(_ name: String) throws(SystemError) { try disk.remove(name) }
    func syncDirectory() throws(SystemError) { try disk.syncDirectory() }
}

@Suite("The order in which the writer works")
struct WriterOrderTests {
    private let directory: TemporaryDirectory
    private let disk: HeldDisk
    private let writer: Writer

    init() throws {
        directory = try TemporaryDirectory()
        disk = try HeldDisk(path: directory.path)
        writer = try Writer(disk: disk)
    }

    @Test("journals, commits and pings overtake the rest of a snapshot and keep their own order")
    func overtaking() throws {
        defer { writer.stop() }
        writer.send(.beginSnapshot(generation: 1))
        writer.send(.appendToSnapshot([1]))
        try #require(disk.waitUntilHeld())
        writer.send(.appendToSnapshot([2, 2]))
        writer.send(.finishSnapshot)
        let journal = makeJournal { writer.send($0) }
        journal.begin(now: noon)
        for number in 1...3 as ClosedRange<UInt64> {
            journal.append(.created(sampleSession(number)), sequence: number, on: .plain, isAwaited: true)
            journal.commitAll()
            // Each is on its way before the one before it has come back.
            _ = journal.handle(.committed(upTo: number), now: noon)
        }
        writer.send(.ping)
        disk.release()
        let events = try writer.events { if case .snapshotFinished = $0 { true } else { false } }
        let expected = ["pieceWritten", "journalBegun", "committed", "committed", "committed", "pong"]
        #expect(events.map(\.name) == expected + ["pieceWritten", "snapshotFinished"])
        let sequences = events.compactMap { if case .committed(let sequence) = $0 { sequence } else { nil } }
        #expect(sequences == [1, 2, 3])
        #expect(events.compactMap { if case .pieceWritten(let bytes) = $0 { bytes } else { nil } } == [1, 2])
    }

    @Test("a commit that comes while a snapshot is being written waits for one piece only")
    func oneStepAtATime() throws {
        defer { writer.stop() }
        let journal = makeJournal { writer.send($0) }
        journal.begin(now: noon)
        writer.send(.beginSnapshot(generation: 1))
        for _ in 0..<50 { writer.send(.appendToSnapshot([0])) }
        try #require(disk.waitUntilHeld())
        journal.append(.created(sampleSession(1)), sequence: 1, on: .plain, isAwaited: true)
        journal.commitAll()
        disk.release()
        let events = try writer.events { if case .committed = $0 { true } else { false } }
        #expect(events.prefix(3).map(\.name) == ["journalBegun", "pieceWritten", "committed"])
    }

    @Test("what was sent before the stop is written, and what is left of a snapshot is not")
    func stop() throws {
        let journal = makeJournal { writer.send($0) }
        journal.begin(now: noon)
        writer.send(.beginSnapshot(generation: 1))
        writer.send(.appendToSnapshot([1]))
        try #require(disk.waitUntilHeld())
        writer.send(.appendToSnapshot([2]))
        journal.append(.created(sampleSession(1)), sequence: 1, on: .plain, isAwaited: true)
        journal.commitAll()
        // Before the disk goes on, or another piece might be written first.
        writer.send(.stop)
        disk.release()
        writer.stop()
        #expect(writer.receive().map(\.name) == ["journalBegun", "pieceWritten", "committed"])
        #expect(try disk.list() == ["journal-0000000000000001"])
        let restored = try recover(from: disk, policy: Policy(), now: noon).takeStore()
        #expect(restored.sequence == 1)
    }
}
