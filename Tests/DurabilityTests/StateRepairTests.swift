// A repair keeps everything that a checksum proves, whatever byte is wrong, whatever file is missing, and wherever it is
// itself cut short; and it loses no byte of what was damaged.

import TestSupport
import Testing

@testable import Durability
@testable import Sessions

@Suite("Repairing a state")
struct StateRepairTests {
    private let journal = "journal-0000000000000001"
    private let snapshot = "snapshot-0000000000000001"

    /// Changes of four sessions, some of them together in a commit.
    private var commits: [[Change]] {
        var changed = sampleSession(2)
        changed.data = Array("{\"n\":2}".utf8)
        changed.version += 1
        let touch = Touch(id: changed.id, touchedAt: noon, expiresAt: noon.advanced(by: .days(8)), ttl: .days(8))
        return [
            [.created(sampleSession(1))], [.created(sampleSession(2)), .created(sampleSession(5))],
            [.updated(changed)], [sampleRevocation(1)], [.created(sampleSession(3)), .touched(touch)],
            [.created(sampleSession(4))], [sampleRevocation(3)], [.touched(touch)],
        ]
    }

    /// What there is when the changes of one commit, or of none, were lost.
    private func state(without lost: Int?) -> [SnapshotEntry] {
        var store = SessionStore(policy: Policy(), now: noon)
        var sequence: UInt64 = 0
        for (place, changes) in commits.enumerated() {
            for change in changes {
                sequence += 1
                if place == lost { continue }
                if case .updated(let session) = change { store.apply(.created(session), sequence: sequence) }
                store.apply(change, sequence: sequence)
            }
        }
        return contents(of: store)
    }

