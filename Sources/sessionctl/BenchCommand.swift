// `sessionctl bench`: its options, and where its results go.

public import ArgumentParser
public import LoadGenerator
import SessionClient
import Terminal

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures sessiond, alone or side by side with a Redis on the same machine.",
        usage: """
            sessionctl bench [<workload> ...] --spawn --against redis
            sessionctl bench [<workload> ...] [--socket <path>] [--against redis:<path>]
            """,
        discussion: """
            Puts a load on the servers in turn, several rounds each, with the same number of sessions and the same data, \
            and prints medians and ratios. With --spawn it starts the servers itself, on sockets of their own in a \
            temporary folder, and stops them again. Without it, it starts and stops nothing, and removes the sessions \
            that it has made; what a crash leaves behind expires within an hour.

            Workloads (lookup and create when none is named):

            \(Workload.allCases.map { "\($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

            Exit codes: 0 measured, 64 bad usage, 69 a server cannot be reached or started, 71 system error, 76 a server \
            answered otherwise than it had to, 77 no permission, 130 stopped by Ctrl-C or SIGTERM.
            """
    )

    @Argument(help: "What to measure.")
    var workloads: [Workload] = [.lookup, .create]

    @Option(help: ArgumentHelp("The socket of sessiond.", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("The administrator's socket, for snapshot.", valueName: "path"))
    var adminSocket: String?

    @Option(
        help: ArgumentHelp("Compare with a Redis: redis:PATH of its socket, or redis with --spawn.", valueName: "redis")
    )
    var against: String?

    @Flag(help: "Start the servers, and stop them at the end.")
    var spawn = false

    @Option(
        help: ArgumentHelp("With --spawn: this daemon.", discussion: "Default: beside sessionctl.", valueName: "path")
    )
    var sessiond: String?

    @Option(help: ArgumentHelp("With --spawn: this Redis, looked for in PATH.", valueName: "path"))
    var redisServer = "redis-server"

    @Option(help: ArgumentHelp("With --spawn: where the servers' files go; on a disk.", valueName: "dir"))
    var directory = "/var/tmp"

    @Option(help: "With --spawn: when both have a write on disk.")
    var sync = SpawnOptions.Sync.always

    @Option(help: "How many connections ask at the same time.")
    var connections = 50

    @Option(help: "How many requests a connection sends before it waits.")
    var pipeline = 1

    @Option(help: "How many sessions there are.")
    var sessions = 100_000

    @Option(help: "The size of each session's data.")
    var dataBytes = 256

    @Option(help: "How long a round takes.")
    var seconds = 3.0

    @Option(help: "How many requests a round has at most.")
    var requests: Int?

    @Option(help: "How often each server is measured.")
    var rounds = 3

    @Option(help: ArgumentHelp("Send so many requests a second, not as many as are answered."))
    var rate: Int?

    @Option(help: "How many watchers there are.")
    var watchers = 1

    @Flag(help: "Print the results as JSON, with each round by itself.")
    var json = false

    func run() throws {
        let progress = Progress()
        defer { progress.clear() }
        do throws(BenchError) {
            try measure(progress)
        } catch {
            progress.clear()
            printError(printable(error.message))
            throw ExitCode(error.kind.rawValue)
        }
    }

    private func measure(_ progress: Progress) throws(BenchError) {
        let interruption = try Interruption()
        let source = try spawn ? BenchServers.spawned(spawnOptions()) : runningServers()
        let bench = try Bench(options, of: source, interruption: interruption, progress: progress.show)
        if let fileSystem = bench.fileSystem, !json {
            let isDisk = fileSystem != "tmpfs" && fileSystem != "ramfs"
            let remark = isDisk ? "" : ": that is memory, where durability costs nothing; name a --directory on a disk"
            print("The servers' files are on \(fileSystem), in \(directory)\(remark).")
        }
        var results: [WorkloadResult] = []
        try bench.run { result in
            results.append(result)
            progress.clear()
            if !json { print("\n\(result.table(options))") }
        }
        if json { print(Report(options: options, fileSystem: bench.fileSystem, results: results).json) }
    }

    private var options: BenchOptions {
        var options = BenchOptions()
        options.workloads = workloads
        options.connections = connections
        options.pipeline = pipeline
        options.sessions = sessions
        options.dataBytes = dataBytes
        options.seconds = seconds
        options.requests = requests
        options.rounds = rounds
        options.rate = rate
        options.watchers = watchers
        return options
    }

    private func spawnOptions() throws(BenchError) -> SpawnOptions {
        guard socket == nil, adminSocket == nil else {
            throw BenchError(
                .usage,
                "--spawn starts servers on sockets of their own: leave out --socket and --admin-socket"
            )
        }
        var options = SpawnOptions()
        options.sessiond = sessiond ?? pathBesideThisProgram("sessiond")
        options.directory = directory
        options.sync = sync
        switch against {
        case nil: break
        case "redis": options.redis = redisServer
        default: throw BenchError(.usage, "with --spawn it is --against redis, without a path")
        }
        return options
    }

    private func runningServers() throws(BenchError) -> BenchServers {
        var endpoints = [Endpoint(.sessiond, path: SocketPath.choose(named: socket))]
        if let against {
            guard against.hasPrefix("redis:") else {
                throw BenchError(.usage, "--against is redis:PATH with the path of a socket (unixsocket in redis.conf)")
            }
            endpoints.append(Endpoint(.redis, path: String(against.dropFirst("redis:".count))))
        }
        // Beside a socket that was named there may be none, or that of another daemon.
        let admin = adminSocket ?? (socket == nil ? SocketPath.choose(for: .administrator) : nil)
        return .running(endpoints, admin: admin.map { Endpoint(.sessiond, path: $0) })
    }
}

extension Workload: ExpressibleByArgument {}
extension SpawnOptions.Sync: ExpressibleByArgument {}
