// Every way in which a journal can be cut short or have a bit flipped at its end: recovery gives what its whole commits
// hold, or refuses and says where; it never gives anything else.

import Testing

@testable import Durability
@testable import Sessions

@Suite("Damage to a journal")
struct JournalDamageTests {
    private let name = "journal-0000000000000001"
    private let bytes: [UInt8]
    /// Where the header and each commit end.
    private let ends: [Int]
    /// What there is after so many commits.
    private let states: [[SnapshotEntry]]

    init() {
        let (one, two, three) = (sampleSession(1), sampleSession(2), sampleSession(3))
        var changed = two
        changed.data = Array("{\"n\":2}".utf8)
        changed.version += 1
        let touch = Touch(id: one.id, touchedAt: noon, expiresAt: noon.advanced(by: .days(8)), ttl: .days(8))
        let commits: [[Change]] = [
            [.created(one)],
            [.created(two), .touched(touch)],
            [sampleRevocation(1)],
            [.updated(changed), .touched(touch)],
            [.created(three), sampleRevocation(2)],
            [.expired(three.id), sampleRevocation(9)],
        ]
        let disk = SimulatedDisk()
        ends = writeJournal(1, commits: commits, on: disk)
        bytes = disk.content(of: name) ?? []
        var store = SessionStore(policy: Policy(), now: noon)
        var states = [contents(of: store)]
        for commit in commits {
            for change in commit { store.apply(change, sequence: store.sequence + 1) }
            states.append(contents(of: store))
        }
        self.states = states
    }

    private enum Outcome: Equatable {
        case recovered([SnapshotEntry], RecoveryReport.Cut?)
        case refused([Damage])
    }

    private func outcome(of damaged: [UInt8]) throws -> Outcome {
        let disk = SimulatedDisk()
        disk.setContent(of: name, to: damaged)
        do throws(RecoveryError) {
            let (entries, report) = try recovered(from: disk)
            return .recovered(entries, report.cut)
        } catch {
            guard case .damaged(let damages) = error else { throw error }
            return .refused(damages)
        }
    }

    private func cut(at offset: Int, bytes: Int) -> RecoveryReport.Cut {
        RecoveryReport.Cut(file: name, offset: offset, bytes: bytes)
    }

    @Test("is none when the journal is whole")
    func whole() throws {
        #expect(ends.last == bytes.count)
        #expect(try outcome(of: bytes) == .recovered(states[6], nil))
    }

    @Test("by a cut anywhere leaves the whole commits before it, and what is behind them is reported")
    func truncations() throws {
        for count in ends[0]...bytes.count {
            let commits = ends.lastIndex { $0 <= count }!
            let torn = torn(bytes[..<count], behind: ends[commits])
            let expected = Outcome.recovered(states[commits], torn == 0 ? nil : cut(at: ends[commits], bytes: torn))
            #expect(try outcome(of: Array(bytes[..<count])) == expected, "cut to \(count) bytes")
        }
    }

    @Test("by a cut in its header is refused")
    func truncatedHeader() throws {
        for count in 0..<ends[0] {
            let part = count < JournalFormat.headerSize ? "header" : "epoch"
            let expected = Damage(file: name, offset: 0, reason: "the file ends in its \(part)")
            #expect(try outcome(of: Array(bytes[..<count])) == .refused([expected]), "cut to \(count) bytes")
        }
    }

