// Every way in which a small snapshot can be cut short or have a bit flipped: it is refused, always, and never read as
// something else.

import Testing

@testable import Durability
@testable import Sessions

@Suite("Damage to a snapshot")
struct DamageTests {
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
            guard case .noWholeSnapshot(let damaged) = error else { return false }
            return damaged.count == 1
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