    @Test("after any wrong byte of a journal has all changes but those of the commit that it is in")
    func wrongBytesOfJournal() throws {
        let whole = SimulatedDisk()
        let ends = writeJournal(1, commits: commits, on: whole)
        let bytes = try #require(whole.content(of: journal))
        let checksum = (JournalFormat.headerSize - 4)..<JournalFormat.headerSize
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1 << UInt8(place % 8)
            let disk = SimulatedDisk()
            disk.setContent(of: journal, to: damaged)
            let repair = try repairState(on: disk, now: noon)
            let entries = try recovered(from: disk).entries
            if checksum.contains(place) {
                // The header's checksum is what every commit is proved by.
                #expect(entries.isEmpty)
                #expect(repair.losses.mayEndEarly)
            } else if let commit = ends.lastIndex(where: { $0 <= place }), commit < commits.count {
                #expect(entries == state(without: commit), "byte \(place)")
                if commit < commits.count - 1 {
                    let before = commits[..<commit].reduce(0) { $0 + $1.count }
                    let lost = UInt64(before + 1)...UInt64(before + commits[commit].count)
                    #expect(repair.losses.changes == [lost], "byte \(place)")
                    #expect(repair.losses.unreadable.map(\.range) == [ends[commit]..<ends[commit + 1]])
                }
            } else {
                #expect(entries == state(without: nil), "byte \(place)")
                #expect(repair.losses.changes.isEmpty)
            }
            // A byte of the last commit is a torn end, which is nothing to repair.
            guard repair.written != nil else { continue }
            #expect(repair.aside == [FileAside(name: journal, aside: "\(journal).damaged")])
            #expect(disk.content(of: "\(journal).damaged") == damaged)
        }
    }

    @Test("after any wrong byte of a snapshot has all entries but the one that it is in, and at most the next")
    func wrongBytesOfSnapshot() throws {
        let store = sampleStore(12)
        let bytes = snapshotBytes(of: store)
        let all = contents(of: store)
        let starts = frameStarts(in: bytes)
        try #require(starts.count == all.count + 1)
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1 << UInt8(place % 8)
            let (entries, repair) = try repaired(damaged)
            let frame = starts.lastIndex { $0 <= place }
            let lost = all.filter { !entries.contains($0) }
            #expect(entries.allSatisfy { all.contains($0) }, "byte \(place)")
            switch frame {
            case let frame? where frame == all.count: #expect(lost.isEmpty, "byte \(place)")
            case let frame? where place - starts[frame] >= SnapshotFormat.frameOverhead:
                #expect(lost == [all[frame]], "byte \(place)")
                let missing = repair.losses.entries.map { $0.sessions + $0.tombstones }
                #expect(missing == [1], "byte \(place)")
            case let frame?:
                #expect(lost.allSatisfy { all[frame..<min(frame + 2, all.count)].contains($0) }, "byte \(place)")
            case nil where place >= SnapshotFormat.headerSize - 4: #expect(lost == [all[0]], "byte \(place)")
            case nil: #expect(lost.isEmpty, "byte \(place)")
            }
        }
    }

    @Test("of a snapshot that is cut short has all entries before the cut")
    func snapshotCut() throws {
        let store = sampleStore(6)
        let bytes = snapshotBytes(of: store)
        let starts = frameStarts(in: bytes)
        for count in 0..<bytes.count {
            let entries = try repaired(Array(bytes[..<count])).entries
            let frames = starts.dropFirst().count { $0 <= count }
            #expect(entries == Array(contents(of: store)[..<frames]), "cut to \(count) bytes")
        }
    }

    @Test("takes what one snapshot has lost from the other, and from the journals between them")
    func twoSnapshots() throws {
        let disk = SimulatedDisk()
        let changes = (0..<12 as Range<UInt64>).map { Change.created(sampleSession($0)) }
        var store = SessionStore(policy: Policy(), now: noon)
        for change in changes[..<6] { store.apply(change, sequence: store.sequence + 1) }
        disk.setContent(of: "snapshot-0000000000000002", to: damaged(snapshotBytes(of: store), frame: 1))
        writeJournal(2, after: 6, commits: changes[6...].map { [$0] }, on: disk)
        for change in changes[6...] { store.apply(change, sequence: store.sequence + 1) }
        disk.setContent(of: "snapshot-0000000000000003", to: damaged(snapshotBytes(of: store), frame: 8))
        #expect(throws: RecoveryError.self) { try recovered(from: disk) }
        let repair = try repairState(on: disk, now: noon)
        #expect(try recovered(from: disk).entries == contents(of: store))
        #expect(repair.losses.changes.isEmpty)
        #expect(repair.losses.sessions.isEmpty)
        #expect(repair.written?.name == "snapshot-0000000000000004")
        #expect(repair.aside.map(\.name) == ["snapshot-0000000000000003", "snapshot-0000000000000002"])
    }

    @Test("names the sessions that later changes speak of and that are nowhere")
    func lostSessions() throws {
        let disk = SimulatedDisk()
        let ends = writeJournal(
            1,
            commits: [[.created(sampleSession(1))], [.created(sampleSession(2))], [sampleRevocation(1)]],
            on: disk
        )
        var bytes = try #require(disk.content(of: journal))
        bytes[ends[1] - 1] ^= 1
        disk.setContent(of: journal, to: bytes)
        let repair = try repairState(on: disk, now: noon)
        #expect(repair.losses.sessions == [sampleSession(1).id])
        #expect(repair.losses.changes == [1...1])
    }

    @Test("does nothing where nothing is damaged, and nothing to what a newer daemon has written")
    func nothingToDo() throws {
        let disk = SimulatedDisk()
        writeJournal(1, commits: commits, on: disk)
        let names = Set(disk.image.names.keys)
        let repair = try repairState(on: disk, now: noon)
        #expect(repair.written == nil)
        #expect(repair.losses == StateLosses())
        #expect(Set(disk.image.names.keys) == names)
    }

    @Test("keeps every damaged file under a name of its own")
    func names() throws {
        let disk = SimulatedDisk()
        for round in 1...3 {
            writeJournal(1, commits: commits, on: disk)
            for name in disk.image.names.keys where name.hasPrefix("snapshot-") { disk.removeContent(of: name) }
            var bytes = try #require(disk.content(of: journal))
            bytes[100] ^= UInt8(round)
            disk.setContent(of: journal, to: bytes)
            let aside = try repairState(on: disk, now: noon).aside
            #expect(aside.map(\.aside) == ["\(journal).damaged\(round == 1 ? "" : "-\(round)")"])
            #expect(disk.content(of: aside[0].aside) == bytes)
        }
    }

    @Test("crashed at any operation, a repair can be done again and comes to the same")
    func crashes() throws {
        var crashes = 0
        for fate in DiskImage.Fate.allCases {
            for operation in 1... {
                let disk = SimulatedDisk()
                let ends = writeJournal(1, commits: commits, on: disk)
                var bytes = try #require(disk.content(of: journal))
                bytes[ends[3] - 1] ^= 1
                disk.setContent(of: journal, to: bytes)
                disk.crash(atOperation: operation)
                let isThrough = (try? repairState(on: disk, now: noon)) != nil
                let restarted = disk.restarted(fate)
                _ = try repairState(on: restarted, now: noon)
                #expect(try recovered(from: restarted).entries == state(without: 2), "\(fate) at \(operation)")
                let kept = restarted.image.names.keys.compactMap { restarted.content(of: $0) }
                #expect(kept.contains(bytes), "\(fate) at \(operation)")
                if isThrough { break }
                crashes += 1
            }
        }
        #expect(crashes > 40)
    }

    private func repaired(_ bytes: [UInt8]) throws -> (entries: [SnapshotEntry], repair: StateRepair) {
        let disk = SimulatedDisk()
        disk.setContent(of: snapshot, to: bytes)
        #expect(throws: RecoveryError.self) { try recovered(from: disk) }
        let repair = try repairState(on: disk, now: noon)
        #expect(disk.content(of: "\(snapshot).damaged") == bytes)
        return (try recovered(from: disk).entries, repair)
    }

    private func damaged(_ bytes: [UInt8], frame: Int) -> [UInt8] {
        var bytes = bytes
        bytes[frameStarts(in: bytes)[frame] + 20] ^= 1
        return bytes
    }
}

/// Where the frames of a snapshot begin.
private func frameStarts(in bytes: [UInt8]) -> [Int] {
    var starts: [Int] = []
    var place = SnapshotFormat.headerSize
    while place < bytes.count {
        starts.append(place)
        var length = BinaryReader(bytes[place...])
        place += SnapshotFormat.frameOverhead + Int(length.integer(UInt32.self) ?? 0)
    }
    return starts
}
