// A snapshot that is read in many pieces: frames lie across their borders, and damage is found wherever it is.

import Testing

@testable import Durability
@testable import Sessions

@Suite("A snapshot of many pieces")
struct LargeSnapshotTests {
    private let name = "snapshot-0000000000000001"
    private let entries: [SnapshotEntry]
    private let bytes: [UInt8]
    /// Where each frame begins.
    private let frames: [Int]

    /// More than 2 MB, in frames of all lengths up to a few thousand bytes.
    init() throws {
        var store = SessionStore(policy: Policy(), now: noon)
        for number in UInt64(1)...3000 {
            let data = #"{"text":""# + String(repeating: "x", count: Int(number) * 37 % 1400) + #""}"#
            store.apply(.created(sampleSession(number, data: data)), sequence: store.sequence + 1)
            if number % 5 == 0 { store.apply(sampleRevocation(number), sequence: store.sequence + 1) }
        }
        entries = contents(of: store)
        bytes = snapshotBytes(of: store)
        var (frames, position): ([Int], Int) = ([], SnapshotFormat.headerSize)
        while position < bytes.count {
            frames.append(position)
            var reader = BinaryReader(bytes[position..<(position + 4)])
            let read = reader.integer(UInt32.self)
            let length = Int(try #require(read))
            position += SnapshotFormat.frameOverhead + length
        }
        self.frames = frames
    }

    private func disk(holding bytes: [UInt8]) -> SimulatedDisk {
        let disk = SimulatedDisk()
        disk.setContent(of: name, to: bytes)
        return disk
    }

    @Test("brings back everything")
    func whole() throws {
        #expect(bytes.count > 2 << 20)
        #expect(try recovered(from: disk(holding: bytes)).entries == entries)
    }

    @Test("is on a real disk what was handed to it, piece by piece")
    func realDisk() throws {
        let directory = try TemporaryDirectory()
        let disk = try FileDisk(path: directory.path)
        var writer = WriterState(disk: disk)
        _ = writer.carryOut(.beginSnapshot(generation: 1))
        for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
            let piece = Array(bytes[start..<min(start + (1 << 16), bytes.count)])
            #expect(writer.carryOut(.appendToSnapshot(piece)).failure == nil)
        }
        #expect(writer.carryOut(.finishSnapshot).receipt?.bytes == bytes.count)
        let store = try recover(from: disk, policy: Policy(), now: noon).takeStore()
        let found = contents(of: store)
        #expect(found == entries)
    }

    @Test("is refused at the frame in which a byte was changed, wherever in the file that is")
    func damaged() throws {
        for number in stride(from: 0, to: frames.count, by: 97) {
            let end = number + 1 < frames.count ? frames[number + 1] : bytes.count
            var changed = bytes
            changed[(frames[number] + SnapshotFormat.frameOverhead + end) / 2] ^= 0x10
            let damage = Damage(file: name, offset: frames[number], reason: "wrong checksum of a frame")
            #expect(throws: RecoveryError.damaged([damage])) { try recovered(from: disk(holding: changed)) }
        }
    }

    @Test("is refused when a frame with a right checksum holds what is no session")
    func malformed() throws {
        var output: [UInt8] = []
        var encoder = SnapshotEncoder(sequence: 9, writtenAt: noon, hasJournal: false, to: &output)
        for entry in entries.prefix(3) { encoder.append(entry, to: &output) }
        let start = output.count
        let tooLong = sampleSession(1, data: String(repeating: "x", count: SessionLimit.data + 1))
        encoder.append(.session(tooLong, sequence: 1), to: &output)
        encoder.finish(to: &output)
        let damage = Damage(file: name, offset: start, reason: "a frame that is no session")
        #expect(throws: RecoveryError.damaged([damage])) { try recovered(from: disk(holding: output)) }
    }
}
