// What sessionctl says when it cannot do what it was asked, and the exit codes that scripts go by.

import Foundation
import TestSupport
import Testing

@Suite("sessionctl in trouble", .serialized)
struct SessionctlErrorTests {
    private let folder: TemporaryDirectory
    private let sessionctl: String

    init() throws {
        folder = try TemporaryDirectory()
        sessionctl = try Package.tool()
    }

    @Test("a socket that is missing is said with how it comes to be open")
    func missing() async throws {
        let result = try await run(sessionctl, "ping", "--socket", folder.path(of: "none"))
        #expect(result.status == 69)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("cannot connect to \(folder.path(of: "none")): No such file"))
        let machine = try await run(sessionctl, "ping", "--socket", "/run/sessiond/sessiond.sock/../none.sock")
        #expect(machine.status == 69)
    }

    @Test(
        "without a daemon on the machine the unit is named that opens its socket",
        .enabled(if: !FileManager.default.fileExists(atPath: "/run/sessiond"))
    )
    func absent() async throws {
        let environment = ["XDG_RUNTIME_DIR": folder.path]
        for (command, unit) in [("info", "sessiond.socket"), ("snapshot", "sessiond-admin.socket")] {
            let result = try await run(sessionctl, command, environment: environment)
            #expect(result.status == 69)
            #expect(result.errors.contains("sudo systemctl start \(unit)"), "\(result.errors)")
        }
    }

    @Test(
        "the daemon that a user runs for themselves is found, its administrator's socket too",
        .enabled(if: !FileManager.default.fileExists(atPath: "/run/sessiond"))
    )
    func own() async throws {
        let options = [("--socket", "sessiond.sock"), ("--admin-socket", "sessiond-admin.sock")]
            .flatMap { [$0.0, folder.path(of: $0.1)] }
        let state = folder.path(of: "state")
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        let daemon = try RunningProcess([Package.binary(), "--state-directory", state] + options)
        let environment = ["XDG_RUNTIME_DIR": folder.path]
        try await wait(until: "it answers: \(daemon.errors)") {
            try await run(sessionctl, "ping", environment: environment).status == 0
        }
        #expect(try await run(sessionctl, "snapshot", environment: environment).status == 0)
        let info = try await run(sessionctl, "info", environment: environment)
        #expect(info.output.contains("administrator"))
        let named = ["SESSIOND_SOCKET": folder.path(of: "sessiond.sock")]
        #expect(try await run(sessionctl, "info", environment: named).output.contains("application"))
        #expect(try await run(sessionctl, "snapshot", environment: named).status == 77)
    }

