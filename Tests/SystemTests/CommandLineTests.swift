// What the binary says when it is asked, and how it refuses to start: one clear line and an exit code of sysexits(3).

import Foundation
import Testing

@Suite("Command line", .serialized)
struct CommandLineTests {
    private let folder: TemporaryDirectory
    private let binary: String

    init() throws {
        folder = try TemporaryDirectory()
        binary = try Package.binary()
    }

    private var usualOptions: [String] { ["--socket", folder.path(of: "s"), "--state-directory", folder.path] }

    @Test("--version says which daemon it is and --help what it takes")
    func help() async throws {
        let version = try await run(binary, "--version")
        #expect(version.status == 0)
        #expect(version.output.wholeMatch(of: /sessiond \d+\.\d+\.\d+\n/) != nil)
        let help = try await run(binary, "--help")
        #expect(help.status == 0)
        let options = [
            "socket", "reader-socket", "admin-socket", "state-directory", "config", "check-config", "check-state",
        ]
        for option in options { #expect(help.output.contains("--\(option)")) }
        #expect(help.output.contains("/etc/sessiond/sessiond.toml"))
    }

    @Test("--check-config prints what is in force, which is itself a configuration")
    func checkConfiguration() async throws {
        let file = try folder.write("ttl = \"90m\"\nmaxConnections = 7 # few\n", to: "some.toml")
        let result = try await run(binary, "--config", file, "--check-config")
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        let output = result.output.split(separator: "\n")
        #expect(output.first?.contains(file) == true)
        for line in ["ttl = \"1h30m\"", "lifetime = \"30d\"", "snapshotInterval = \"5m\"", "maxConnections = 7"] {
            #expect(output.contains { $0 == line })
        }
        let again = try await run(binary, "--config", folder.write(result.output, to: "again.toml"), "--check-config")
        #expect(again.output.split(separator: "\n").dropFirst() == output.dropFirst())
    }

    @Test("the annotated configuration in systemd/ shows every key with its default")
    func annotatedConfiguration() async throws {
        let annotated = try String(contentsOfFile: "\(Package.root)/systemd/sessiond.toml", encoding: .utf8)
        let settings = annotated.replacing(/(?m)^#(?=[A-Za-z]+ = )/, with: "")
        let keys = settings.matches(of: /(?m)^[A-Za-z]+ = .*$/).map { String($0.output) }
        let shown = try await run(binary, "--config", folder.write(settings, to: "all.toml"), "--check-config")
        #expect(shown.status == 0)
        #expect(shown.output.split(separator: "\n").dropFirst().map { String($0) } == keys)
        let defaults = try await run(binary, "--config", folder.write("", to: "none.toml"), "--check-config")
        #expect(defaults.output.split(separator: "\n").dropFirst().map { String($0) } == keys)
    }

    @Test(
        "a configuration with an error is refused with its file, its line and what is expected",
        arguments: [
            ("tll = \"7d\"", ":1:", "\"ttl\""), ("\n\nmaxConnection = 7", ":3:", "\"maxConnections\""),
            ("\"ttl\" = \"7\"", ":1:", "ttl"), ("freshAge = \"-1d\"", ":1:", "freshAge"),
            ("snapshotInterval = \"10ms\"", ":1:", "1s"), ("maxConnections = 0", ":1:", "1"),
            ("ttl = \"1h\"\nttl = \"2h\"", ":2:", "ttl"), ("[policy]\nttl = \"1h\"", ":1:", "policy"),
            ("ttl = \"200000000000d\"", ":1:", "100 years"), ("sync = \"never\"", ":1:", "everysec"),
        ]
    )
    func brokenConfiguration(text: String, place: String, expectation: String) async throws {
        let file = try folder.write(text, to: "broken.toml")
        for arguments in [["--check-config"], usualOptions] {
            let result = try await RunningProcess([binary, "--config", file] + arguments).end()
            #expect(result.status == 78)
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(result.errors.contains(file + place), "\(result.errors)")
            #expect(result.errors.contains(expectation), "\(result.errors)")
            #expect(result.output.isEmpty)
        }
    }

    @Test("a configuration that is named and cannot be read is refused")
    func missingConfiguration() async throws {
        for file in [folder.path(of: "missing.toml"), folder.path] {
            for arguments in [["--check-config"], usualOptions] {
                let result = try await RunningProcess([binary, "--config", file] + arguments).end()
                #expect(result.status == 78)
                #expect(result.errors.split(separator: "\n").count == 1)
                #expect(result.errors.contains(file))
            }
        }
    }

    @Test("a state directory that is missing or no directory is refused")
    func missingState() async throws {
        for state in [folder.path(of: "missing"), try folder.write("", to: "a file")] {
            let result = try await run(binary, "--socket", folder.path(of: "s"), "--state-directory", state)
            #expect(result.status == 73)
            #expect(result.errors.split(separator: "\n").count == 1)
            #expect(result.errors.contains(state))
        }
    }

    @Test("a state directory or a snapshot that the daemon's user may not use is refused", .enabled(if: geteuid() == 0))
    func forbiddenState() async throws {
        // Where nobody can reach it: the package may be in a folder of its owner's only. Copied by another process, since
        // children that are started meanwhile would inherit the open file, and what is open for writing cannot be run.
        let copy = folder.path(of: "sessiond")
        try #require(try await run("cp", binary, copy).status == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        let state = folder.path(of: "state")
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        let command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy]
        let options = ["--socket", folder.path(of: "s"), "--state-directory", state]
        // Not to be entered; to be read but not written to; with a file that is not to be read.
        for mode in [0o700, 0o755, 0o777] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: state)
            let result = try await RunningProcess(command + options).end()
            #expect(result.status == 73)
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(result.errors.contains(state), "\(result.errors)")
            #expect(result.errors.contains("ermission denied"), "\(result.errors)")
            let snapshot = try folder.write("", to: "state/snapshot-0000000000000001")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: snapshot)
        }
    }

    @Test("without a socket, or with an option that there is not, the use is wrong")
    func wrongUse() async throws {
        let noSocket = try await run(binary, "--state-directory", folder.path)
        #expect(noSocket.status == 64)
        #expect(noSocket.errors.split(separator: "\n").count == 1)
        #expect(noSocket.errors.contains("--socket"))
        let unknown = try await run(binary, "--sokcet", folder.path(of: "s"))
        #expect(unknown.status == 64)
        #expect(unknown.errors.contains("--sokcet"))
    }

    @Test("the state directory is $STATE_DIRECTORY, else $XDG_STATE_HOME/sessiond, else in the home directory")
    func defaultState() async throws {
        let named = folder.path(of: "named")
        try FileManager.default.createDirectory(atPath: named, withIntermediateDirectories: false)
        let places = [
            (["STATE_DIRECTORY": named, "XDG_STATE_HOME": folder.path, "HOME": folder.path], named),
            (["XDG_STATE_HOME": folder.path(of: "xdg"), "HOME": folder.path], folder.path(of: "xdg/sessiond")),
            (["HOME": folder.path(of: "home")], folder.path(of: "home/.local/state/sessiond")),
        ]
        for (environment, expected) in places {
            let socket = Socket(path: folder.path(of: "s"))
            let daemon = try RunningProcess([binary, "--socket", socket.path], environment: environment)
            try await wait(until: "it is ready: \(daemon.errors)") { daemon.errors.contains("from \(expected)\n") }
            _ = try await socket.create()
            daemon.signal(SIGTERM)
            #expect(try await daemon.end().status == 0)
            let files = try FileManager.default.contentsOfDirectory(atPath: expected)
            #expect(files.count { $0.hasPrefix("snapshot-") } == 1)
            #expect(files.allSatisfy { $0.hasPrefix("snapshot-") || $0.hasPrefix("journal-") })
            let mode = try FileManager.default.attributesOfItem(atPath: expected)[.posixPermissions] as? Int
            if expected != named { #expect(mode == 0o700) }
        }
    }
}
