// Journals that follow one another: together they give every change, or recovery refuses and says which are missing.

import Testing

@testable import Durability
@testable import Sessions

@Suite("Journals that follow one another")
struct JournalChainTests {
    /// Three journals of two sessions each.
    private func chain() -> SimulatedDisk {
        let disk = SimulatedDisk()
        for generation in 1...3 as ClosedRange<UInt64> {
            let first = 2 * (generation - 1)
            let commits = [[Change.created(sampleSession(first))], [.created(sampleSession(first + 1))]]
            writeJournal(generation, after: first, commits: commits, on: disk)
        }
        return disk
    }

    private func damage(of disk: SimulatedDisk) throws -> [Damage] {
        do throws(RecoveryError) {
            let (entries, _) = try recovered(from: disk)
            Issue.record("recovered \(entries.count) entries")
            return []
        } catch {
            guard case .damaged(let damages) = error else { throw error }
            return damages
        }
    }

    private func ids(_ numbers: [UInt64]) -> [SessionID] { numbers.map { SessionID(high: $0, low: ~$0) } }

    @Test("are replayed one after the other")
    func whole() throws {
        let (entries, report) = try recovered(from: chain())
        #expect(entries.map(\.id) == ids([0, 1, 2, 3, 4, 5]))
        #expect(report.journals == (1...3).map { "journal-000000000000000\($0)" })
        #expect(report.changes == 6)
        #expect(report.cut == nil)
    }

    @Test("may be empty")
    func empty() throws {
        let disk = chain()
        writeJournal(4, after: 6, commits: [], on: disk)
        writeJournal(5, after: 6, commits: [[.created(sampleSession(6))]], on: disk)
        #expect(try recovered(from: disk).entries.map(\.id) == ids([0, 1, 2, 3, 4, 5, 6]))
    }

    @Test("are refused when one in the middle is missing")
    func missingMiddle() throws {
        let disk = chain()
        disk.removeContent(of: "journal-0000000000000002")
        let damages = try damage(of: disk)
        #expect(damages.map(\.file) == ["journal-0000000000000001"])
        #expect(damages.map(\.offset) == [disk.content(of: "journal-0000000000000001")?.count])
        #expect(damages[0].reason == "its whole commits end with change 2, and its successor begins after 4")
    }

    @Test("are refused when the first is missing")
    func missingFirst() throws {
        let disk = chain()
        disk.removeContent(of: "journal-0000000000000001")
        let damages = try damage(of: disk)
        #expect(damages.map(\.file) == ["journal-0000000000000002"])
        #expect(damages[0].reason == "the changes from 1 to 2 are missing before it")
    }

    @Test("are refused when one before the last is torn, at each byte")
    func tornMiddle() throws {
        let whole = try #require(chain().content(of: "journal-0000000000000002"))
        let commits = [[Change.created(sampleSession(2))], [.created(sampleSession(3))]]
        let ends = writeJournal(2, after: 2, commits: commits, on: SimulatedDisk())
        for count in ends[0]..<whole.count {
            let disk = chain()
            disk.setContent(of: "journal-0000000000000002", to: Array(whole[..<count]))
            let damages = try damage(of: disk)
            #expect(damages.map(\.file) == ["journal-0000000000000002"], "cut to \(count) bytes")
            #expect(damages.map(\.offset) == [ends.last { $0 <= count }], "cut to \(count) bytes")
        }
    }

    @Test("count only as far as the next one takes over: what is behind was never acknowledged")
    func takenOver() throws {
        for start in 2...4 as ClosedRange<UInt64> {
            for torn in [0, 1, 40] {
                let disk = SimulatedDisk()
                let changes = (0...4).map { Change.created(sampleSession($0)) }
                writeJournal(1, commits: [Array(changes[0...1]), Array(changes[2...3]), [changes[4]]], on: disk)
                let name = "journal-0000000000000001"
                disk.setContent(of: name, to: disk.content(of: name)!.dropLast(torn))
                writeJournal(2, after: start, commits: [[.created(sampleSession(7))]], on: disk)
                let (entries, report) = try recovered(from: disk)
                #expect(entries.map(\.id) == ids(Array(0..<start) + [7]), "taken over after \(start), \(torn) torn")
                #expect(report.cut == nil)
            }
        }
    }

    @Test("of whatever kind are refused when their changes are numbered otherwise, though the checksum is right")
    func renumbered() throws {
        for (numbers, reason) in [
            ([2], "change 2 follows change 0"), ([0], "change 0 follows change 0"),
            ([1, 3], "change 3 follows change 1"), ([1, 1], "change 1 follows change 1"),
            ([1, 2, 1], "change 1 follows change 2"), ([.max], "change \(UInt64.max) follows change 0"),
        ] as [([UInt64], String)] {
            let disk = SimulatedDisk()
            var buffer = CommitBuffer()
            for number in numbers { buffer.append(.created(sampleSession(number)), sequence: number, occasion: .plain) }
            appendCommit(buffer.take(), on: disk)
            let damages = try damage(of: disk)
            #expect(damages.map(\.file) == ["journal-0000000000000001"])
            #expect(damages.map(\.offset) == [JournalFormat.headerSize + JournalFormat.epochSize])
            #expect(damages.map(\.reason) == [reason])
        }
    }

    @Test("are refused when a record is no change, though the checksum is right")
    func noChange() throws {
        var buffer = CommitBuffer()
        buffer.append(.expired(sampleSession(1).id), sequence: 1, occasion: .plain)
        let whole = buffer.take()
        let kind = JournalFormat.commitOverhead + 4 + 8
        for (place, value, reason) in [
            (kind, 0, "a record that is no change"), (kind, 6, "a record that is no change"),
            (kind, 1, "a record that is no change"), (kind, 3, "a record that is no change"),
            (kind, 4, "a record that is no change"),
            (kind - 12, whole[kind - 12] + 1, "a record that is longer than its commit"),
            (kind - 12, whole[kind - 12] - 1, "a record that is no change"),
            (kind - 9, 0xFF, "a record that is longer than its commit"),
        ] as [(Int, UInt8, String)] {
            let disk = SimulatedDisk()
            var records = whole
            records[place] = value
            appendCommit(records, on: disk)
            #expect(try damage(of: disk).map(\.reason) == [reason], "byte \(place) is \(value)")
        }
    }

    @Test("of a newer format are refused, and both versions are named")
    func newerFormat() throws {
        let disk = SimulatedDisk()
        writeJournal(1, commits: [], on: disk)
        var header = try #require(disk.content(of: "journal-0000000000000001"))
        header.overwrite(at: 8, with: JournalFormat.version + 1)
        let checksum = JournalFormat.headerSize - 4
        header.overwrite(at: checksum, with: CRC32C.checksum(header.span.extracting(..<checksum)))
        disk.setContent(of: "journal-0000000000000001", to: header)
        let damages = try damage(of: disk)
        #expect(
            damages.map(\.message) == [
                "journal-0000000000000001: format version 3, and this daemon reads 2 at byte 0"
            ]
        )
    }

    /// Writes a commit to a journal, with the checksum that it must have.
    private func appendCommit(_ records: [UInt8], on disk: SimulatedDisk) {
        var writer = WriterState(disk: disk)
        makeJournal { _ = writer.carryOut($0) }.begin(now: noon)
        _ = writer.carryOut(.commit(records, upTo: 1))
    }
}
