// That the simulated disk is as hard as it promises to be: tests on a disk that loses nothing would prove nothing.

import Glibc
import TestSupport
import Testing

@testable import Durability

@Suite("The simulated disk")
struct SimulatedDiskTests {
    private let disk = SimulatedDisk()
    private let synced = [UInt8](repeating: 1, count: 10)
    private let unsynced = [UInt8](repeating: 2, count: 300)

    /// A file with synced and unsynced bytes under a synced name.
    private func makeFile() throws -> DiskFile {
        let file = try disk.create("file")
        try disk.append(synced, to: file)
        try disk.sync(file)
        try disk.syncDirectory()
        try disk.append(unsynced, to: file)
        return file
    }

    private func outcomes(_ name: String) -> Set<[UInt8]?> {
        var generator = SplitMix64(seed: 1)
        return Set((0..<2000).map { _ in disk.image.crashed(using: &generator).content(of: name) })
    }

    @Test("drops, keeps, cuts and holes what was not synced, and nothing else")
    func unsyncedBytes() throws {
        _ = try makeFile()
        let outcomes = outcomes("file")
        #expect(outcomes.contains(synced))
        #expect(outcomes.contains(synced + unsynced))
        #expect(outcomes.count > 200, "cuts at many places")
        #expect(outcomes.contains { $0?.count == 310 && $0?.contains(0) == true }, "holes")
        #expect(outcomes.contains { $0?.count == 310 && $0?[10] == 0 && $0?[309] == 2 }, "a hole before what is there")
        for outcome in outcomes {
            #expect(outcome?.prefix(10) == synced[...])
            #expect((outcome?.count ?? 0) <= 310)
        }
    }

    @Test("has zeros or nothing of what was reserved, until that was synced")
    func room() throws {
        let disk = SimulatedDisk(room: 20)
        func outcomes() -> Set<[UInt8]?> {
            var generator = SplitMix64(seed: 1)
            return Set((0..<200).map { _ in disk.image.crashed(using: &generator).content(of: "file") })
        }
        let file = try disk.create("file")
        try disk.syncDirectory()
        try disk.append([1], to: file)
        try disk.sync(file)
        disk.reserve(1000, behind: 1, in: file)
        let room = [UInt8](repeating: 0, count: 20)
        #expect(disk.content(of: "file") == [1] + room)
        #expect(outcomes() == [[1], [1] + room])
        try disk.sync(file)
        try disk.append([2, 3], to: file)
        #expect(disk.content(of: "file") == [1, 2, 3] + room.dropLast(2))
        #expect(outcomes() == Set([[0, 0], [2, 0], [2, 3]].map { [1] + $0 + room.dropLast(2) }))
        try disk.sync(file)
        disk.release(behind: 3, in: file)
        #expect(disk.content(of: "file") == [1, 2, 3])
        #expect(outcomes() == [[1, 2, 3], [1, 2, 3] + room.dropLast(2)])
    }

    @Test("has room for the half of what was reserved, where the sync that follows fails")
    func halfOfRoom() throws {
        let disk = SimulatedDisk(room: 20)
        let file = try disk.create("file")
        disk.fail(operation: 1, code: ENOSPC)
        disk.reserve(1000, behind: 0, in: file)
        #expect(disk.content(of: "file") == [UInt8](repeating: 0, count: 10))
        #expect(throws: SystemError.self) { try disk.sync(file) }
    }

    @Test("keeps what was synced, whatever happens")
    func syncedBytes() throws {
        try disk.sync(makeFile())
        #expect(outcomes("file") == [synced + unsynced])
        for fate in DiskImage.Fate.allCases {
            #expect(disk.restarted(fate).content(of: "file") == synced + unsynced)
        }
    }

    @Test("loses or keeps names that were not synced, one by one, and renames wholly or not at all")
    func names() throws {
        for name in ["a", "b", "c"] { try disk.sync(disk.create(name)) }
        try disk.syncDirectory()
        try disk.sync(disk.create("new"))
        try disk.rename("a", to: "b")
        try disk.remove("c")
        var generator = SplitMix64(seed: 1)
        let outcomes = Set((0..<200).map { _ in Set(disk.image.crashed(using: &generator).names.keys) })
        var expected: Set<Set<String>> = []
        for renamed in [["b"], ["a", "b"]] {
            for removed in [[], ["c"]] {
                for created in [[], ["new"]] { expected.insert(Set(renamed + removed + created)) }
            }
        }
        #expect(outcomes == expected)
        try disk.syncDirectory()
        #expect(Set((0..<50).map { _ in Set(disk.image.crashed(using: &generator).names.keys) }) == [["b", "new"]])
    }

    @Test("says after a failed sync that all is well, and has lost what was not synced then")
    func failedSync() throws {
        let file = try makeFile()
        disk.fail(operation: 1, code: EIO)
        #expect(throws: SystemError("sync file", code: EIO)) { try disk.sync(file) }
        try disk.append([3], to: file)
        try disk.sync(file)
        #expect(disk.content(of: "file") == synced + unsynced + [3])
        #expect(outcomes("file") == [synced + [UInt8](repeating: 0, count: 300) + [3]])
    }

    @Test("leaves a part of what it fails to append, if it is told to")
    func shortWrites() throws {
        let file = try makeFile()
        var lengths: Set<Int> = []
        for seed in 0..<100 as Range<UInt64> {
            let before = disk.content(of: "file")?.count ?? 0
            disk.fail(operation: 1, code: ENOSPC, prefix: seed)
            #expect(throws: SystemError("write file", code: ENOSPC)) { try disk.append(unsynced, to: file) }
            lengths.insert((disk.content(of: "file")?.count ?? 0) - before)
        }
        #expect(lengths.count > 50)
        #expect(lengths.min()! >= 0 && lengths.max()! <= 300)
        disk.fail(operation: 1, code: ENOSPC)
        let before = disk.content(of: "file")
        #expect(throws: SystemError.self) { try disk.append(unsynced, to: file) }
        #expect(disk.content(of: "file") == before)
    }

    @Test("remembers each operation with all of its effect, and nothing of that safe")
    func crashPoints() throws {
        disk.rememberCrashPoints()
        let file = try makeFile()
        try disk.sync(file)
        let names = ["create file", "write file", "sync file", "sync directory", "write file", "sync file"]
        #expect(disk.crashPoints.map(\.name) == names)
        var generator = SplitMix64(seed: 1)
        let dropped = disk.crashPoints.map { $0.image.crashed(.dropped, using: &generator).content(of: "file") }
        #expect(dropped == [nil, nil, nil, nil, synced, synced])
        let kept = disk.crashPoints.map { $0.image.crashed(.kept, using: &generator).content(of: "file") }
        #expect(kept == [[], synced, synced, synced, synced + unsynced, synced + unsynced])
    }
}
