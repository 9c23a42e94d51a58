// A journal that is damaged or missing: a start is refused, with file and byte and the command that repairs it, and after
// `sessionctl state repair` it goes on with all that is whole. What was damaged stays beside.

import Foundation
import Testing

@Suite("Damaged journals", .serialized)
struct DamagedJournalTests {
    /// Three journals with four sessions in each, and what is done to one of them.
    enum Damage: CaseIterable {
        case bitInFirst, bitInLast, lastCommitOfFirst, firstCutShort, headerOfSecond, secondEmptied, secondMissing
        case firstMissing

        /// The journal to which it is done.
        private var place: Int {
            switch self {
            case .bitInFirst, .lastCommitOfFirst, .firstCutShort, .firstMissing: 0
            case .headerOfSecond, .secondEmptied, .secondMissing: 1
            case .bitInLast: 2
            }
        }

        /// Whether there is a file to be kept aside.
        var leavesDamagedFile: Bool {
            switch self {
            case .bitInFirst, .bitInLast, .lastCommitOfFirst, .headerOfSecond, .secondEmptied: true
            case .firstCutShort, .secondMissing, .firstMissing: false
            }
        }

        /// Which journal stands in the way of a start, where, and which sessions are lost.
        func inflict(on daemon: DaemonUnderTest) throws -> (name: String, offset: Int, lost: Range<Int>) {
            let journals = try daemon.journals()
            let name = journals[place]
            let commits = JournalFile.commits(in: try daemon.stateContents()[name] ?? Data())
            switch self {
            case .bitInFirst, .bitInLast:
                try daemon.change(name) { $0[commits[2].lowerBound + commits[2].count / 2] ^= 4 }
                return (name, commits[2].lowerBound, (4 * place + 2)..<(4 * place + 3))
            case .lastCommitOfFirst:
                try daemon.change(name) { $0[commits[3].upperBound - 1] ^= 0x80 }
                return (name, commits[3].lowerBound, 3..<4)
            case .firstCutShort:
                try daemon.change(name) { $0.removeSubrange(commits[1].upperBound...) }
                return (name, commits[1].upperBound, 2..<4)
            case .headerOfSecond:
                // Its checksum is right still, and proves the commits.
                try daemon.change(name) { $0[20] ^= 1 }
                return (name, 0, 0..<0)
            case .secondEmptied:
                try daemon.change(name) { $0 = Data() }
                return (name, 0, 4..<8)
            case .secondMissing:
                // The first one ends too early for the third.
                try daemon.remove(name)
                let first = JournalFile.commits(in: try daemon.stateContents()[journals[0]] ?? Data())
                return (journals[0], first.last?.upperBound ?? 0, 4..<8)
            case .firstMissing:
                try daemon.remove(name)
                return (journals[1], JournalFile.firstCommit, 0..<4)
            }
        }
    }

    @Test(
        "a start is refused with file, byte and what to do; a repair keeps what is whole and says what is lost",
        arguments: Damage.allCases
    )
    func refusedAndRepaired(damage: Damage) async throws {
        let daemon = try await DaemonUnderTest()
        var tokens = try await daemon.create(4)
        for _ in 0..<2 {
            daemon.kill()
            try await daemon.start()
            tokens += try await daemon.create(4)
        }
        daemon.kill()
        let (name, offset, lost) = try damage.inflict(on: daemon)
        let before = try daemon.stateContents()
        try await daemon.isRefused(naming: name, at: offset)
        #expect(try daemon.stateContents() == before)

        let report = try await daemon.repair()
        #expect(report["kept"][name] == (damage.leavesDamagedFile ? .string("\(name).damaged") : .null))
        #expect(report["start"]["sessions"] == .integer(Int64(12 - lost.count)))
        // Each session is a change, the first one change 1.
        let changes: JSON = ["first": .integer(Int64(lost.lowerBound + 1)), "last": .integer(Int64(lost.upperBound))]
        #expect(report["lostChanges"] == (lost.isEmpty ? [] : [changes]))
        let after = try daemon.stateContents()
        for (file, content) in before {
            #expect(after[file] == content || after["\(file).damaged"] == content, "\(file) is gone")
        }
        // Doing it again is harmless.
        #expect(try await daemon.repair()["written"] == .null)
        #expect(try daemon.stateContents() == after)
        #expect(try await daemon.checkState().status == 0)
        try await daemon.start()
        try await daemon.has(tokens, but: lost)

        // From here on it goes like from any other state.
        let later = try await daemon.create(2)
        daemon.kill()
        try await daemon.start()
        try await daemon.has(later)
        try await daemon.restart()
        try await daemon.has(tokens, but: lost)
    }

