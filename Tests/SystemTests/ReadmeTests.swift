// What the README shows is what happens: its session is pasted into a shell, and its answers are compared.

import Foundation
import Testing

@Suite("README")
struct ReadmeTests {
    @Test("the socat session prints what the README says")
    func session() async throws {
        let readme = try readme()
        let shellBlocks = readme.matches(of: /```sh\n([^`]*)```/).map { $0.output.1 }
        let script = try #require(shellBlocks.first { $0.contains("socat") })
        let expected = try #require(readme.firstMatch(of: /```json\n([^`]*)```/)).output.1
        let daemon = try await DaemonUnderTest()
        let environment = ["XDG_RUNTIME_DIR": daemon.folder.path]
        let result = try await run("bash", input: Data(script.utf8), environment: environment)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("\n"))
        #expect(masked(result.output) == masked(expected))
    }

    @Test(
        "the program in Python, run where the daemon's socket is, finds what it has put into a session",
        .enabled(if: FileManager.default.isExecutableFile(atPath: ForeignCaller.python), "Python is needed")
    )
    func python() async throws {
        let program = try #require(readme().firstMatch(of: /```python\n([^`]*)```/)).output.1
        let daemon = try await DaemonUnderTest()
        let start = #"cd "$1" && exec "$2" -"#
        let result = try await run(
            "bash",
            "-c",
            start,
            "bash",
            daemon.folder.path,
            ForeignCaller.python,
            input: Data(program.utf8)
        )
        #expect(result.errors.isEmpty)
        #expect(result.output == "{'theme': 'dark'}\n")
    }

    @Test("the configuration table has every key with its default")
    func configuration() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("", to: "none.toml")
        let shown = try await run(Package.binary(), "--config", file, "--check-config").output
        let inForce = Dictionary(
            uniqueKeysWithValues: shown.matches(of: /(?m)^([A-Za-z]+) = (.*)$/).map { ($0.output.1, $0.output.2) }
        )
        let rows = try readme().matches(of: /(?m)^\| `([A-Za-z]+)` \| (.*?) \| .* \|$/)
            .filter { inForce[$0.output.1] != nil }
        #expect(Set(rows.map { $0.output.1 }) == Set(inForce.keys))
        for row in rows where row.output.2.hasPrefix("`") {
            #expect(row.output.2 == "`\(inForce[row.output.1] ?? "")`", "\(row.output.1)")
        }
        // The one default that depends on another.
        #expect(rows.filter { !$0.output.2.hasPrefix("`") }.map { $0.output.2 } == ["a seventh of `ttl`"])
        #expect((inForce["ttl"], inForce["touchInterval"]) == ("\"7d\"", "\"1d\""))
    }

    @Test("the methods that it lists are those that there are")
    func methods() async throws {
        let daemon = try await DaemonUnderTest([.administrator])
        let listed = try readme().matches(of: /(?m)^\| `((?:session|server|rpc)\.[a-z]+)` \|/)
            .map { String($0.output.1) }
        #expect(listed.count > 10)
        let answers = try await daemon.admin.answers(to: listed.map { request($0) } + [request("session.dance")])
        let known = answers.dropLast().filter { $0["error"]["code"] != -32601 }
        #expect(known.count == listed.count)
        #expect(answers.last?["error"]["code"] == -32601)
        let stats = try await daemon.admin.call("server.stats")["requests"]
        for method in listed { #expect(stats[method] != .null, "\(method)") }
    }

    @Test("the limits that it names are in force")
    func limits() async throws {
        let daemon = try await DaemonUnderTest()
        let limits = try await daemon.socket.call("server.info")["limits"]
        let section = try #require(readme().firstMatch(of: #/(?s)\n## Limits\n(.*?)\n## /#)).output.1
        let named: [(Regex<(Substring, Substring)>, String, Int64)] = [
            (/A line: (\d+) KiB/, "lineBytes", 1024), (/A batch: (\d+) requests/, "batchRequests", 1),
            (/`data`: (\d+) KiB/, "dataBytes", 1024), (/A user id: (\d+) bytes/, "userIdBytes", 1),
            (/Nesting: (\d+) levels/, "depth", 1),
        ]
        for (words, name, unit) in named {
            let figure = try #require(section.firstMatch(of: words), "\(name)").output.1
            #expect(try limits[name] == .integer(#require(Int64(figure)) * unit), "\(name)")
        }
    }

    private func readme() throws -> String {
        try String(contentsOfFile: "\(Package.root)/README.md", encoding: .utf8)
    }

    /// With what is another every time in the same words: tokens, ids and times.
    private func masked(_ text: some StringProtocol) -> String {
        String(text).replacing(/"[A-Za-z0-9_-]{43}"/, with: "TOKEN").replacing(/"[A-Za-z0-9_-]{22}"/, with: "ID")
            .replacing(/\b1[0-9]{12}\b/, with: "TIME")
    }
}
