// sessionctl at a terminal: what a person sees, is asked, and types.

import Foundation
import Testing

@Suite("sessionctl at a terminal", .serialized)
struct SessionctlTerminalTests {
    private let hostile = "evil\u{1B}[2J\u{1B}]0;owned\u{07}\u{9B}31m\u{202E}\n"

    @Test("a table has colours and times by their distance on a terminal, and neither in a pipe nor with NO_COLOR")
    func looks() async throws {
        let ctl = try await SessionctlUnderTest()
        _ = try await ctl.output("create", "ada", "--user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko")
        let command = try ctl.command(["list", "ada"])
        let (status, shown) = try await PseudoTerminal(command, columns: 90).end()
        #expect(status == 0)
        #expect(shown.contains("\u{1B}[0;1mID\u{1B}[0m"))
        #expect(shown.contains("in 7d"))
        #expect(shown.contains("1 session of ada"))
        #expect(shown.contains("Mozilla/5.0"))
        for line in shown.replacing(/\u{1B}\[[0-9;]*m/, with: "").split(separator: "\n") { #expect(line.count <= 90) }
        for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
            let plain = try await PseudoTerminal(command, columns: 90, environment: environment).end().shown
            #expect(!plain.contains("\u{1B}"))
            #expect(plain.contains("in 7d"))
        }
        let piped = try await ctl.output("list", "ada")
        #expect(!piped.contains("\u{1B}") && !piped.contains("in 7d"))
        #expect(piped.contains("rv:142.0) Gecko"))
        let info = try await PseudoTerminal(ctl.command(["info"])).end().shown.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(info.contains(/started +20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  (now|(\d+m )?\d+m?s ago)\n/))
    }

    @Test("nothing that a browser has sent acts on the terminal, and yet all of it is seen")
    func escapes() async throws {
        let ctl = try await SessionctlUnderTest()
        let parameters: JSON = ["userId": "ada", "userAgent": .string(hostile), "data": ["x": .string(hostile)]]
        let created = try await ctl.daemon.admin.call("session.create", parameters)
        let id = try #require(created["session"]["id"].string)
        for words in [
            ["list", "ada"], ["show", id], ["show", id, "--json"], ["call", "session.inspect", "{\"id\":\"\(id)\"}"],
        ] {
            let shown = try await PseudoTerminal(ctl.command(words), columns: 200).end().shown
            let text = shown.replacing(/\u{1B}\[[0-9;]*m/, with: "")
            #expect(text.contains("evil\\u001b[2J"), "\(words)")
            #expect(text.contains("\\u009b31m\\u202e"), "\(words)")
            for scalar in text.unicodeScalars where scalar != "\n" {
                #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0x202E)
            }
        }
        // In a pipe it is what the daemon has sent, and on a terminal it means the same.
        let piped = try await ctl.output("show", id, "--json")
        let shown = try await PseudoTerminal(ctl.command(["show", id, "--json"])).end().shown
        #expect(try JSON(parsing: piped) == JSON(parsing: shown))
        #expect(piped.unicodeScalars.contains("\u{9B}"))
        #expect(try JSON(parsing: piped)["result"]["session"]["userAgent"] == .string(hostile))
    }

    @Test(
        "to end everyone's sessions one has to say yes",
        arguments: [("y\n", true), ("YES\n", true), ("n\n", false), ("\n", false), ("\u{4}", false)]
    )
    func confirmation(_ typed: String, _ isMeant: Bool) async throws {
        let ctl = try await SessionctlUnderTest()
        for user in ["ada", "bob"] { _ = try await ctl.output("create", user) }
        let terminal = try PseudoTerminal(ctl.command(["revoke", "--all"]))
        try await terminal.shows("This ends 2 sessions of 2 users")
        try terminal.type(typed)
        let (status, shown) = try await terminal.end()
        #expect(status == (isMeant ? 0 : 1))
        #expect(shown.contains(isMeant ? "revoked all 2 sessions, durable" : "nothing was revoked"))
        let left = try await ctl.daemon.admin.call("server.stats")["store"]["sessions"]
        #expect(left == (isMeant ? 0 : 2))
    }

    @Test("a token that is typed does not show")
    func hidden() async throws {
        let ctl = try await SessionctlUnderTest()
        let token = try await ctl.output("create", "ada", "--quiet")
        let terminal = try PseudoTerminal(ctl.command(["show", "-"]))
        try await terminal.shows("Token: ")
        try await wait(until: "typing does not show") { try await isHidden(terminal) }
        try terminal.type("\(token)\n")
        let (status, shown) = try await terminal.end()
        #expect(status == 0)
        #expect(shown.contains("ada"))
        #expect(!shown.contains(token))
        #expect(try await isHidden(terminal) == false)
    }

    @Test("Ctrl-C instead of a token ends it, and what is typed afterwards shows again")
    func interrupted() async throws {
        let terminal = try PseudoTerminal([Package.tool(), "show", "-"])
        try await terminal.shows("Token: ")
        try await wait(until: "typing does not show") { try await isHidden(terminal) }
        try terminal.type("half a tok\u{3}")
        #expect(try await terminal.end().status == 128 + SIGINT)
        #expect(try await isHidden(terminal) == false)
    }

    private func isHidden(_ terminal: PseudoTerminal) async throws -> Bool {
        try await run("stty", "-a", "-F", terminal.path).output.contains(" -echo ")
    }

    @Test("an answer to a raw call is laid out for reading")
    func call() async throws {
        let ctl = try await SessionctlUnderTest()
        let (_, shown) = try await PseudoTerminal(ctl.command(["call", "server.ping"])).end()
        #expect(shown.contains(/^\{\n  "pong": true,\n  "now": \d+\n\}\n$/))
    }
}
