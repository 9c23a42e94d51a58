// The version of the journal's format that is written, and the older one that is read.

import Testing

@testable import Durability
@testable import Sessions

@Suite("Versions of the journal")
struct JournalVersionTests {
    @Test("version 1 is read, but for what watchers may have missed")
    func versionOne() throws {
        // Its header, and a commit of one record, byte by byte.
        var journal: [UInt8] = Array("SESSIONJ".utf8) + [1, 0, 0, 0]
        for number in [0, 0, 0, 0x5A17] as [UInt64] { journal.append(integer: number) }
        let seed = CRC32C.checksum(journal.span)
        journal.append(integer: seed)
        var record: [UInt8] = []
        record.append(integer: UInt64(1))
        record.append(.created(sampleSession(1)))
        var records: [UInt8] = []
        records.append(integer: UInt32(record.count))
        records += record
        journal.append(integer: UInt32(records.count))
        journal.append(integer: CommitBuffer.checksum(of: records.span, length: UInt32(records.count), seed: seed))
        journal += records
        let disk = SimulatedDisk()
        disk.setContent(of: "journal-0000000000000001", to: journal)
        #expect(try recovered(from: disk).entries == [.session(sampleSession(1), sequence: 1)])
        let past = try recover(from: disk, policy: Policy(), now: noon, watchHistory: 10).past
        #expect(past.since == 1)
        #expect(past.events.isEmpty)
        #expect(past.ancestors.isEmpty)
    }

    @Test("version 2 is written, byte by byte as the description says")
    func bytes() throws {
        let disk = SimulatedDisk()
        writeJournal(1, after: 7, commits: [], on: disk)
        var expected: [UInt8] = Array("SESSIONJ".utf8) + [2, 0, 0, 0]
        for number in [7, 7, UInt64(noon.milliseconds), 0x5A17] { expected.append(integer: number) }
        let checksum = CRC32C.checksum(expected.span)
        expected.append(integer: checksum)
        expected += Epoch.sample(1).bytes
        expected.append(integer: CRC32C.checksum(Epoch.sample(1).bytes.span, seed: checksum))
        #expect(disk.content(of: "journal-0000000000000001") == expected)

        let at: [UInt8] = [0x00, 0x68, 0xE5, 0xCF, 0x8B, 0x01, 0x00, 0x00]
        for (circumstance, bytes) in [
            (.plain, [0]), (.session(of: []), [1, 0]), (.session(of: [0x61, 0x62]), [1, 2, 0x61, 0x62]),
            (.session(of: [UInt8](repeating: 0x61, count: 255)), [1, 255] + [UInt8](repeating: 0x61, count: 255)),
            (.tombstone(of: 258), [2, 2, 1, 0, 0, 0, 0, 0, 0]), (.few, [3]), (.many, [4]),
        ] as [(Circumstance, [UInt8])] {
            let occasion = Occasion(at: noon, circumstance: circumstance)
            var buffer = CommitBuffer()
            buffer.append(.expired(sampleSession(1).id), sequence: 1, occasion: occasion)
            let record = buffer.take().dropFirst(JournalFormat.commitOverhead + JournalFormat.recordOverhead + 16)
            #expect(Array(record) == at + bytes)
            var reader = BinaryReader(record)
            #expect(reader.occasion() == occasion)
            #expect(reader.isAtEnd)
        }
    }
}
