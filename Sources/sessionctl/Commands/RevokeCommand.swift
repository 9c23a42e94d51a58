// `sessionctl revoke`: ending sessions, and saying how many were ended and whether that is on the disk.

import ArgumentParser
import Glibc
import SessionClient
import Terminal

struct RevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Ends a session, all of a user's, all but one, or everyone's.",
        usage: """
            sessionctl revoke <session> [--cause <text>]
            sessionctl revoke --user <user> [--except <session>] [--cause <text>]
            sessionctl revoke --all [--yes] [--cause <text>]
            """,
        discussion: """
            From the answer on nothing brings these sessions back. To end again what has ended is no error.

                sessionctl revoke --user ada --cause "lost her phone"
            """
    )

    @OptionGroup var session: SessionOptions

    @Option(help: "End all sessions of this user.")
    var user: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("With --user: all but this one, a token, an id or -.", valueName: "session")
    )
    var except: String?

    @Flag(help: "End all sessions of all users; asks on a terminal whether that is meant.")
    var all = false

    @Flag(name: .shortAndLong, help: "With --all: do not ask.")
    var yes = false

    @Option(help: ArgumentHelp("Why, for the log and for who still uses the session.", valueName: "text"))
    var cause: String?

    @OptionGroup var asking: Asking

    func validate() throws {
        guard [session.isGiven, user != nil, all].count(where: { $0 }) == 1 else {
            throw ValidationError("name one session, or say --user USER or --all")
        }
        guard except == nil || user != nil else { throw ValidationError("--except goes with --user") }
        guard !yes || all else { throw ValidationError("--yes goes with --all") }
    }

    func run() throws {
        var call = Call("session.revoke")
        if all {
            call.set("all", json: true)
        } else if let user {
            call.set("userId", user)
            call.set("except", try except.map { try SessionName.read($0).parameter.value })
        } else {
            let name = try session.name().parameter
            call.set(name.name, name.value)
        }
        call.set("cause", cause)
        guard all, !asking.dryRun else { return try asking.ask(call, show: show) }
        let connection = try asking.connect(for: .administrator)
        if !yes { try confirm(on: connection) }
        try asking.ask(call, on: connection, show: show)
    }

    private func show(_ result: JSONTree) throws {
        let (number, isDurable) = try failing { () throws(ClientError) in
            guard let number = result["revoked"].integer else { throw .incomplete("revoked", of: "session.revoke") }
            guard let isDurable = result["durable"].bool else { throw .incomplete("durable", of: "session.revoke") }
            return (number, isDurable)
        }
        try writeText("revoked \(revoked(number))\(isDurable ? ", durable" : "")\n")
        let others = result.members.filter { !["revoked", "durable"].contains($0.name) }
        if !others.isEmpty { try writeText(MemberWords(output: .standard).fields(others)) }
        guard isDurable else {
            printError(
                """
                not durable yet: the daemon cannot write to its disk. The revocation holds, and is written as soon as the \
                disk works again; a restart before that loses it
                  see: journalctl --catalog --unit sessiond
                """
            )
            throw ExitCode(.later)
        }
    }

    /// What was ended.
    private func revoked(_ number: Int64) -> String {
        let spared = except == nil ? "" : " but one"
        if number > 0 {
            if all { return "all \(count(number, "session"))" }
            guard let user else { return count(number, "session") }
            return "\(count(number, "session")) of \(printable(user))\(except == nil ? "" : ", all\(spared)")"
        }
        if all { return "no session: there was none" }
        guard let user else { return "no session: it is unknown or has ended already" }
        return "no session: \(printable(user)) has none\(spared)"
    }

    /// Asks a person whether they mean it.
    private func confirm(on connection: Connection) throws {
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw ValidationError("nobody can be asked whether all sessions are to end: give --yes")
        }
        let store = try failing { () throws(ClientError) in
            try connection.result(of: Call("server.stats"))["store"]
        }
        let sessions = count(store["sessions"].integer ?? 0, "session")
        let users = count(store["users"].integer ?? 0, "user")
        writeToStandardError("This ends \(sessions) of \(users); all of them will have to sign in again. Go on? [y/N] ")
        let answer = readLine()
        if answer == nil { writeToStandardError("\n") }
        guard ["y", "yes"].contains(answer?.lowercased()) else {
            printError("nothing was revoked")
            throw ExitCode(.noSession)
        }
    }
}