    @Test("who may not open the socket is told who may", .enabled(if: geteuid() == 0))
    func forbidden() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        // Where nobody can reach it: the package may be in a folder of its owner's only.
        let copy = daemon.folder.path(of: "sessionctl")
        try #require(try await run("cp", sessionctl, copy).status == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: daemon.folder.path)
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "ping", "--socket"]
        for (role, hint) in [(SocketRole.application, "members of the group root"), (.administrator, "sudo")] {
            let result = try await RunningProcess(nobody + [daemon.socket(role).path]).end()
            #expect(result.status == 77)
            #expect(result.errors.contains("Permission denied"))
            #expect(result.errors.contains(hint), "\(result.errors)")
        }
    }

    @Test("what this socket does not let through is said, with exit code 77")
    func role() async throws {
        let ctl = try await SessionctlUnderTest()
        let result = try await ctl.run("snapshot", on: .application)
        #expect(result.status == 77)
        #expect(result.errors.contains("server.snapshot"))
        let json = try await ctl.run("snapshot", "--json", on: .application)
        #expect(json.status == 77)
        #expect(try JSON(parsing: json.output)["error"]["code"] == 403)
        #expect(json.errors.isEmpty)
    }

    @Test(
        "a server that does not answer as sessiond does is told from one that does not answer at all",
        arguments: [("", 69, "has not answered"), ("+PONG", 76, "not an answer of sessiond")]
            as [(String, Int32, String)]
    )
    func others(_ answer: String, _ status: Int32, _ words: String) async throws {
        let server = try StubServer { _ in answer }
        let result = try await run(sessionctl, "info", "--socket", server.path, "--timeout", "100ms")
        #expect(result.status == status)
        #expect(result.errors.contains(words))
    }

    @Test("errors of the daemon keep their words and hints, and their kind decides the exit code")
    func refused() async throws {
        for (code, status) in [(503, 75), (429, 75), (410, 65), (-32601, 65)] as [(Int, Int32)] {
            let server = try StubServer { _ in
                #"{"id":1,"error":{"code":\#(code),"message":"no\u001b[2J","data":{"hint":"wait"}}}"#
            }
            let result = try await run(sessionctl, "create", "ada", "--socket", server.path)
            #expect(result.status == status)
            #expect(result.errors == "sessionctl: no\\u001b[2J\n  wait\n")
        }
    }

    @Test("a revocation that is not on the disk yet is no success without more")
    func notDurable() async throws {
        let server = try StubServer { _ in #"{"id":1,"result":{"revoked":3,"durable":false}}"# }
        let result = try await run(sessionctl, "revoke", "--user", "ada", "--socket", server.path)
        #expect(result.status == 75)
        #expect(result.output == "revoked 3 sessions of ada\n")
        #expect(result.errors.contains("not durable yet"))
    }

    @Test(
        "an answer that does not say what was asked is not taken for a success",
        arguments: [
            (["revoke", "--user", "ada"], "{}"), (["revoke", "--user", "ada"], #"{"revoked":1}"#),
            (["revoke", "--user", "ada"], "null"), (["list", "ada"], "{}"), (["list", "ada"], "null"),
            (["show", "0v2QzVlBjWqSmUZs9UBlVg"], "{}"), (["list", "ada"], #"{"sessions":[]},"error":{"code":1}"#),
        ]
    )
    func incomplete(_ arguments: [String], _ answer: String) async throws {
        let server = try StubServer { _ in #"{"id":1,"result":\#(answer)}"# }
        let command = [sessionctl] + arguments + ["--socket", server.path]
        let result = try await RunningProcess(command).end()
        #expect(result.status == 76)
        #expect(result.output == "")
        #expect(result.errors.contains("not an answer of sessiond"))
    }

    @Test("an output that cannot be written is an error")
    func fullOutput() async throws {
        let ctl = try await SessionctlUnderTest()
        let command = try ctl.command(["info"]).joined(separator: " ")
        let result = try await run("sh", "-c", "\(command) >/dev/full")
        #expect(result.status == 74)
        #expect(result.errors.contains("cannot write"))
    }

    @Test(
        "what makes no sense is refused before anything is asked",
        arguments: [
            ["revoke"], ["revoke", "--all", "--user", "ada"], ["revoke", "--except", "x", "--all"], ["update", "-"],
            ["create"], ["create", "ada", "--ttl", "soon"], ["create", "ada", "--data", "[]"],
            ["create", "ada", "--data", "{"], ["create", "ada", "--set", "x"], ["watch", "--since", "1"],
            ["list", "ada", "--limit", "0"], ["rotate", "0v2QzVlBjWqSmUZs9UBlVg"], ["dance"], ["ping", "--loudly"],
        ]
    )
    func usage(_ words: [String]) async throws {
        let result = try await RunningProcess([sessionctl] + words, input: .bytes(Data("token".utf8))).end()
        #expect(result.status == 64, "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test("what a newer daemon says besides is shown, not refused")
    func newer() async throws {
        let session =
            #"{"id":"i","userId":"ada","createdAt":0,"seenAt":1795323484007,"device":"phone","quotaMs":90000}"#
        let server = try StubServer { line in
            if line.contains("session.list") {
                return #"{"id":1,"result":{"sessions":[\#(session)],"next":null,"x":1}}"#
            }
            if line.contains("session.watch") {
                return #"{"id":1,"result":{"epoch":"e","seq":1,"resync":false}}"# + "\n"
                    + #"{"method":"session.changed","params":{"seq":2,"change":"merged","id":"i","at":0,"into":"j"}}"#
                    + "\n"
                    + #"{"method":"session.warned","params":{"of":"storms"}}"#
            }
            return #"{"id":1,"result":{"session":\#(session),"fresh":true,"risk":{"score":7}}}"#
        }
        let shown = try await run(sessionctl, "show", "0v2QzVlBjWqSmUZs9UBlVg", "--socket", server.path).output
        #expect(shown.contains(/device +phone\n/))
        #expect(shown.contains(/seen +2026-11-22T04:58:04.007Z\n/))
        #expect(shown.contains(/quota +1m 30s\n/))
        #expect(shown.contains(/score +7\n/))
        let list = try await run(sessionctl, "list", "ada", "--socket", server.path).output
        #expect(list.contains(/SEEN +DEVICE +QUOTA\n/))
        let watch = try RunningProcess([sessionctl, "watch", "--socket", server.path])
        try await wait(until: "both lines are there: \(watch.errors)") {
            let text = String(decoding: watch.output, as: UTF8.self)
            return text.contains("merged") && text.contains("into: j")
                && text.contains(#"session.warned {"of":"storms"}"#)
        }
    }
}
