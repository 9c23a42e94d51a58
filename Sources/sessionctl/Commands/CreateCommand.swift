// `sessionctl create` and `put`: beginning a session, with a token that the daemon makes or one that the caller brings.

import ArgumentParser
import SessionClient
import Sessions
import Terminal

/// How long a session lives, where that is not as configured.
struct LifeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("It ends when it is not used for so long.", valueName: "duration"))
    var ttl: LengthOfTime?

    @Option(
        help: ArgumentHelp(
            "It ends at this time unless it is used.",
            discussion: """
                Such as "2026-12-01 12:00", in the time of this machine; with a Z at its end in UTC; or milliseconds since \
                the Unix epoch.
                """,
            valueName: "time"
        )
    )
    var expiresAt: PointInTime?

    func validate() throws {
        guard ttl == nil || expiresAt == nil else { throw ValidationError("--ttl or --expires-at, not both") }
    }

    func set(in call: inout Call) {
        call.set("ttl", ttl?.milliseconds.count)
        call.set("expiresAt", expiresAt?.milliseconds)
    }
}

struct CreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Begins a session and prints its token, the only time.",
        discussion: """
                sessionctl create ada --set theme=dark --ttl 12h
                token=$(sessionctl create ada --quiet)
            """
    )

    @Argument(help: "Whose session it is.")
    var user: String

    @OptionGroup var data: DataOptions

    @Option(help: ArgumentHelp("It ends when it is not used for so long.", valueName: "duration"))
    var ttl: LengthOfTime?

    @Option(help: ArgumentHelp("It ends after so long in any case; 0 for never.", valueName: "duration"))
    var lifetime: LengthOfTime?

    @Option(help: ArgumentHelp("The address that it was begun from.", valueName: "address"))
    var ip: String?

    @Option(help: ArgumentHelp("The program that it was begun with.", valueName: "text"))
    var userAgent: String?

    @Flag(name: .shortAndLong, help: "Print the token only.")
    var quiet = false

    @OptionGroup var asking: Asking

    func run() throws {
        var call = Call("session.create")
        call.set("userId", user)
        call.set("data", json: try data.object())
        call.set("ttl", ttl?.milliseconds.count)
        call.set("lifetime", lifetime?.milliseconds.count)
        call.set("ip", ip)
        call.set("userAgent", userAgent)
        try asking.ask(call) { result in
            if quiet { return try write(result["token"].string ?? "") }
            try writeText(MemberWords(output: .standard).session(in: result))
        }
    }
}

struct PutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Sets the session of a token that an application has chosen.",
        discussion: """
            Web frameworks with tokens of their own keep their sessions so. The token has 16 to 512 bytes.

                echo "$token" | sessionctl put - --user ada --set theme=dark
            """
    )

    @Argument(help: "The token, or - to read it from standard input.")
    var token: String

    @Option(help: "Whose session it is.")
    var user: String?

    @OptionGroup var data: DataOptions
    @OptionGroup var life: LifeOptions

    @Flag(help: "Only if there is no such session yet.")
    var create = false

    @Flag(help: "Only if there is such a session.")
    var update = false

    @OptionGroup var asking: Asking

    func run() throws {
        var call = Call("session.put")
        call.set("token", token == "-" ? try SessionName.readSecret() : token)
        call.set("userId", user)
        call.set("data", json: try data.object() ?? [:])
        life.set(in: &call)
        call.set("create", json: create ? true : nil)
        call.set("update", json: update ? true : nil)
        try asking.ask(call) { try writeText(MemberWords(output: .standard).session(in: $0)) }
    }
}
