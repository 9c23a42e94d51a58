// A state that is written without a daemon: it is there wholly or not at all, and what is read from it is what was
// written, in an order of its own.

import TestSupport
import Testing

@testable import Durability
@testable import Sessions

@Suite("Writing a state at once")
struct StateWriterTests {
    /// A state with everything in it that there can be.
    private static func anyState(_ generator: inout SplitMix64) throws -> ([SnapshotEntry], sequence: UInt64) {
        let run = JournalUnderTest(seed: generator.next())
        run.run(turns: 120)
        run.settle()
        let store = try recover(from: run.disk.restarted(.kept), policy: Policy(), now: noon).takeStore()
        let entries = (0..<store.snapshotPlaces).compactMap { store.snapshotEntry(at: $0) }
        return (entries, store.sequence)
    }

    private func write(
        _ entries: [SnapshotEntry],
        _ sequence: UInt64,
        epochs: [Past.Ancestor],
        on disk: some Disk
    ) throws(SystemError) {
        var writer = try StateWriter(on: disk, sequence: sequence, now: noon)
        for entry in entries { try writer.append(entry) }
        _ = try writer.finish()
        try writeEpochs(epochs, generation: 1, on: disk, now: noon)
    }

    private func epochs(upTo sequence: UInt64) -> [Past.Ancestor] {
        [Past.Ancestor(epoch: .sample(1), end: sequence / 2), Past.Ancestor(epoch: .sample(2), end: sequence)]
    }

    @Test("gives back what was written, in the same order whatever order it was written in")
    func identity() throws {
        var generator = SplitMix64(seed: seed(for: "StateWriterTests"))
        var kinds = Set<String>()
        for _ in 0..<20 {
            let (entries, sequence) = try Self.anyState(&generator)
            var results: [[SnapshotEntry]] = []
            for order in [entries, entries.shuffled(using: &generator)] {
                let directory = try TemporaryDirectory()
                let disk = try FileDisk(path: directory.path)
                try write(order, sequence, epochs: epochs(upTo: sequence), on: disk)
                let contents = try readState(from: disk, now: noon)
                #expect(contents.sequence == sequence)
                #expect(contents.epochs == epochs(upTo: sequence))
                var read: [SnapshotEntry] = []
                contents.forEach { read.append($0) }
                #expect(read.count == contents.count)
                results.append(read)
            }
            #expect(results[0] == results[1])
            #expect(results[0].count == entries.count)
            #expect(entries.allSatisfy { results[0].contains($0) })
            for entry in entries { kinds.insert("\(entry)".prefix { $0 != "(" }.description) }
        }
        #expect(kinds == ["session", "tombstone", "replaced"])
    }

    @Test("crashed at any operation leaves all of it or nothing")
    func crashes() throws {
        var generator = SplitMix64(seed: seed(for: "StateWriterTests"))
        let (entries, sequence) = try Self.anyState(&generator)
        var (none, all) = (0, 0)
        for fate in DiskImage.Fate.allCases {
            for operation in 1... {
                let disk = SimulatedDisk()
                disk.crash(atOperation: operation)
                let isThrough = (try? write(entries, sequence, epochs: epochs(upTo: sequence), on: disk)) != nil
                let state = try recover(from: disk.restarted(fate), policy: Policy(), now: noon)
                if state.report.snapshot == nil {
                    #expect(!isThrough)
                    #expect(state.report.sessions + state.report.tombstones == 0)
                    none += 1
                } else {
                    let store = state.takeStore()
                    #expect(store.sequence == sequence)
                    #expect((0..<store.snapshotPlaces).count { store.snapshotEntry(at: $0) != nil } == entries.count)
                    all += 1
                }
                if isThrough { break }
            }
        }
        #expect(none > 10)
        #expect(all > 10)
    }

    @Test("leaves nothing when the disk fails")
    func failures() throws {
        var generator = SplitMix64(seed: seed(for: "StateWriterTests"))
        let (entries, sequence) = try Self.anyState(&generator)
        for operation in 1...4 {
            let disk = SimulatedDisk()
            disk.fail(operation: operation, code: 28)
            #expect(throws: SystemError.self) { try write(entries, sequence, epochs: [], on: disk) }
            #expect(disk.image.names.keys.allSatisfy { $0 == "snapshot.tmp" }, "operation \(operation)")
        }
    }
}
