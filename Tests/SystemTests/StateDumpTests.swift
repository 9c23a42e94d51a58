// `sessionctl state dump` and `load`: what comes back is what there was, byte for byte and for everyone who asks a daemon;
// and a load that does not come to its end leaves no state.

import Foundation
import TestSupport
import Testing

@Suite("Dumping and loading a state", .serialized)
struct StateDumpTests {
    @Test("a dump, loaded, gives the same dump again, and a daemon on it the same answers")
    func identity() async throws {
        let folder = try TemporaryDirectory()
        let original = try await DaemonUnderTest(
            [.application, .administrator],
            configuration: "rotationGrace = \"1ms\"\nsnapshotInterval = \"1h\"\n",
            in: folder
        )
        let tokens = try await original.live(seed: seed(for: "StateDumpTests"))
        original.kill()
        let first = try await dump(original.state)
        #expect(first.status == 0, "\(first.errors)")
        let lines = try first.output.split(separator: "\n").map { try JSON(parsing: $0) }
        for type: JSON in ["session", "tombstone", "replaced"] {
            #expect(lines.count { $0["type"] == type } > 5, "\(type)")
        }
        for token in tokens { #expect(!first.output.contains(token.string ?? "")) }

        let second = try TemporaryDirectory()
        let loading = try await load(first.output, into: second.path(of: "state"))
        #expect(loading.status == 0, "\(loading.errors)")
        #expect(try await dump(second.path(of: "state")).output == first.output)
        // What is in the way of nothing but reading makes no difference.
        let spaced = first.output.replacing("\",\"", with: "\" ,\t\"").replacing("\n", with: "\r\n\n")
        let third = try TemporaryDirectory()
        #expect(try await load(spaced, into: third.path(of: "state")).status == 0)
        #expect(try await dump(third.path(of: "state")).output == first.output)

        try await original.start()
        let loaded = try await DaemonUnderTest(configuration: "rotationGrace = \"1ms\"\n", in: second)
        let lookups = tokens.map { request("session.lookup", ["token": $0, "touch": false]) }
        let expected = try await original.socket.answers(to: lookups).map { $0["result"] }
        let found = try await loaded.socket.answers(to: lookups).map { $0["result"] }
        try #require(found.count == tokens.count)
        for (one, other) in zip(found, expected) {
            // What has ended by itself is unknown from when it was swept.
            if other["reason"] == "expired" || one["reason"] == "expired" { continue }
            #expect(one == other)
        }
        #expect(expected.count { $0["reason"] == "revoked" } > 5)
        #expect(expected.count { $0["reason"] == "rotated" } > 5)
        #expect(expected.count { $0["session"] != .null } > 20)
        for user in ["ann", "Zoë \"\\\u{1}\u{7F}😀"] {
            let list = request("session.list", ["userId": .string(user)])
            let sessions = try await loaded.socket.answers(to: [list])[0]["result"]
            #expect(sessions == (try await original.socket.answers(to: [list])[0]["result"]))
            #expect(!sessions["sessions"].elements.isEmpty)
        }
        // It goes on like any other, and what was revoked cannot be put again.
        let revoked = try #require(zip(tokens, expected).first { $1["reason"] == "revoked" }).0
        #expect(try await loaded.socket.answer("session.put", ["token": revoked, "data": [:]])["error"]["code"] == 410)
        _ = try await loaded.socket.create()
        try await loaded.restart()
        #expect(try await loaded.socket.call("session.lookup", ["token": revoked])["reason"] == "revoked")
    }

    @Test("an empty state is one, too")
    func empty() async throws {
        let folder = try TemporaryDirectory()
        let dumped = try await dump(folder.path)
        #expect(dumped.output == madeDump(0))
        #expect(try await load(dumped.output, into: folder.path).status == 0)
        #expect(try await dump(folder.path).output == dumped.output)
        // Now it has files.
        let again = try await load(dumped.output, into: folder.path)
        #expect(again.status == 73)
        #expect(again.errors.contains("\(folder.path) has files"))
    }

    @Test("beside a daemon that writes and takes snapshots every dump is whole, and the daemon goes on")
    func running() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let target = daemon.folder.path(of: "copy")
        let busy = try await load(try await dump(daemon.state).output, into: daemon.state)
        #expect(busy.status == 75)
        #expect(busy.errors.contains("process \(daemon.id) has it locked"))
        var created = 0
        var largest = 0
        for round in 0..<12 {
            let requests = (0..<400).map { _ in request("session.create", ["userId": "ann"]) }
            let (socket, admin) = (daemon.socket, daemon.admin)
            async let answers = socket.answers(to: requests)
            async let snapshot = admin.answer("server.snapshot")
            let dumped = try await dump(daemon.state)
            #expect(dumped.status == 0, "\(dumped.errors)")
            let lines = dumped.output.split(separator: "\n")
            #expect(lines.last == "{\"type\":\"end\"}")
            // Some moment between the last answer before and now.
            #expect(lines.count - 2 >= created)
            created += try await answers.count
            _ = try await snapshot
            #expect(lines.count - 2 <= created)
            largest = max(largest, lines.count - 2)
            if round == 6 {
                #expect(try await load(dumped.output, into: target).status == 0)
                #expect(try await dump(target).output == dumped.output)
            }
        }
        #expect(largest >= 400)
        #expect(try await daemon.socket.call("server.stats")["store"]["sessions"] == .integer(Int64(created)))
    }

