// `sessionctl bench` as a user runs it: against a daemon that is theirs, and against servers that it starts itself.

import Foundation
import Testing

@Suite("sessionctl bench", .serialized)
struct BenchTests {
    private let folder: TemporaryDirectory
    /// It is built beside the daemon.
    private let sessionctl: String
    /// As little as can be measured.
    private let little = ["--seconds", "0.05", "--rounds", "2", "--connections", "5", "--sessions", "50"]

    init() throws {
        folder = try TemporaryDirectory()
        sessionctl = try Package.tool()
    }

    private func bench(_ arguments: [String]) throws -> RunningProcess {
        let spawned = arguments.contains("--spawn")
        let own = spawned ? ["--sessiond", try Package.binary(), "--directory", folder.path] : []
        // Of an option that is given twice the last counts.
        return try RunningProcess([sessionctl, "bench"] + little + arguments + own)
    }

    @Test("it measures a daemon that is running, and leaves no session in it")
    func running() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let workloads = ["lookup", "refresh", "create", "revoke", "mix", "durable-mix", "watch", "snapshot", "memory"]
        let sockets = ["--socket", daemon.socket.path, "--admin-socket", daemon.admin.path]
        let result = try await bench(workloads + sockets + ["--json"]).end()
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSON(parsing: result.output)
        for (index, workload) in workloads.enumerated() {
            let one = report["results"][index]
            #expect(one["workload"] == .string(workload))
            let figure = workload == "memory" ? "residentBytesPerSession" : "requestsPerSecond"
            #expect(one["servers"][0]["medians"][figure] != .null, "\(workload)")
        }
        #expect(try await daemon.socket.call("server.stats")["store"]["sessions"] == 0)
        #expect(daemon.isRunning)
    }

    @Test("it starts a daemon, restarts it and has it activated, and nothing of it is left")
    func spawned() async throws {
        let result = try await bench(["lookup", "memory", "start", "activation", "--spawn"]).end()
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("requests/s"))
        #expect(result.output.contains("50 sessions of 256 bytes, medians of 2 rounds; sessiond: always"))
        try expectNothingLeft()
    }

    @Test("it sees sessions come and go, and many end at once")
    func endings() async throws {
        let some = ["--spawn", "--requests", "200", "--rate", "2000"]
        let result = try await bench(["churn", "expiry"] + some).end()
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("resident MiB after each round: "))
        #expect(result.output.contains("longest µs without"))
        try expectNothingLeft()
    }

    @Test("side by side with a Redis it prints how they compare", .enabled(if: hasRedis))
    func redis() async throws {
        let workloads = ["lookup", "refresh", "create", "revoke", "mix", "durable-mix", "memory", "start"]
        let result = try await bench(workloads + ["--spawn", "--against", "redis", "--pipeline", "3"]).end()
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("redis: appendfsync always"))
        #expect(result.output.matches(of: /CPU µs\/request .* ×/).count == 6)
        try expectNothingLeft()
    }

    @Test("Ctrl-C stops it and what it has started", arguments: [SIGINT, SIGTERM])
    func interrupted(_ signal: Int32) async throws {
        let bench = try bench(["lookup", "--spawn", "--requests", "1000000000", "--seconds", "3600"])
        try await wait(until: "the daemon has sessions") {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            return names.contains { $0.contains("sessiond/journal-") }
        }
        bench.signal(signal)
        let result = try await bench.end()
        #expect(result.status == 130)
        #expect(result.errors.contains("stopped as asked"))
        try expectNothingLeft()
    }

    @Test("Ctrl-C leaves no session in a daemon that goes on", arguments: ["create", "mix"])
    func interruptedOutside(_ workload: String) async throws {
        let daemon = try await DaemonUnderTest()
        let bench = try RunningProcess(
            [sessionctl, "bench", workload, "--seconds", "60", "--pipeline", "9", "--socket", daemon.socket.path]
        )
        try await wait(until: "there are sessions") {
            try await daemon.socket.call("server.stats")["store"]["sessions"] != 0
        }
        bench.signal(SIGINT)
        #expect(try await bench.end().status == 130)
        #expect(try await daemon.socket.call("server.stats")["store"]["sessions"] == 0)
    }

    @Test("a daemon that dies while it is measured is said to be gone")
    func killed() async throws {
        let daemon = try await DaemonUnderTest()
        let bench = try RunningProcess([
            sessionctl, "bench", "lookup", "--seconds", "60", "--socket", daemon.socket.path,
        ])
        try await wait(until: "lookups are counted") {
            try await daemon.socket.call("server.stats")["requests"]["session.lookup"] != 0
        }
        daemon.kill()
        let result = try await bench.end()
        #expect(result.status == 69)
        #expect(result.errors.contains("sessiond is gone") || result.errors.contains("cannot connect"))
    }

    @Test(
        "what cannot be done is refused with a reason and an exit code",
        arguments: [
            (["--socket", "/nowhere/s"], 69, "is sessiond.socket started?"),
            (["--against", "valkey:/s", "--socket", "/nowhere/s"], 64, "redis:PATH"),
            (["--pipeline", "0", "--socket", "/nowhere/s"], 64, "--pipeline must be 1 to 1000"),
            (["dance"], 64, "dance"),
            (["--spawn", "--against", "redis", "--redis-server", "no-such-redis"], 69, "no-such-redis"),
            (["--spawn", "--socket", "/nowhere/s"], 64, "--spawn starts servers"),
        ] as [([String], Int32, String)]
    )
    func refused(_ arguments: [String], _ status: Int32, _ words: String) async throws {
        let own = arguments.contains("--spawn") ? ["--directory", folder.path] : []
        let result = try await RunningProcess([sessionctl, "bench"] + arguments + own).end()
        #expect(result.status == status)
        #expect(result.errors.contains(words), "\(result.errors)")
        try expectNothingLeft()
    }

    @Test("start needs servers of its own, and a snapshot the administrator's socket")
    func missing() async throws {
        let daemon = try await DaemonUnderTest()
        for (workload, words) in [("start", "it needs --spawn"), ("snapshot", "give --admin-socket")] {
            let result = try await bench([workload, "--socket", daemon.socket.path]).end()
            #expect(result.status == 64)
            #expect(result.errors.contains(words))
        }
    }

    @Test("--help names every workload and the exit codes")
    func help() async throws {
        let help = try await run(sessionctl, "bench", "--help").output
        for words in ["durable-mix:", "activation:", "Exit codes: 0 measured, 64", "--against", "--spawn"] {
            #expect(help.contains(words))
        }
    }

    private func expectNothingLeft() throws {
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
        for process in processes {
            let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            #expect(words.range(of: Data(folder.path.utf8)) == nil, "\(String(decoding: words, as: UTF8.self))")
        }
    }

    private static var hasRedis: Bool {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/redis-server") }
    }
}
