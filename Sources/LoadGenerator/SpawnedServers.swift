// The servers of a measurement that starts its own: side by side in one folder on one file system, with the same promise
// of when a write is on disk, and without a port. The folder goes when the measurement ends, however it ends.

internal import FoundationEssentials
internal import Glibc

/// How to start servers.
public struct SpawnOptions: Sendable {
    /// When an acknowledged write is on disk.
    public enum Sync: String, CaseIterable, Sendable {
        /// Before it is acknowledged.
        case always
        /// Within a second.
        case everysec
    }

    /// The daemon's binary.
    public var sessiond = "sessiond"
    /// The program of Redis; nil to measure the daemon alone.
    public var redis: String?
    /// Where the folder of the servers' files is made: on a disk, for what is measured to mean something.
    public var directory = "/var/tmp"
    /// For both.
    public var sync = Sync.always

    /// The defaults.
    public init() {}
}

/// The servers that were started for a measurement.
final class SpawnedServers {
    private let folder: String
    let servers: [SpawnedServer]
    /// The kind of file system that their files are on.
    let fileSystem: String

    init(_ options: SpawnOptions, _ interruption: Interruption) throws(BenchError) {
        let folder = "\(options.directory)/sessionctl-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        self.folder = folder
        try makeFolder(folder)
        unsafe chmod(folder, 0o700)
        fileSystem = fileSystemType(of: folder)
        let configuration = "\(folder)/sessiond.toml"
        do {
            // Snapshots come when they are asked for, or when the journal grows: not at some time within a round.
            let text =
                "sync = \"\(options.sync.rawValue)\"\nsnapshotInterval = \"1d\"\nmaxConnections = 20000\n"
                + "maxWatchers = 20000\nmaxWaiting = 1000000\nmaxBuffered = \"1G\"\nuidShare = \"100%\"\n"
            try Data(text.utf8).write(to: URL(filePath: configuration))
        } catch {
            throw BenchError(.system, "cannot write \(configuration): \(error)")
        }
        let ours = try SpawnedServer(
            [
                options.sessiond, "--config", configuration, "--state-directory", "\(folder)/sessiond",
                "--socket", "\(folder)/sessiond.sock", "--admin-socket", "\(folder)/admin.sock",
            ],
            endpoint: Endpoint(.sessiond, path: "\(folder)/sessiond.sock"),
            admin: Endpoint(.sessiond, path: "\(folder)/admin.sock"),
            state: "\(folder)/sessiond"
        )
        var servers = [ours]
        if let redis = options.redis {
            servers.append(
                try SpawnedServer(
                    [
                        redis, "--port", "0", "--unixsocket", "\(folder)/redis.sock", "--unixsocketperm", "700",
                        "--dir", "\(folder)/redis", "--save", "", "--maxclients", "20000",
                        "--appendonly", "yes", "--appendfsync", options.sync.rawValue,
                    ],
                    endpoint: Endpoint(.redis, path: "\(folder)/redis.sock"),
                    state: "\(folder)/redis"
                )
            )
        }
        self.servers = servers
        for server in servers { try server.start(interruption) }
    }

    deinit {
        for server in servers { server.kill() }
        // Nothing more can be done about a folder that does not let itself be removed.
        try? removeFolder(folder)
    }
}

/// The kind of file system that a folder is on, such as `ext4`.
private func fileSystemType(of folder: String) -> String {
    var best = (length: -1, type: "unknown")
    for line in readSmallFile("/proc/self/mountinfo", limit: 1 << 20)?.split(separator: "\n") ?? [] {
        // "36 35 98:0 /root /mounted/at options fields - type source options": proc_pid_mountinfo(5)
        let fields = line.split(separator: " ")
        guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
        let point = fields[4] == "/" ? "" : fields[4]
        guard folder.hasPrefix("\(point)/"), point.utf8.count >= best.length else { continue }
        best = (point.utf8.count, String(fields[dash + 1]))
    }
    return best.type
}
