// `sessionctl show` and `list`: looking at sessions.

import ArgumentParser
import SessionClient
import Terminal

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows the session of a token or an id.",
        discussion: """
            To look changes nothing: the session is not touched, unless --touch says so.

                sessionctl show 0v2QzVlBjWqSmUZs9UBlVg
                pass show token | sessionctl show -
            """
    )

    @OptionGroup var session: SessionOptions

    @Flag(help: "Look up as an application does, and touch the session when a touch is due.")
    var touch = false

    @OptionGroup var asking: Asking

    func run() throws {
        var call: Call
        switch try session.name() {
        case .token(let token):
            call = Call("session.lookup", ["token": .string(token)])
            if !touch { call.set("touch", json: false) }
        case .id(let id):
            guard !touch else { throw ValidationError("--touch takes the session's token") }
            call = Call("session.inspect", ["id": .string(id)])
        }
        let isLookup = call.method == "session.lookup"
        try asking.ask(call, for: isLookup ? .anyone : .application) { result in
            try failing { () throws(ClientError) in
                if result["session"] == .null { throw .incomplete("session", of: call.method) }
            }
            try writeText(MemberWords(output: .standard).session(in: result, skipping: touch ? [] : ["touched"]))
        }
    }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists a user's sessions, newest first.",
        discussion: "With --json there is a line for each page of at most 1000 sessions."
    )

    /// What `session.list` returns at most at a time.
    private static let page: Int64 = 1000
    /// What a row has room for; of anything that is not known here, too.
    private static let hidden: Set = ["userId", "authenticatedAt", "lifetimeEndsAt", "version", "data"]

    @Argument(help: "Whose sessions.")
    var user: String

    @Option(name: .shortAndLong, help: "How many at most.")
    var limit: Int64?

    @OptionGroup var asking: Asking

    func validate() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() throws {
        var call = call(after: nil, left: limit)
        if asking.dryRun { return try write(call.line(id: 1)) }
        let connection = try asking.connect(for: .application)
        var sessions: [JSONTree] = []
        var left = limit
        while true {
            let answer = try failing { () throws(ClientError) in try connection.ask(call) }
            let result = try asking.result(of: answer)
            guard case .array(let page) = result["sessions"] else {
                try failing { () throws(ClientError) in throw .incomplete("sessions", of: call.method) }
                return
            }
            left = left.map { $0 - Int64(page.count) }
            if !asking.json { sessions += page }
            guard let next = result["next"].string, left ?? 1 > 0 else { break }
            call = self.call(after: next, left: left)
        }
        if !asking.json { try show(sessions) }
    }

    private func call(after place: String?, left: Int64?) -> Call {
        var call = Call("session.list")
        call.set("userId", user)
        call.set("limit", min(left ?? Self.page, Self.page))
        call.set("after", place)
        return call
    }

    private func show(_ sessions: [JSONTree]) throws {
        let output = Output.standard
        guard !sessions.isEmpty else { return printError("\(printable(user)) has no sessions") }
        try writeText(Self.table(of: sessions, MemberWords(output: output)).text(on: output))
        if output.isTerminal {
            try writeText(output.styled("\(count(Int64(sessions.count), "session")) of \(printable(user))\n", .faint))
        }
    }

    /// A row for each session, with a column for each member that one of them has.
    static func table(of sessions: [JSONTree], _ words: MemberWords) -> Table {
        var names: [String] = []
        for session in sessions {
            for member in session.members where !names.contains(member.name) { names.append(member.name) }
        }
        names.removeAll { name in hidden.contains(name) || sessions.allSatisfy { $0[name] == .null } }
        var table = Table(
            names.map { name in
                // Names of people's programs are long, and their ends tell little.
                Table.Column(words.label(name).uppercased(), cutTo: words.isInstant(name) || name == "id" ? nil : 12)
            }
        )
        for session in sessions {
            table.add(
                names.map { name in
                    let value = session[name]
                    if words.isInstant(name), let time = value.integer { return Table.Cell(words.distance(time)) }
                    return Table.Cell(value == .null ? "" : words.value(of: JSONTree.Member(name, value)))
                }
            )
        }
        return table
    }
}
