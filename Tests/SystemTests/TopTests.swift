// `sessionctl top` as a person sees it: in a terminal, with a daemon that has something to do, that goes away and comes back.

import Foundation
import Testing

@Suite("sessionctl top", .serialized)
struct TopTests {
    private let daemon: DaemonUnderTest
    private let sessionctl: String

    init() async throws {
        daemon = try await DaemonUnderTest()
        sessionctl = URL(fileURLWithPath: try Package.binary()).deletingLastPathComponent().path + "/sessionctl"
    }

    /// A terminal in which it runs.
    private func start(
        _ columns: Int,
        _ rows: Int,
        _ environment: [String: String] = [:],
        of other: DaemonUnderTest? = nil
    ) async throws -> TerminalUnderTest {
        let terminal = try await TerminalUnderTest(columns: columns, rows: rows, environment: environment)
        try await terminal.enter("\(sessionctl) top --interval 0.2 --socket \((other ?? daemon).socket.path)")
        try await terminal.shows("server.stats", "q quit")
        return terminal
    }

    /// Requests of many kinds, until it is killed with its owner.
    private func load() throws -> RunningProcess {
        let some = ["--rate", "2000", "--seconds", "600", "--rounds", "1", "--connections", "5", "--sessions", "200"]
        return try RunningProcess([sessionctl, "bench", "mix", "--socket", daemon.socket.path] + some)
    }

    @Test(
        "it shows what the daemon does, in a terminal of any usual size",
        arguments: [(80, 24), (120, 40), (200, 60)]
    )
    func sizes(columns: Int, rows: Int) async throws {
        let terminal = try await start(columns, rows)
        let load = try load()
        defer { load.kill() }
        try await terminal.shows("session.lookup", "session.create")
        let rate = /── ([0-9,]+) requests\/s ─+ peak ([0-9,]+), last [0-9]+ min/
        let lines = try await wait(for: "rates on the screen") { () -> [String]? in
            let lines = try await terminal.screen()
            let match = lines.compactMap { $0.firstMatch(of: rate) }.first
            let seen = match.flatMap { Int($0.output.1.filter { $0 != "," }) }
            let lookups = /session\.lookup +[0-9,]+ +[0-9.]+ [µm]s +[0-9.]+ [µm]s/
            let isShown = lines.contains { $0.contains(lookups) } && lines.contains { $0.contains("█") }
            return isShown && seen.map { $0 > 500 } == true ? lines : nil
        }
        let text = lines.joined(separator: "\n")
        #expect(lines.count == rows)
        #expect(lines[0].hasPrefix(" sessiond ") && lines[0].contains("process \(daemon.id)"))
        #expect(lines[rows - 1].hasPrefix(" q quit"))
        for words in [
            "sessions", "users", "p50", "p99", "created", "revoked", "expired", "connections", "watchers", "errors",
            "memory", " in sessions, ", "disk      working, ", "snapshot  none since the start", "changes",
        ] {
            #expect(text.contains(words), "\(words) in:\n\(text)")
        }
        #expect(text.contains(" total") == (columns >= 120))
        #expect(text.contains(/session\.lookup +[0-9,]+ +[0-9.]+ [µm]s +[0-9.]+ [µm]s/), "\(text)")
        #expect(text.contains(#/[0-2][0-9]:[0-5][0-9]:[0-5][0-9][.0-9]*  (created|revoked) /#), "\(text)")
    }

    @Test("changes are shown as they come, of everyone or of one user, with what they are called made harmless")
    func changes() async throws {
        let terminal = try await start(120, 40)
        let token = try await daemon.socket.create(for: "ada")
        _ = try await daemon.socket.create(for: "\u{1B}[31mevil\u{07}\u{1B}[2J")
        try await daemon.socket.call("session.revoke", ["token": token, "cause": "logged out"])
        let lines = try await terminal.shows(
            "created  ada ",
            "created  \u{FFFD}[31mevil\u{FFFD}\u{FFFD}[2J",
            "logged out"
        )
        #expect(lines.last?.hasPrefix(" q quit") == true)

        try await terminal.press("u")
        try await terminal.press("-l", "日本")
        try await terminal.press("Enter")
        try await terminal.shows("changes of 日本", "Esc everyone")
        try await terminal.hides("created  ada")
        try await wait(until: "the daemon tells of that user only") {
            _ = try await daemon.socket.create(for: "bob")
            _ = try await daemon.socket.create(for: "日本")
            return try await terminal.screen().contains { $0.contains("created  日本") }
        }
        try await terminal.hides("created  bob")
        try await terminal.press("Escape")
        try await terminal.shows("created  ada ", "created  日本")
    }

