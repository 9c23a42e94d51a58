// `sessionctl top`: its options, and how it begins and ends.

import ArgumentParser
import FoundationEssentials
import Glibc
import LiveView
import SessionClient
import Terminal

struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Shows what the daemon is doing, live.",
        discussion: """
            Requests, latencies, sessions, memory and disk, and the changes as they happen, until you press q. The view asks \
            for server.stats once in an interval and watches all changes on a second connection; its own requests are \
            counted like all others. When the daemon is started again it goes on by itself.

            Keys: q quits, p pauses, s sorts, u shows one user's changes, h helps. Without colours: NO_COLOR=1. Where the \
            locale is not UTF-8, graphs are drawn in ASCII.

            Exit codes: 0 quit, 64 bad usage or no terminal, 69 the daemon cannot be reached or does not answer, 75 not now, \
            76 what answers is not sessiond, 77 no permission, 128 and the signal's number when a signal ended it.
            """
    )

    @Option(
        help: ArgumentHelp(
            "Ask on this socket.",
            discussion: "Default: $SESSIOND_SOCKET, else the first that this user may open and that gives figures.",
            valueName: "path"
        ),
        completion: .file()
    )
    var socket: String?

    @Option(help: ArgumentHelp("How often to ask for figures.", valueName: "seconds"))
    var interval = 1.0

    @Option(help: ArgumentHelp("Show the changes of this user only.", valueName: "id"))
    var user: String?

    func validate() throws {
        guard (0.1...3600).contains(interval) else { throw ValidationError("--interval is 0.1 to 3600 seconds") }
    }

    func run() throws {
        let socket = SocketPath.choose(named: socket)
        // Before the screen is taken: an error is better read where it stays.
        try failing { () throws(ClientError) in
            let connection = try Connection(to: socket, patience: .seconds(5))
            _ = try connection.result(of: Call("server.stats"))
        }
        let signal: CInt?
        do throws(TerminalError) {
            signal = try show(socket)
        } catch {
            printError(error.message)
            throw ExitCode(EX_USAGE)
        }
        if let signal { throw ExitCode(128 + signal) }
    }

    /// Shows the daemon until somebody has enough of it; returns the signal that ended it, if one did.
    private func show(_ socket: String) throws(TerminalError) -> CInt? {
        let signals = try TerminalSignals()
        let screen = try FullScreen(Abilities { ProcessInfo.processInfo.environment[$0] })
        defer { screen.giveBack() }
        let mailbox = try Mailbox<News>()
        let figures = FiguresFeed(path: socket, interval: .seconds(interval), mailbox: mailbox)
        let changes = ChangesFeed(path: socket, user: user, mailbox: mailbox)
        try onOwnThread { figures.run() }
        try onOwnThread { changes.run() }
        var loop = TopLoop(screen, signals, mailbox, changes, interval: interval, user: user)
        return loop.run()
    }
}
