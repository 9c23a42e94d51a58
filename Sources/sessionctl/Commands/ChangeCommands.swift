// `sessionctl refresh`, `rotate` and `update`: changing a session that is there.

import ArgumentParser
import SessionClient
import Terminal

struct RefreshCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Touches a session now; may change how long it lives, and its data.",
        discussion: "A token that was replaced longer ago than the grace is taken for stolen: its session is revoked."
    )

    @OptionGroup var session: SessionOptions
    @OptionGroup var life: LifeOptions
    @OptionGroup var data: DataOptions

    @Option(name: .customLong("unset"), help: ArgumentHelp("Take a member of the data away.", valueName: "name"))
    var removals: [String] = []

    @Flag(help: "Give the session a new token, as rotate does.")
    var rotate = false

    @OptionGroup var asking: Asking

    func run() throws {
        var call = Call("session.refresh")
        call.set("token", try session.requireToken())
        call.set("rotate", json: rotate ? true : nil)
        life.set(in: &call)
        call.set("data", json: try data.object(removing: removals))
        try asking.ask(call) { try writeText(MemberWords(output: .standard).session(in: $0)) }
    }
}

struct RotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Gives a session a new token and prints it, the only time.",
        discussion: """
            The token that it had goes on naming the session for a moment (rotationGrace, 10 seconds), for requests that are \
            under way.
            """
    )

    @OptionGroup var session: SessionOptions

    @Flag(help: "The user has just proved who they are: the session is fresh, and its lifetime begins again.")
    var authenticated = false

    @Flag(name: .shortAndLong, help: "Print the token only.")
    var quiet = false

    @OptionGroup var asking: Asking

    func run() throws {
        var call = Call("session.refresh")
        call.set("token", try session.requireToken())
        call.set("rotate", json: true)
        call.set("authenticated", json: authenticated ? true : nil)
        try asking.ask(call) { result in
            if quiet { return try write(result["token"].string ?? "") }
            try writeText(MemberWords(output: .standard).session(in: result))
        }
    }
}

struct UpdateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Changes a session's data.",
        discussion: """
            Members that are not named stay as they are, unless --replace puts something else in place of everything.

                sessionctl update 0v2QzVlBjWqSmUZs9UBlVg --set theme=light --set visits:=3 --unset cart
            """
    )

    @OptionGroup var session: SessionOptions
    @OptionGroup var data: DataOptions

    @Option(name: .customLong("unset"), help: ArgumentHelp("Take a member of the data away.", valueName: "name"))
    var removals: [String] = []

    @Option(help: ArgumentHelp("Put this object in place of the data; or @FILE, or @-.", valueName: "json"))
    var replace: JSONArgument?

    @Option(help: "Only if the session still has this version.")
    var ifVersion: Int64?

    @OptionGroup var asking: Asking

    func run() throws {
        let patch = try data.object(removing: removals)
        guard (patch == nil) != (replace == nil) else {
            throw ValidationError("say what to change: with --set, --unset or --data, or all of it with --replace")
        }
        let name = try session.name().parameter
        var call = Call("session.update")
        call.set(name.name, name.value)
        call.set("data", json: patch)
        call.set("replace", json: try replace?.object())
        call.set("ifVersion", ifVersion)
        try asking.ask(call) { try writeText(MemberWords(output: .standard).session(in: $0)) }
    }
}