    @Test("by a flipped bit in its header is refused")
    func flippedHeader() throws {
        for index in 0..<ends[0] {
            for bit in 0..<8 {
                guard case .refused(let damages) = try outcome(of: flipped(index, bit)) else {
                    Issue.record("bit \(bit) of byte \(index) was not noticed")
                    continue
                }
                #expect(damages.map(\.file) == [name], "bit \(bit) of byte \(index)")
                #expect(damages.map(\.offset) == [0], "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test("by a flipped bit in a commit before the last is refused, with the place", arguments: [3, 4])
    func flippedBits(commit: Int) throws {
        let expected = Damage(
            file: name,
            offset: ends[commit],
            reason: "a commit with a wrong checksum or length, with whole ones behind it"
        )
        for index in ends[commit]..<ends[commit + 1] {
            for bit in 0..<8 {
                #expect(try outcome(of: flipped(index, bit)) == .refused([expected]), "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test("by a flipped bit in the last commit leaves those before it, as if it had been torn")
    func flippedLastCommit() throws {
        for index in ends[5]..<bytes.count {
            for bit in 0..<8 {
                let damaged = flipped(index, bit)
                let cut = cut(at: ends[5], bytes: torn(damaged[...], behind: ends[5]))
                #expect(try outcome(of: damaged) == .recovered(states[5], cut), "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test("by pieces that were never written is a torn end wherever they are in the last commit")
    func holes() throws {
        for start in ends[5]..<bytes.count {
            var damaged = bytes
            let hole = start..<min(start + 16, bytes.count)
            damaged.replaceSubrange(hole, with: repeatElement(0, count: hole.count))
            if damaged == bytes { continue }
            let cut = cut(at: ends[5], bytes: torn(damaged[...], behind: ends[5]))
            #expect(try outcome(of: damaged) == .recovered(states[5], cut), "zeros in \(hole)")
        }
    }

    @Test("is none when there is room behind the last commit")
    func room() throws {
        for commits in states.indices {
            for room in [1, 7, 8, 9, 100, 70_000] {
                let journal = bytes[..<ends[commits]] + repeatElement(0, count: room)
                #expect(try outcome(of: Array(journal)) == .recovered(states[commits], nil), "\(room) after \(commits)")
            }
        }
    }

    @Test("by a commit that was interrupted in its room leaves those before it, and the room is not reported")
    func tornInRoom() throws {
        for count in (ends[5] + 1)..<bytes.count {
            // Its last bytes may be zeros, which are the same whether they were written or not.
            guard bytes[count...].contains(where: { $0 != 0 }) else { continue }
            let journal = bytes[..<count] + repeatElement(0, count: 70_000)
            let cut = cut(at: ends[5], bytes: torn(journal, behind: ends[5]))
            #expect(try outcome(of: Array(journal)) == .recovered(states[5], cut), "torn at \(count)")
        }
    }

    @Test("by a commit of zeros before the last is refused")
    func zerosBefore() throws {
        for commit in 0..<5 {
            var damaged = bytes + [UInt8](repeating: 0, count: 1000)
            let range = ends[commit]..<ends[commit + 1]
            damaged.replaceSubrange(range, with: repeatElement(0, count: range.count))
            try expectRefusal(of: damaged, at: ends[commit], "commit \(commit) is zeros")
        }
    }

    @Test("is none when it is read while the daemon goes on writing, into its room and beyond")
    func readWhileWritten() throws {
        let disk = SimulatedDisk(room: 1000)
        var writer = WriterState(disk: disk)
        let journal = makeJournal { _ = writer.carryOut($0) }
        func commit(_ number: UInt64) {
            journal.append(.created(sampleSession(number)), sequence: number, on: .plain, isAwaited: true)
            journal.commitAll()
            _ = journal.handle(.committed(upTo: number), now: noon)
        }
        journal.begin(now: noon)
        commit(1)
        // All of the file is in memory then, zeros included.
        var reader = try JournalReader(name, on: disk)
        defer { reader.close() }
        for number in 2...20 as ClosedRange<UInt64> { commit(number) }
        var count = 0
        while let records = try reader.next() { count += records.count }
        #expect(count == 20)
        #expect(reader.tornBytes == 0)
    }

    @Test("by a torn commit in which every twelfth byte may begin another leaves those before it")
    func chosenText() throws {
        // A length of 16 KiB, then what is the upper half of a number, and anything.
        let head: [UInt8] = [0x04, 0x40, 0x00, 0x00, 0, 0, 0, 0, 0x61, 0x61, 0x61, 0x61]
        let text = Array(repeatElement(head, count: 1 << 12).joined())
        let cut = cut(at: ends[5], bytes: text.count)
        #expect(try outcome(of: bytes[..<ends[5]] + text) == .recovered(states[5], cut))
    }

    /// How many bytes behind a commit are to be reported: zeros at the end may be room.
    private func torn(_ journal: ArraySlice<UInt8>, behind end: Int) -> Int {
        max(0, (journal.lastIndex { $0 != 0 } ?? 0) + 1 - end)
    }

    @Test("by a commit that is missing, doubled or out of place is refused")
    func commits() throws {
        for commit in 0..<5 {
            let range = ends[commit]..<ends[commit + 1]
            var missing = bytes
            missing.removeSubrange(range)
            try expectRefusal(of: missing, at: ends[commit], "commit \(commit) is missing")
            var doubled = bytes
            doubled.insert(contentsOf: bytes[range], at: range.upperBound)
            try expectRefusal(of: doubled, at: range.upperBound, "commit \(commit) is doubled")
            let next = ends[commit + 1]..<ends[commit + 2]
            let swapped = bytes[..<range.lowerBound] + bytes[next] + bytes[range] + bytes[next.upperBound...]
            try expectRefusal(of: Array(swapped), at: ends[commit], "commits \(commit) and \(commit + 1) are swapped")
        }
        try expectRefusal(of: bytes + bytes[ends[5]...], at: bytes.count, "the last commit is doubled")
    }

    @Test("by commits of another journal is a torn end, even when their numbers fit")
    func foreignCommits() throws {
        let disk = SimulatedDisk()
        let other = makeBytes(ofJournalAfter: 10, salt: 7, on: disk)
        let foreign = torn((bytes + other)[...], behind: bytes.count)
        let expected = Outcome.recovered(states[6], cut(at: bytes.count, bytes: foreign))
        #expect(try outcome(of: bytes + other) == expected)
    }

    private func flipped(_ index: Int, _ bit: Int) -> [UInt8] {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(bit)
        return damaged
    }

    private func expectRefusal(of damaged: [UInt8], at offset: Int, _ what: Comment) throws {
        guard case .refused(let damages) = try outcome(of: damaged) else {
            Issue.record(what)
            return
        }
        #expect(damages.map(\.file) == [name], what)
        #expect(damages.map(\.offset) == [offset], what)
    }

    /// The commits of a journal that differs by its salt, without its header.
    private func makeBytes(ofJournalAfter sequence: UInt64, salt: UInt64, on disk: SimulatedDisk) -> [UInt8] {
        var writer = WriterState(disk: disk)
        let journal = makeJournal(sequence: sequence, salt: { salt }) { _ = writer.carryOut($0) }
        journal.begin(now: noon)
        let header = disk.content(of: name)?.count ?? 0
        journal.append(.created(sampleSession(5)), sequence: sequence + 1, on: .plain, isAwaited: true)
        journal.commitAll()
        return Array(disk.content(of: name)?.dropFirst(header) ?? [])
    }
}
