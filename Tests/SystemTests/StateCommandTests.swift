// `sessionctl state check`: what it says of a state directory is what a start then does, and it changes nothing.

import Foundation
import Testing

@Suite("Checking the state", .serialized)
struct StateCommandTests {
    @Test("an empty directory is good, and stays empty")
    func empty() async throws {
        let folder = try TemporaryDirectory()
        let result = try await run(Package.tool(), "state", "check", folder.path)
        #expect(result.status == 0)
        #expect(result.output.contains("no state files"))
        #expect(result.output.contains("begins without a snapshot and replays no journal"))
        #expect(result.output.contains("0 sessions and 0 tombstones"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("what it says of every file, and of the start to come, is so")
    func good() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        for user in ["ann", "bob", "eve"] { _ = try await daemon.socket.create(for: .string(user)) }
        try await daemon.socket.call("session.revoke", ["userId": "bob"])
        try await daemon.admin.call("server.snapshot")
        _ = try await daemon.socket.create(for: "joe")
        try await daemon.socket.call("session.revoke", ["userId": "eve"])
        daemon.kill()
        let before = try daemon.stateContents()

        let result = try await daemon.checkState()
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        let lines = result.output.split(separator: "\n").map { String($0) }
        let findings = [
            "snapshot-0000000000000002": "2 sessions and 1 tombstones, begun after change 4",
            "journal-0000000000000001": "4 changes, 1 to 4", "journal-0000000000000002": "2 changes, 5 to 6",
        ]
        #expect(Set(findings.keys) == Set(before.keys))
        for (name, summary) in findings {
            let size = before[name]?.countWithoutRoom ?? 0
            #expect(lines.contains("  \(name)  \(size) bytes: \(summary)"), "\(result.output)")
        }
        #expect(result.output.contains("loads snapshot-0000000000000002 and replays journal-0000000000000002"))
        #expect(lines.contains("  2 sessions and 2 tombstones, after 2 replayed changes."))
        #expect(try daemon.stateContents() == before)

        try await daemon.start()
        let recovery = try await daemon.socket.call("server.info")["recovery"]
        #expect(recovery["snapshot"] == "snapshot-0000000000000002")
        #expect(recovery["journals"] == ["journal-0000000000000002"])
        #expect(recovery["sessions"] == 2)
        #expect(recovery["tombstones"] == 2)
        #expect(recovery["changes"] == 2)
    }

    /// Ends of a journal as a crash in mid-write leaves them.
    enum Torn: CaseIterable {
        case lastByteMissing, onlyLength, lessThanLength, secondCommit, secondInRoom

        /// Returns where the whole commits end.
        func inflict(on journal: inout Data) -> Int {
            let last = JournalFile.commits(in: journal).last ?? 0..<0
            // The daemon may have made room for more.
            journal.removeSubrange(last.upperBound...)
            switch self {
            case .lastByteMissing: journal.removeLast(1)
            case .onlyLength: journal.removeSubrange((last.lowerBound + 4)...)
            case .lessThanLength: journal.removeSubrange((last.lowerBound + 3)...)
            case .secondCommit:
                journal += journal[last].prefix(last.count / 2)
                return last.upperBound
            case .secondInRoom:
                journal += journal[last].prefix(last.count / 2) + Data(repeating: 0, count: 4096)
                return last.upperBound
            }
            return last.lowerBound
        }
    }

