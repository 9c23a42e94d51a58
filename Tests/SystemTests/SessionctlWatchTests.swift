// `sessionctl watch` beside a daemon that is killed and started again.

import Foundation
import Testing

@Suite("sessionctl watch", .serialized)
struct SessionctlWatchTests {
    private func text(_ process: RunningProcess) -> String { String(decoding: process.output, as: UTF8.self) }

    private func wait(_ process: RunningProcess, for words: String) async throws {
        try await SystemTests.wait(until: "\"\(words)\"; printed: \(text(process)); \(process.errors)") {
            text(process).contains(words) || process.errors.contains(words)
        }
    }

    /// Waits until somebody watches.
    private func watched(_ daemon: DaemonUnderTest) async throws {
        try await SystemTests.wait(until: "somebody watches") {
            try await daemon.socket.call("server.stats")["watchers"] == 1
        }
    }

    @Test("it goes on by itself when the daemon is killed and started again, and misses nothing")
    func restart() async throws {
        let ctl = try await SessionctlUnderTest([.application])
        let watch = try RunningProcess(ctl.command(["watch", "--changes", "created,revoked"], on: .application))
        try await watched(ctl.daemon)
        let before = try await ctl.daemon.socket.call("session.create", ["userId": "ada"])["session"]["id"].string ?? ""
        try await wait(watch, for: before)
        ctl.daemon.kill()
        try await wait(watch, for: "waiting for it")
        try await ctl.daemon.start()
        let revoked = try await ctl.daemon.socket.call("session.revoke", ["userId": "ada", "cause": "incident"])
        #expect(revoked["revoked"] == 1)
        try await wait(watch, for: "(incident)")
        try await wait(watch, for: "sessiond is back, nothing was missed")
        let lines = text(watch).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains(/^20\S+Z  created  \S{22}  ada$/) == true)
        #expect(lines.last?.contains(/^20\S+Z  revoked  \S{22}  ada  \(incident\)$/) == true)
        watch.signal(SIGINT)
        #expect(try await watch.end().status == -SIGINT)
    }

    @Test("with --json its lines are the daemon's, and with epoch and since another watch goes on from there")
    func json() async throws {
        let ctl = try await SessionctlUnderTest([.application])
        let watch = try RunningProcess(ctl.command(["watch", "--json", "--user", "ada"], on: .application))
        try await watched(ctl.daemon)
        let begin = try await SystemTests.wait(for: "its first line") {
            try text(watch).split(separator: "\n").first.map { try JSON(parsing: $0)["result"] }
        }
        for user: JSON in ["ada", "bob"] {
            let token = try await ctl.daemon.socket.create(for: user)
            try await ctl.daemon.socket.call("session.revoke", ["token": token])
        }
        try await wait(watch, for: #""change":"revoked""#)
        let told = try JSON(parsing: text(watch).split(separator: "\n")[1])
        #expect(told["params"]["userId"] == "ada")
        let epoch = try #require(begin["epoch"].string)
        let later = ["watch", "--json", "--epoch", epoch, "--since", "0"]
        let other = try RunningProcess(ctl.command(later, on: .application))
        try await wait(other, for: #""userId":"bob""#)
        #expect(text(other).contains(#""userId":"ada""#))
        #expect(text(other).contains(#""resync":false"#))
        let lost = try RunningProcess(
            ctl.command(["watch", "--epoch", "0123456789ABCDEF", "--since", "1"], on: .application)
        )
        try await wait(lost, for: "changes may be missing")
        #expect(text(watch).split(separator: "\n").count == 2)
    }

    @Test("on a terminal it says what it watches, and a kind of changes that there is not is an error")
    func begin() async throws {
        let ctl = try await SessionctlUnderTest([.application])
        let terminal = try PseudoTerminal(ctl.command(["watch"], on: .application))
        try await terminal.shows("watching changes on \(ctl.daemon.socket.path)")
        let token = try await ctl.daemon.socket.create(for: "ada")
        try await ctl.daemon.socket.call("session.revoke", ["token": token])
        try await terminal.shows("\u{1B}[0;31mrevoked\u{1B}[0m")
        let error = try await ctl.run("watch", "--changes", "vanished", on: .application)
        #expect(error.status == 65)
        #expect(error.errors.contains("changes"))
        #expect(try await run(Package.tool(), "watch", "--socket", "/nowhere/s").status == 69)
    }
}
