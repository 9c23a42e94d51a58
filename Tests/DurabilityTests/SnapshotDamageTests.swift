// Every way in which a small snapshot can be cut short or have a bit flipped: it is refused, always, and never read as
// something else. Where older files hold the same, recovery takes them; where they do not, it refuses.

import Testing

@testable import Durability
@testable import Sessions

@Suite("Damage to a snapshot")
struct SnapshotDamageTests {
    private let bytes: [UInt8]

    init() {
        let store = sampleStore(5)
        bytes = snapshotBytes(of: store)
    }

    private func isRefused(_ damaged: [UInt8]) -> Bool {
        let disk = SimulatedDisk()
        disk.setContent(of: "snapshot-0000000000000001", to: damaged)
        do {
            _ = try recovered(from: disk)
            return false
        } catch {
            guard case .damaged(let damages) = error else { return false }
            return damages.map(\.file) == ["snapshot-0000000000000001"]
        }
    }

    @Test("a whole snapshot is read")
    func whole() {
        #expect(!isRefused(bytes))
    }

    @Test("each bit flipped is noticed")
    func flippedBits() {
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                #expect(isRefused(damaged), "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test("a number that no daemon comes to is refused, whatever the checksums say")
    func impossibleSequence() {
        var store = sampleStore(5)
        store.advance(to: .max - 2)
        #expect(isRefused(snapshotBytes(of: store)))
    }

    @Test("each truncation is noticed")
    func truncations() {
        for count in 0..<bytes.count { #expect(isRefused(Array(bytes[..<count])), "cut to \(count) bytes") }
    }

    @Test("something behind the end is noticed")
    func appended() {
        #expect(isRefused(bytes + [0]))
        #expect(isRefused(bytes + bytes))
    }

    @Test("a frame that is missing, doubled or out of place is noticed")
    func frames() throws {
        let frames = try frameRanges()
        #expect(frames.count == 6)
        for index in frames.indices {
            var missing = bytes
            missing.removeSubrange(frames[index])
            #expect(isRefused(missing), "frame \(index) is missing")
            var doubled = bytes
            doubled.insert(contentsOf: bytes[frames[index]], at: frames[index].upperBound)
            #expect(isRefused(doubled), "frame \(index) is doubled")
            guard index + 1 < frames.count else { continue }
            let (one, two) = (frames[index], frames[index + 1])
            let swapped = bytes[..<one.lowerBound] + bytes[two] + bytes[one] + bytes[two.upperBound...]
            #expect(isRefused(Array(swapped)), "frames \(index) and \(index + 1) are swapped")
        }
    }

    private func frameRanges() throws -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var position = SnapshotFormat.headerSize
        while position < bytes.count {
            var reader = BinaryReader(bytes[position..<(position + 4)])
            let read = reader.integer(UInt32.self)
            let length = Int(try #require(read))
            ranges.append(position..<(position + SnapshotFormat.frameOverhead + length))
            position = ranges[ranges.count - 1].upperBound
        }
        return ranges
    }
}

@Suite("Damage to a snapshot with another before it")
struct NewestSnapshotDamageTests {
    private let newest = "snapshot-0000000000000003"
    private let image: DiskImage
    private let present: [SnapshotEntry]

    /// Two snapshots, with a journal since each of them.
    init() {
        let run = JournalUnderTest(seed: 1)
        run.commit(.created(sampleSession(1)))
        run.takeSnapshot()
        run.commit(.created(sampleSession(2)))
        run.commit(sampleRevocation(1))
        run.takeSnapshot()
        run.commit(.created(sampleSession(3)))
        image = run.disk.image
        present = run.chronicle.entries
    }

    /// Flips each bit of the newest snapshot in turn.
    private func flipEachBit(without missing: [String] = [], _ check: (SimulatedDisk, Comment) throws -> Void) throws {
        let bytes = try #require(image.content(of: newest))
        for index in bytes.indices {
            for bit in 0..<8 {
                let disk = SimulatedDisk(image)
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                disk.setContent(of: newest, to: damaged)
                for name in missing { disk.removeContent(of: name) }
                try check(disk, "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test("costs nothing: the one before and the journals since hold the same")
    func withJournals() throws {
        #expect(try recovered(from: SimulatedDisk(image)).report.snapshot == newest)
        try flipEachBit { disk, what in
            let (entries, report) = try recovered(from: disk)
            #expect(entries == present, what)
            #expect(report.snapshot == "snapshot-0000000000000002", what)
            #expect(report.damaged.map(\.file) == [newest], what)
        }
    }

    @Test(
        "is refused when a journal that would make up for it is missing",
        arguments: [
            ["journal-0000000000000002"], ["journal-0000000000000003"],
            ["journal-0000000000000002", "journal-0000000000000003"],
        ]
    )
    func withoutJournals(missing: [String]) throws {
        var recoveries: [Comment] = []
        try flipEachBit(without: missing) { disk, what in
            do {
                _ = try recovered(from: disk)
                recoveries.append(what)
            } catch RecoveryError.damaged(let damages) {
                #expect(damages.contains { $0.file == newest }, what)
            }
        }
        #expect(recoveries.first == nil, "and \(recoveries.count) in all were recovered from")
    }

    @Test("is not even noticed when it is the older one of two")
    func olderSnapshot() throws {
        let older = "snapshot-0000000000000002"
        for index in image.content(of: older)!.indices {
            let disk = SimulatedDisk(image)
            var damaged = image.content(of: older)!
            damaged[index] ^= 0x80
            disk.setContent(of: older, to: damaged)
            let (entries, report) = try recovered(from: disk)
            #expect(entries == present, "byte \(index)")
            #expect(report.damaged.isEmpty, "byte \(index)")
        }
    }
}
