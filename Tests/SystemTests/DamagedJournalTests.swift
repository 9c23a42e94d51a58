// A journal that is damaged or missing: a start is refused, with file and byte and the command that mends it, and after
// `--mend-state` it goes on with what came before. What is given up stays beside.

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

        /// Which journal stands in the way of a start, where, and how many sessions come before that.
        func inflict(on daemon: DaemonUnderTest) throws -> (name: String, offset: Int, kept: Int) {
            let journals = try daemon.journals()
            let name = journals[place]
            let commits = JournalFile.commits(in: try daemon.stateContents()[name] ?? Data())
            switch self {
            case .bitInFirst, .bitInLast:
                try daemon.change(name) { $0[commits[2].lowerBound + commits[2].count / 2] ^= 4 }
                return (name, commits[2].lowerBound, 4 * place + 2)
            case .lastCommitOfFirst:
                try daemon.change(name) { $0[commits[3].upperBound - 1] ^= 0x80 }
                return (name, commits[3].lowerBound, 3)
            case .firstCutShort:
                try daemon.change(name) { $0.removeSubrange(commits[1].upperBound...) }
                return (name, commits[1].upperBound, 2)
            case .headerOfSecond:
                try daemon.change(name) { $0[20] ^= 1 }
                return (name, 0, 4)
            case .secondEmptied:
                try daemon.change(name) { $0 = Data() }
                return (name, 0, 4)
            case .secondMissing:
                // The first one ends too early for the third.
                try daemon.remove(name)
                return (journals[0], try daemon.stateContents()[journals[0]]?.count ?? 0, 4)
            case .firstMissing:
                try daemon.remove(name)
                return (journals[1], JournalFile.firstCommit, 0)
            }
        }
    }

    @Test(
        "a start is refused with file, byte and what to do; mending keeps what came before",
        arguments: Damage.allCases
    )
    func refusedAndMended(damage: Damage) async throws {
        let daemon = try await DaemonUnderTest()
        var tokens = try await daemon.create(4)
        for _ in 0..<2 {
            daemon.kill()
            try await daemon.start()
            tokens += try await daemon.create(4)
        }
        daemon.kill()
        let (name, offset, kept) = try damage.inflict(on: daemon)
        let before = try daemon.stateContents()
        try await daemon.isRefused(naming: name, at: offset)
        #expect(try daemon.stateContents() == before)

        let mending = try await daemon.mendState()
        #expect(mending.status == 0)
        #expect(mending.output.contains("\(name).damaged"))
        #expect(mending.output.contains("\(kept) sessions and 0 tombstones"))
        let after = try daemon.stateContents()
        for (file, content) in before {
            #expect(after[file] == content || after["\(file).damaged"] == content, "\(file) is gone")
        }
        // Doing it again is harmless.
        #expect(try await daemon.mendState().status == 0)
        #expect(try daemon.stateContents() == after)
        #expect(try await daemon.checkState().status == 0)
        try await daemon.start()
        try await daemon.has(tokens, before: kept)

        // From here on it goes like from any other state.
        let later = try await daemon.create(2)
        daemon.kill()
        try await daemon.start()
        try await daemon.has(later, before: 2)
        try await daemon.restart()
        try await daemon.has(tokens, before: kept)
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
        var lost = try await daemon.create(2)
        daemon.kill()
        let journal = try #require(try daemon.journals().last)
        if hasLaterJournal {
            try await daemon.start()
            lost += try await daemon.create(2)
            daemon.kill()
        }
        let snapshot = try #require(try daemon.snapshots().last)
        try daemon.remove(journal)
        let before = try daemon.stateContents()
        try await daemon.isRefused(naming: snapshot, at: before[snapshot]?.count ?? 0)
        let check = try await daemon.checkState()
        #expect(check.output.contains("\(journal) is missing"))
        #expect(try daemon.stateContents() == before)

        let mending = try await daemon.mendState()
        #expect(mending.status == 0)
        #expect(mending.output.contains("\(journal): was missing"))
        try await daemon.start()
        try await daemon.has(tokens + lost, before: tokens.count)
        let later = try await daemon.create(2)
        daemon.kill()
        try await daemon.start()
        try await daemon.has(tokens + later, before: tokens.count + 2)
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
        try await daemon.has(tokens, before: 3)
    }

    @Test("mending sets damaged snapshots aside when the journals do not reach back, and the start then has nothing")
    func snapshots() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        for _ in 0..<2 {
            _ = try await daemon.create(3)
            try await daemon.admin.call("server.snapshot")
        }
        let token = try await daemon.create(1)
        daemon.kill()
        let snapshots = try daemon.snapshots()
        for name in snapshots { try daemon.change(name) { $0[$0.count / 2] ^= 1 } }
        let before = try daemon.stateContents()
        #expect(try await daemon.startInVain().status == 65)
        let mending = try await daemon.mendState()
        #expect(mending.status == 0)
        for name in snapshots { #expect(mending.output.contains("\(name): set aside as \(name).damaged")) }
        for (file, content) in before { #expect(try daemon.stateContents()["\(file).damaged"] == content, "\(file)") }
        try await daemon.start()
        try await daemon.has(token, before: 0)
        #expect(try await daemon.socket.call("server.stats")["store"]["sessions"] == 0)
    }
}

extension DaemonUnderTest {
    fileprivate func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(state)/\(name)") }

    /// Neither a check nor a start accepts its state, and both say where and what to do.
    fileprivate func isRefused(naming name: String, at offset: Int) async throws {
        let command = "sessiond --mend-state --state-directory \(state)"
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

    /// The first so many of these are sessions, and the others are not known.
    fileprivate func has(_ tokens: [JSON], before end: Int) async throws {
        let lookups = tokens.map { request("session.lookup", ["token": $0, "touch": false]) }
        let found = try await socket.answers(to: lookups).map { $0["result"] }
        #expect(found.prefix(end).allSatisfy { $0["session"]["userId"] == "ann" })
        #expect(found.dropFirst(end).allSatisfy { $0["reason"] == "unknown" })
    }
}