    @Test(
        "a torn end of the last journal is left out, and that is said and no reason to refuse",
        arguments: Torn.allCases
    )
    func torn(torn: Torn) async throws {
        let daemon = try await DaemonUnderTest()
        let tokens = try await daemon.create(4)
        daemon.kill()
        let (name, whole) = try #require(try daemon.stateContents().first)
        var end = 0
        try daemon.change(name) { end = torn.inflict(on: &$0) }
        let before = try daemon.stateContents()
        // Zeros at the end may be room.
        let cut = ((before[name] ?? Data()).lastIndex { $0 != 0 } ?? 0) + 1 - end
        let kept = JournalFile.commits(in: whole).count { $0.upperBound <= end }

        let result = try await daemon.checkState()
        #expect(result.status == 0)
        #expect(result.output.contains("then \(cut) bytes that are no whole commit"))
        #expect(result.output.contains("\(cut) bytes at the end of \(name) are left out"))
        #expect(result.output.contains("\(kept) sessions and 0 tombstones"))
        #expect(try daemon.stateContents() == before)

        try await daemon.start()
        let line = try await daemon.logged("left out \(cut) bytes behind byte \(end)")
        #expect(line.hasPrefix("<5>\(daemon.state)/\(name): "))
        let recovery = try await daemon.socket.call("server.info")["recovery"]
        #expect(recovery["cutBytes"] == .integer(Int64(cut)))
        #expect(recovery["sessions"] == .integer(Int64(kept)))
        for token in tokens.prefix(kept) {
            #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        }
        // The torn file is left as it was; what comes after goes into a journal of its own, and is found behind it.
        let later = try await daemon.socket.create()
        daemon.kill()
        try await daemon.start()
        #expect(try daemon.stateContents()[name] == before[name])
        #expect(try await daemon.socket.call("session.lookup", ["token": later])["session"]["userId"] == "ann")
    }

    @Test("while a daemon runs it looks all the same, and says so, and who it is; a repair is refused")
    func running() async throws {
        let daemon = try await DaemonUnderTest()
        let token = try await daemon.socket.create()
        let before = try daemon.stateContents()
        let result = try await daemon.checkState()
        #expect(result.status == 0)
        #expect(result.output.contains("A daemon is running on it (process \(daemon.id)): "))
        #expect(result.output.contains("1 sessions and 0 tombstones"))
        let repair = try await daemon.repairState()
        #expect(repair.status == 75)
        #expect(repair.errors.contains("process \(daemon.id) has it locked. Stop the daemon that runs on it first"))
        #expect(try daemon.stateContents() == before)
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        // Looking has not taken the directory from the daemon either.
        try await daemon.restart()
        #expect(try await !daemon.checkState().output.contains("no state files"))
    }

    @Test("the daemon itself says the same of a directory, and would start where sessionctl says that it would")
    func daemonCheck() async throws {
        let daemon = try await DaemonUnderTest()
        _ = try await daemon.socket.create()
        daemon.kill()
        let own = try await run(Package.binary(), "--check-state", "--state-directory", daemon.state)
        let other = try await daemon.checkState()
        #expect(own.status == 0)
        #expect(own.output == other.output)
        #expect(own.output.contains("1 sessions and 0 tombstones"))
        // In its header, which no write can have torn.
        try daemon.change(try #require(daemon.journals().last)) { $0[20] ^= 1 }
        #expect(try await run(Package.binary(), "--check-state", "--state-directory", daemon.state).status == 65)
        let missing = daemon.state + "/missing"
        let failed = try await run(Package.binary(), "--check-state", "--state-directory", missing)
        #expect(failed.status == 73)
        #expect((failed.output + failed.errors).contains("\(missing): No such file or directory"))
    }

    @Test("a directory that is missing or is none of a state is named", arguments: ["check", "repair", "dump"])
    func missing(command: String) async throws {
        let folder = try TemporaryDirectory()
        let missing = folder.path(of: "missing")
        let result = try await run(Package.tool(), "state", command, missing)
        #expect(result.status == 66)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("\(missing): No such file or directory"))
        #expect(!FileManager.default.fileExists(atPath: missing))
        let file = try folder.write("ttl = \"1h\"\n", to: "some.toml")
        #expect(try await run(Package.tool(), "state", command, file).status == 66)
        let foreign = try await run(Package.tool(), "state", command, folder.path)
        #expect(foreign.status == 66)
        #expect(foreign.errors.contains("\(folder.path) is not a state directory"))
    }

    /// Files of a newer daemon, among those of this one.
    enum Newer: CaseIterable {
        case journal, newestSnapshot, allSnapshots

        func inflict(on daemon: DaemonUnderTest) throws -> String {
            let snapshots = try daemon.snapshots()
            switch self {
            case .journal:
                let name = try daemon.journals()[1]
                try daemon.change(name) { $0.changeVersion(to: 3, headerSize: JournalFile.headerSize) }
                return name
            case .newestSnapshot, .allSnapshots:
                for name in snapshots.suffix(self == .newestSnapshot ? 1 : 2) {
                    try daemon.change(name) { $0.changeVersion(to: 2, headerSize: 33) }
                }
                return snapshots[1]
            }
        }
    }

    @Test(
        "files of a newer format are refused with both versions, and neither start nor repair changes anything",
        arguments: Newer.allCases
    )
    func newer(newer: Newer) async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        for _ in 0..<2 {
            _ = try await daemon.socket.create()
            try await daemon.admin.call("server.snapshot")
        }
        try await daemon.stop()
        let name = try newer.inflict(on: daemon)
        let before = try daemon.stateContents()

        let check = try await daemon.checkState()
        #expect(check.status == 65)
        let start = try await daemon.startInVain()
        #expect(start.status == 65)
        #expect(start.errors.split(separator: "\n").count == 1)
        for said in [check.output, start.errors] {
            let versions = newer == .journal ? (3, 2) : (2, 1)
            #expect(
                said.contains("\(name): format version \(versions.0), and this daemon reads \(versions.1)"),
                "\(said)"
            )
            #expect(!said.contains("repair"), "nothing is broken here: \(said)")
        }
        #expect(try await daemon.repairState().status == 65)
        #expect(try daemon.stateContents() == before)
    }
}

extension DaemonUnderTest {
    func checkState() async throws -> ProcessResult {
        try await run(Package.tool(), "state", "check", state)
    }

    func repairState(_ options: String...) async throws -> ProcessResult {
        try await RunningProcess([try Package.tool(), "state", "repair", state] + options).end()
    }

    /// Creates so many sessions, each of which is a commit by itself, and returns their tokens.
    func create(_ count: Int) async throws -> [JSON] {
        var tokens: [JSON] = []
        for _ in 0..<count { tokens.append(try await socket.create()) }
        return tokens
    }
}
