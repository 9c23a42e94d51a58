// sessionctl as scripts use it: without a terminal, each method by its own command.

import Foundation
import Testing

/// sessionctl and a daemon to ask.
struct SessionctlUnderTest {
    let daemon: DaemonUnderTest

    init(_ roles: [SocketRole] = [.application, .administrator], configuration: String? = nil) async throws {
        daemon = try await DaemonUnderTest(roles, configuration: configuration)
    }

    /// The command that asks the daemon on its administrator's socket, or another.
    func command(_ words: [String], on role: SocketRole = .administrator) throws -> [String] {
        [try Package.tool()] + words.prefix(1) + ["--socket", daemon.socket(role).path] + words.dropFirst()
    }

    /// Runs it until it ends.
    func run(_ words: String..., on role: SocketRole = .administrator, input: String = "") async throws -> ProcessResult
    {
        try await RunningProcess(command(words, on: role), input: .bytes(Data(input.utf8))).end()
    }

    /// What it prints, without its last line feed; it must succeed.
    func output(_ words: String..., input: String = "") async throws -> String {
        let result = try await RunningProcess(command(words), input: .bytes(Data(input.utf8))).end()
        return try CommandFailed.check(result, words).trimmingCharacters(in: .newlines)
    }
}

@Suite("sessionctl in scripts", .serialized)
struct SessionctlTests {
    @Test("a session is begun, shown, changed and ended in words")
    func life() async throws {
        let ctl = try await SessionctlUnderTest()
        let token = try await ctl.output("create", "ada", "--quiet", "--set", "theme=dark", "--set", "visits:=3")
        #expect(token.count == 43)
        let shown = try await ctl.output("show", token)
        #expect(shown.contains(/user id +ada\n/))
        #expect(shown.contains(#"{"theme":"dark","visits":3}"#))
        #expect(shown.contains(/expires +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\n/))
        #expect(shown.contains(/fresh +yes\n/))
        let id = try #require(shown.firstMatch(of: /(?m)^id +(\S{22})$/)).output.1
        #expect(try await ctl.output("show", String(id)).contains(/user id +ada\n/))

        let list = try await ctl.output("list", "ada").split(separator: "\n")
        #expect(list.count == 2)
        #expect(list[0].contains(/^ID +CREATED +TOUCHED +EXPIRES$/))
        #expect(list[1].hasPrefix(id))

        let updated = try await ctl.output("update", String(id), "--set", "theme=light", "--unset", "visits")
        #expect(updated.contains(#"{"theme":"light"}"#))
        #expect(updated.contains(/version +2\n/))
        #expect(try await ctl.run("update", String(id), "--set", "a=b", "--if-version", "1").status == 65)
        #expect(try await ctl.output("update", token, "--replace", #"{"n":1.50}"#).contains(#"{"n":1.50}"#))
        let life = try await ctl.output("refresh", token, "--ttl", "90m", "--json")
        let session = try JSON(parsing: life)["result"]["session"]
        #expect(try #require(session["expiresAt"].integer) - #require(session["touchedAt"].integer) == 5_400_000)

        let next = try await ctl.output("rotate", token, "--quiet")
        #expect(next.count == 43 && next != token)
        #expect(try await ctl.output("revoke", next, "--cause", "logout") == "revoked 1 session, durable")
        let gone = try await ctl.run("show", next)
        #expect(gone.status == 1)
        #expect(gone.errors.contains("there is no such session: revoked"))
        #expect(gone.errors.contains("cause logout"))
        #expect(try await ctl.output("revoke", next).hasPrefix("revoked no session"))
        #expect(try await ctl.run("list", "ada").errors.contains("ada has no sessions"))
    }