    @Test("a load that is killed leaves nothing that a start takes for a state, and can be done again")
    func killed() async throws {
        let folder = try TemporaryDirectory()
        let state = folder.path(of: "state")
        let whole = madeDump(30_000)
        let loading = try RunningProcess([try Package.tool(), "state", "load", state], input: .sent)
        try loading.send(Data(whole.utf8.prefix(whole.utf8.count * 2 / 3)))
        try await wait(until: "half of it is written") {
            let size = try? FileManager.default.attributesOfItem(atPath: "\(state)/snapshot.tmp")[.size] as? Int
            return (size ?? 0) > 1 << 20
        }
        loading.kill()
        #expect(try FileManager.default.contentsOfDirectory(atPath: state) == ["snapshot.tmp"])
        #expect(try await run(Package.tool(), "state", "check", state).output.contains("no state files"))
        #expect(try await load(whole, into: state).status == 0)
        #expect(try await dump(state).output == whole)
        let daemon = try await DaemonUnderTest(in: folder)
        #expect(try await daemon.socket.call("server.stats")["store"]["sessions"] == 30_000)
    }

    @Test("the same bytes of data come back, whatever they are")
    func data() async throws {
        let folder = try TemporaryDirectory()
        let data = #"{"a":1.50e+3,"\u0041":"\ud83d\ude00😀\/\"","d":[[[]],{}," "],"z":-0}"#
        let dumped = madeDump(1).replacing("{\"n\":0}", with: data)
        #expect(try await load(dumped, into: folder.path(of: "state")).status == 0)
        #expect(try await dump(folder.path(of: "state")).output == dumped)
    }

    @Test("--help names the exit codes of each", arguments: ["check", "repair", "dump", "load"])
    func help(command: String) async throws {
        let help = try await run(Package.tool(), "state", command, "--help").output
        #expect(help.contains("Exit codes: 0 "))
        #expect(help.contains("<dir>"))
    }
}

extension DaemonUnderTest {
    /// Makes sessions of every kind there is, at random, and returns all tokens that they ever had.
    fileprivate func live(seed: UInt64) async throws -> [JSON] {
        var generator = SplitMix64(seed: seed)
        let users = ["ann", "bob", "Zoë \"\\\u{1}\u{7F}😀", "crowd"]
        let datas: [JSON] = [
            [:], ["name": "Ada"], ["ключ": "\u{0}\n\u{2028}😀\"\\"], ["deep": [[["a": [1, .null, 2.5]]]]],
        ]
        let agents: [JSON] = ["Mozilla/5.0", "tab\tand \"quotes\"", .string(String(repeating: "é", count: 500))]
        var creations: [String] = []
        for number in 0..<90 {
            var parameters: [String: JSON] = ["data": datas[number % datas.count]]
            parameters["userId"] = .string(users[number % 3])
            if generator.oneIn(2) { parameters["ip"] = generator.oneIn(2) ? "192.0.2.7" : "fe80::1%eth0" }
            if generator.oneIn(2) { parameters["userAgent"] = agents[number % agents.count] }
            if generator.oneIn(5) { parameters["lifetime"] = 0 }
            if generator.oneIn(9) { parameters["ttl"] = 1 }
            creations.append(request("session.create", .object(parameters)))
        }
        // More than are revoked at once.
        for _ in 0..<80 { creations.append(request("session.create", ["userId": "crowd"])) }
        var tokens = try await socket.answers(to: creations).map { $0["result"]["token"] }
        try await admin.call("server.snapshot")
        let chosen: JSON = "a token of the caller's own choice"
        try await socket.call("session.put", ["token": chosen, "userId": "ann", "data": ["own": true]])
        let nobodys: JSON = "a session of nobody yet"
        try await socket.call("session.put", ["token": nobodys, "data": ["cart": []]])
        tokens += [chosen, nobodys]
        for token in tokens.prefix(90) {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: _ = try await socket.answer("session.update", ["token": token, "data": ["more": "\u{7F}"]])
            case 1:
                let cause: JSON = generator.oneIn(2) ? "пароль \"changed\"" : ""
                _ = try await socket.answer("session.revoke", ["token": token, "cause": cause])
            case 2:
                let fresh = try await socket.answer("session.refresh", ["token": token, "rotate": true])
                if fresh["result"]["token"] != .null { tokens.append(fresh["result"]["token"]) }
            default: break
            }
        }
        try await socket.call("session.revoke", ["userId": "crowd", "cause": "all of them"])
        return tokens
    }
}