    @Test("what is paused stays, and what happened meanwhile is there afterwards")
    func pause() async throws {
        let terminal = try await start(80, 24)
        try await terminal.press("p")
        try await terminal.shows(" paused ", "p go on")
        _ = try await daemon.socket.create(for: "ada")
        try await terminal.press("h")
        try await terminal.shows("any key back")
        try await terminal.press("x")
        let paused = try await terminal.shows("none yet")
        #expect(!paused.contains { $0.contains("created  ada") })
        try await terminal.press("p")
        try await terminal.shows("created  ada", "every 0.2 s")
    }

    @Test("when the daemon is started again it says so, and goes on by itself")
    func restart() async throws {
        let terminal = try await start(80, 24)
        _ = try await daemon.socket.create(for: "ada")
        try await terminal.shows("created  ada")
        try await daemon.stop()
        try await terminal.shows("reconnecting for ", "created  ada")
        try await daemon.start()
        try await terminal.shows("every 0.2 s", "the daemon was started again", "process \(daemon.id)")
        _ = try await daemon.socket.create(for: "bob")
        let lines = try await terminal.shows("created  bob", "created  ada")
        #expect(lines.contains { $0.contains(#/sessions +2 /#) }, "\(lines)")
        #expect(!lines.contains { $0.contains("some are missing") })
    }

    @Test("while the daemon does not answer it says so, and keys work")
    func silent() async throws {
        let terminal = try await start(80, 24)
        daemon.signal(SIGSTOP)
        defer { daemon.signal(SIGCONT) }
        try await terminal.shows(" no answer for ")
        try await terminal.press("h")
        try await terminal.shows("any key back")
        try await terminal.press("x")
        daemon.signal(SIGCONT)
        try await terminal.shows("every 0.2 s")
    }

    @Test("it follows the size of the terminal, down to where there is room for few figures")
    func resized() async throws {
        let terminal = try await start(80, 24)
        for (columns, rows) in [(120, 40), (200, 60), (80, 24)] {
            try await terminal.resize(columns: columns, rows: rows)
            try await wait(until: "it has \(columns) columns and \(rows) rows") {
                let lines = try await terminal.screen()
                return lines.count == rows && lines[rows - 1].hasPrefix(" q quit")
                    && lines.contains { $0.count == columns && $0.hasSuffix("──") }
            }
        }
        try await terminal.resize(columns: 40, rows: 10)
        try await terminal.shows("requests", "p50, p99", "better from 60x16 on")
    }

    @Test("a full disk stands out until it has room", .enabled(if: geteuid() == 0, "only root may mount file systems"))
    func fullDisk() async throws {
        let disk = try await SmallDisk.tmpfs()
        let daemon = try await DaemonUnderTest(in: disk.folder, through: disk.mounts.entrance)
        let terminal = try await start(80, 24, of: daemon)
        try await terminal.shows("disk      working")
        let data: JSON = ["x": .string(String(repeating: "x", count: 60_000))]
        try await wait(until: "the disk is full") {
            try await daemon.socket.answer("session.create", ["userId": "ann", "data": data])["error"]["code"] == 503
        }
        let lines = try await terminal.shows(" DISK failed: ", "No space left on device", "errors")
        #expect(lines[1].hasPrefix(" DISK failed: "))
        try await disk.mounts.call("mount", "-o", "remount,size=16m", disk.state)
        try await terminal.hides("DISK failed")
        try await terminal.shows("disk      working")
    }

    @Test("colours are left out when nobody wants them, and everything but ASCII where it cannot be shown")
    func abilities() async throws {
        let colour = /\e\[[0-9;]*3[1-7]m/
        let coloured = try await start(80, 24)
        try await wait(until: "there are colours") {
            try await coloured.screen(withStyles: true).contains { $0.contains(colour) }
        }
        let plain = try await start(80, 24, ["NO_COLOR": "1", "LC_ALL": "C"])
        _ = try await daemon.socket.create(for: "日本")
        let lines = try await plain.shows("created  ? ?", "#")
        #expect(lines.allSatisfy { $0.utf8.count == $0.count })
        #expect(try await !plain.screen(withStyles: true).contains { $0.contains(colour) })
    }
}
