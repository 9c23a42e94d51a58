// `sessionctl top` gives the terminal back as it was, however it ends, and takes only what is one.

import Foundation
import Testing

@Suite("sessionctl top and its terminal", .serialized)
struct TopTerminalTests {
    private let daemon: DaemonUnderTest
    private let sessionctl: String

    init() async throws {
        daemon = try await DaemonUnderTest()
        sessionctl = URL(fileURLWithPath: try Package.binary()).deletingLastPathComponent().path + "/sessionctl"
    }

    /// Types the command that starts it; its process is in the file.
    private func start(in terminal: TerminalUnderTest) async throws {
        let pid = daemon.folder.path(of: "pid")
        let top = "exec \(sessionctl) top --socket \(daemon.socket.path)"
        try await terminal.enter("sh -c 'echo $$ >\(pid); \(top)'")
        try await terminal.shows("server.stats", "q quit")
    }

    private func signal(_ signal: Int32) throws {
        let pid = try String(contentsOfFile: daemon.folder.path(of: "pid"), encoding: .utf8)
        let id = try #require(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(id, signal) == 0)
    }

    /// A way in which it ends, and the status that the shell then has of it.
    enum End: CaseIterable {
        case quit, interrupted, terminated, crashed, aborted, impatience

        var status: Int {
            switch self {
            case .quit: 0
            case .interrupted: 130
            case .terminated: 143
            case .crashed: 139
            case .aborted: 134
            case .impatience: 131
            }
        }
    }

    @Test("it is as it was, with what stood on it", arguments: End.allCases)
    func restored(end: End) async throws {
        // A debug build would wait for somebody to read its backtrace.
        let environment = ["SWIFT_BACKTRACE": "enable=no"]
        let terminal = try await TerminalUnderTest(columns: 80, rows: 24, environment: environment)
        let before = try await terminal.modes()
        try await terminal.enter("ulimit -c 0; echo what stood before")
        try await start(in: terminal)
        #expect(try await !terminal.isItself())
        try await terminal.hides("what stood before")
        switch end {
        case .quit: try await terminal.press("q")
        case .interrupted: try await terminal.press("C-c")
        case .terminated: try signal(SIGTERM)
        case .crashed: try signal(SIGSEGV)
        case .aborted: try signal(SIGABRT)
        case .impatience: try await terminal.press("C-\\")
        }
        try await terminal.shows("what stood before")
        try await terminal.enter("echo status $?")
        try await terminal.shows("status \(end.status)")
        #expect(try await terminal.isItself())
        #expect(try await terminal.modes() == before)
    }

    @Test("Ctrl-Z gives it back for a while, and fg takes it again")
    func stopped() async throws {
        let terminal = try await TerminalUnderTest(columns: 80, rows: 24)
        let before = try await terminal.modes()
        for _ in 0..<2 {
            try await start(in: terminal)
            try await terminal.press("C-z")
            try await terminal.shows("Stopped")
            #expect(try await terminal.isItself())
            #expect(try await terminal.modes() == before)
            try await terminal.enter("fg")
            try await terminal.shows("server.stats", "q quit")
            try await terminal.press("h")
            try await terminal.shows("any key back")
            try await terminal.press("x", "q")
            try await terminal.hides("q quit")
            #expect(try await terminal.modes() == before)
        }
    }

    @Test("stopped and let go on by others, it draws everything anew")
    func stoppedByOthers() async throws {
        let terminal = try await TerminalUnderTest(columns: 80, rows: 24)
        try await start(in: terminal)
        try signal(SIGSTOP)
        try await terminal.shows("Stopped")
        try await terminal.enter("clear; fg")
        let lines = try await terminal.shows("server.stats", "q quit")
        #expect(lines[0].hasPrefix(" sessiond "))
        try await terminal.press("q")
        try await wait(until: "it is itself") { try await terminal.isItself() }
    }

    @Test("a terminal that is closed ends it")
    func closed() async throws {
        var terminal: TerminalUnderTest? = try await TerminalUnderTest(columns: 80, rows: 24)
        try await start(in: #require(terminal))
        #expect(try await daemon.socket.call("server.stats")["watchers"] == 1)
        terminal = nil
        try await wait(until: "nobody watches any more") {
            try await daemon.socket.call("server.stats")["watchers"] == 0
        }
    }

    @Test("where it cannot show anything it says why, and what to do")
    func refused() async throws {
        let redirected = try await run(
            sessionctl,
            "top",
            "--socket",
            daemon.socket.path,
            environment: ["TERM": "xterm"]
        )
        #expect(redirected.status == 64)
        #expect(redirected.output.isEmpty)
        #expect(redirected.errors.contains("this needs a terminal: input and output must not be redirected"))

        let terminal = try await TerminalUnderTest(columns: 120, rows: 24)
        for (command, words) in [
            ("TERM=dumb \(sessionctl) top --socket \(daemon.socket.path)", "TERM says it cannot: try TERM=xterm"),
            ("\(sessionctl) top --socket /nowhere/s", "cannot connect to /nowhere/s"),
            ("\(sessionctl) top --interval 0", "--interval is 0.1 to 3600 seconds"),
        ] {
            try await terminal.enter("clear; \(command)")
            try await terminal.shows(words)
            #expect(try await terminal.isItself())
        }
    }

    @Test("a socket that may not ask for figures is refused before the screen is taken")
    func reader() async throws {
        let daemon = try await DaemonUnderTest([.reader])
        let result = try await run(sessionctl, "top", "--socket", daemon.socket(.reader).path)
        #expect(result.status == 77)
        #expect(result.errors.contains("server.stats"))
    }
}