    @Test(
        "without the journal of the newest snapshot a start is refused, whatever other files there are",
        arguments: [1, 2],
        [false, true]
    )
    func newestMissing(snapshots: Int, hasLaterJournal: Bool) async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        var tokens: [JSON] = []
        for _ in 0..<snapshots {
            tokens += try await daemon.create(3)
            try await daemon.admin.call("server.snapshot")
        }
        let lost = tokens.count..<(tokens.count + 2)
        tokens += try await daemon.create(2)
        daemon.kill()
        let journal = try #require(try daemon.journals().last)
        if hasLaterJournal {
            try await daemon.start()
            tokens += try await daemon.create(2)
            daemon.kill()
        }
        let snapshot = try #require(try daemon.snapshots().last)
        try daemon.remove(journal)
        let before = try daemon.stateContents()
        try await daemon.isRefused(naming: snapshot, at: before[snapshot]?.count ?? 0)
        let check = try await daemon.checkState()
        #expect(check.output.contains("\(journal) is missing"))
        #expect(try daemon.stateContents() == before)

        let report = try await daemon.repair()
        #expect(report["missing"] == [.string(journal)])
        #expect(report["mayEndEarly"] == .bool(!hasLaterJournal))
        #expect(report["lostChanges"].elements.count == (hasLaterJournal ? 1 : 0))
        try await daemon.start()
        try await daemon.has(tokens, but: lost)
        let later = try await daemon.create(2)
        daemon.kill()
        try await daemon.start()
        try await daemon.has(tokens + later, but: lost)
    }

    @Test("an older journal that no start needs may be missing")
    func unneeded() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let tokens = try await daemon.create(3)
        try await daemon.admin.call("server.snapshot")
        daemon.kill()
        try daemon.remove(try daemon.journals()[0])
        #expect(try await daemon.checkState().status == 0)
        try await daemon.start()
        try await daemon.has(tokens)
    }

    @Test("a repair takes what is whole of two damaged snapshots, which is all that there was, and keeps both")
    func snapshots() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        var tokens: [JSON] = []
        for _ in 0..<2 {
            tokens += try await daemon.create(3)
            try await daemon.admin.call("server.snapshot")
        }
        tokens += try await daemon.create(1)
        daemon.kill()
        let snapshots = try daemon.snapshots()
        for name in snapshots { try daemon.change(name) { $0[$0.count / 2] ^= 1 } }
        let before = try daemon.stateContents()
        #expect(try await daemon.startInVain().status == 65)
        let repair = try await daemon.repairState()
        #expect(repair.status == 0, "\(repair.errors)")
        for name in snapshots {
            #expect(repair.output.contains("  \(name): kept as \(name).damaged\n"))
            #expect(try daemon.stateContents()["\(name).damaged"] == before[name])
        }
        #expect(repair.output.contains("7 sessions and 0 tombstones"))
        try await daemon.start()
        try await daemon.has(tokens)
    }
}

extension DaemonUnderTest {
    fileprivate func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(state)/\(name)") }

    /// Neither a check nor a start accepts its state, and both say where and what to do.
    fileprivate func isRefused(naming name: String, at offset: Int) async throws {
        let command = "sessionctl state repair \(state)"
        let check = try await checkState()
        #expect(check.status == 65)
        let start = try await startInVain()
        #expect(start.status == 65)
        #expect(start.errors.split(separator: "\n").count == 1, "\(start.errors)")
        #expect(start.errors.hasPrefix("<3>"))
        for said in [check.output, start.errors] {
            #expect(said.contains("\(name): "), "\(said)")
            #expect(said.contains("at byte \(offset)"), "\(said)")
            #expect(said.contains(command), "\(said)")
        }
    }

    /// Repairs its state, and returns what is said of that.
    fileprivate func repair() async throws -> JSON {
        let result = try await repairState("--json")
        #expect(result.status == 0, "\(result.errors)")
        return try JSON(parsing: result.output)
    }

    /// These are sessions, but for some that are not known.
    fileprivate func has(_ tokens: [JSON], but lost: Range<Int> = 0..<0) async throws {
        let lookups = tokens.map { request("session.lookup", ["token": $0, "touch": false]) }
        let found = try await socket.answers(to: lookups).map { $0["result"] }
        for (place, one) in found.enumerated() {
            if lost.contains(place) {
                #expect(one["reason"] == "unknown", "\(place)")
            } else {
                #expect(one["session"]["userId"] == "ann", "\(place)")
            }
        }
    }
}