    @Test("what was revoked is said: how many, whose, and that it is durable")
    func revocations() async throws {
        let ctl = try await SessionctlUnderTest()
        for user in ["ada", "ada", "ada", "bob", "eve"] { _ = try await ctl.output("create", user) }
        let spared = try await ctl.output("create", "ada", "--quiet")
        #expect(
            try await ctl.output("revoke", "--user", "ada", "--except", spared)
                == "revoked 3 sessions of ada, all but one, durable"
        )
        #expect(try await ctl.output("revoke", "--user", "bob") == "revoked 1 session of bob, durable")
        #expect(try await ctl.output("revoke", "--user", "bob") == "revoked no session: bob has none, durable")
        let unasked = try await ctl.run("revoke", "--all")
        #expect(unasked.status == 64)
        #expect(unasked.errors.contains("--yes"))
        #expect(try await ctl.output("revoke", "--all", "--yes") == "revoked all 2 sessions, durable")
    }

    @Test("--json is the daemon's own line, and --dry-run the question, which is not asked")
    func raw() async throws {
        let ctl = try await SessionctlUnderTest()
        let token = try await ctl.output("create", "ada", "--quiet", "--data", #"{"a":1.0,"b":1e400}"#)
        let request = try await ctl.output("show", token, "--dry-run")
        let answer = try await ctl.daemon.admin.converse(Data("\(request)\n".utf8)).output
        #expect(try await ctl.output("show", token, "--json") + "\n" == answer)
        #expect(answer.contains(#"{"a":1.0,"b":1e400}"#))
        let revocation = try JSON(parsing: try await ctl.output("revoke", "--user", "ada", "--dry-run"))
        #expect(revocation["method"] == "session.revoke")
        #expect(revocation["params"] == ["userId": "ada"])
        #expect(try await ctl.run("show", token).status == 0)
        let error = try await ctl.run("call", "session.list", #"{"userID":"ada"}"#)
        #expect(error.status == 65)
        #expect(try JSON(parsing: error.output)["error"]["code"] == -32602)
        #expect(error.errors.contains("userID"))
    }

    @Test("a token on standard input stands in no command line")
    func secret() async throws {
        let ctl = try await SessionctlUnderTest()
        let token = try await ctl.output("create", "ada", "--quiet")
        let process = try RunningProcess(ctl.command(["show", "-"]), input: .sent)
        let words = try await wait(for: "its command line") { () -> String? in
            let words = FileManager.default.contents(atPath: "/proc/\(process.id)/cmdline") ?? Data()
            return words.range(of: Data("show\0".utf8)) == nil ? nil : String(decoding: words, as: UTF8.self)
        }
        #expect(words.contains("\0-\0") && !words.contains(token))
        try process.send(Data("\(token)\n".utf8))
        try process.closeInput()
        #expect(try await process.end().output.contains("ada"))
        #expect(try await ctl.run("revoke", "-", input: "\(token)\r\n").output == "revoked 1 session, durable\n")
        #expect(try await ctl.run("show", "-").status == 64)
    }

    @Test("a token or an id that begins with a hyphen is not taken for an option")
    func hyphens() async throws {
        let ctl = try await SessionctlUnderTest()
        let token = "-" + String(repeating: "a", count: 42)
        let id = "--" + String(repeating: "b", count: 19) + "A"
        for name in [token, id] {
            #expect(try await ctl.run("show", name).status == 1)
            #expect(try await ctl.run("revoke", name).status == 0)
            #expect(try await ctl.run("revoke", "--user", "ada", "--except", name).status == 0)
        }
        #expect(try await ctl.run("show", "--token", token).status == 1)
        #expect(try await ctl.run("show", "--json", token).status == 1)
        let other = try await ctl.run("show", "short")
        #expect(other.status == 64)
        #expect(other.errors.contains("neither a token"))
    }

    @Test("sessions of an application's own tokens are put, shown and ended")
    func put() async throws {
        let ctl = try await SessionctlUnderTest()
        let token = "an application's own"
        let put = try await ctl.output("put", "-", "--user", "ada", "--set", "n:=1", "--create", input: token)
        #expect(put.contains(/created +yes\n/))
        let again = try await ctl.run("put", token, "--create")
        #expect(again.status == 65)
        #expect(try await ctl.output("put", token, "--data", "@-", input: #"{"n":2}"#).contains(#"{"n":2}"#))
        #expect(try await ctl.output("show", "--token", token).contains(#"{"n":2}"#))
        let tomorrow = Date(timeIntervalSinceNow: 86_400).ISO8601Format()
        let ending = try await ctl.output("put", token, "--expires-at", tomorrow)
        #expect(ending.contains("expires        \(tomorrow.dropLast())"))
        #expect(try await ctl.run("put", token, "--expires-at", "2199-13-01").status == 64)
        #expect(try await ctl.output("revoke", "--token", token) == "revoked 1 session, durable")
        #expect(try await ctl.run("put", token).status == 65)
    }

    @Test("a list of more than one page is whole, and --limit cuts it")
    func pages() async throws {
        let ctl = try await SessionctlUnderTest(configuration: #"sync = "everysec""#)
        let create = request("session.create", ["userId": "ada"])
        let count = try await ctl.daemon.admin.answers(to: Array(repeating: create, count: 1003)).count
        #expect(count == 1003)
        #expect(try await ctl.output("list", "ada").split(separator: "\n").count == 1004)
        #expect(try await ctl.output("list", "ada", "--limit", "1002").split(separator: "\n").count == 1003)
        #expect(try await ctl.output("list", "ada", "--limit", "2").split(separator: "\n").count == 3)
        #expect(try await ctl.output("list", "ada", "--json").split(separator: "\n").count == 2)
    }

    @Test("the daemon itself is asked in words")
    func server() async throws {
        let ctl = try await SessionctlUnderTest()
        _ = try await ctl.output("create", "ada")
        #expect(try await ctl.output("ping").contains(/^sessiond answered in [\d.]+ [µm]s on \//))
        let info = try await ctl.output("info")
        #expect(info.contains(/\n  ttl +7d\n/))
        #expect(info.contains(/\n  data bytes +64.0 KiB\n/))
        #expect(info.contains(/role +administrator\n/))
        let stats = try await ctl.output("stats")
        #expect(stats.contains(/\n  session.create +1\n/))
        #expect(stats.contains(/latency +requests +mean +half within +99 % within\n/))
        let metrics = try await ctl.output("metrics")
        #expect(metrics.contains("\nsessiond_sessions 1\n"))
        #expect(metrics.hasSuffix("# EOF"))
        #expect(try await ctl.output("snapshot").contains(/^wrote .*snapshot-\S+: 1 session, \d+ bytes, in \d/))
        let methods = try await ctl.output("methods")
        for method in ["session.create", "session.watch", "server.snapshot", "rpc.discover"] {
            #expect(methods.contains("\n\(method) "))
        }
        #expect(try JSON(parsing: try await ctl.output("methods", "--json"))["result"]["openrpc"] != .null)
        #expect(try JSON(parsing: try await ctl.output("call", "server.ping"))["result"]["pong"] == true)
    }
}
