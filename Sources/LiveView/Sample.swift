// What the daemon says about itself at one moment: the answer to `server.stats`, with what a view of it needs. What is not in
// the answer, of an older daemon or a newer one, counts as nothing.

public import SessionClient

/// Figures of one moment. Counters count since the daemon's start.
public struct Sample: Equatable, Sendable {
    /// The daemon's clock, in milliseconds since the Unix epoch.
    public let now: Int64
    /// When the daemon started, in milliseconds since the Unix epoch: with another start, counters begin anew.
    public let startedAt: Int64
    /// How long it has been running, in milliseconds.
    public let uptime: Int64
    let version: String

    let sessions: Int64
    let users: Int64
    let tombstones: Int64
    /// What the sessions take in memory, in bytes.
    let storeBytes: Int64
    let residentBytes: Int64?
    /// Processor time of all threads, in microseconds.
    let processorTime: Int64

    /// By kind.
    let changes: [String: Int64]
    /// By method.
    let requests: [String: Int64]
    /// By method.
    let latencies: [String: LatencyCounts]
    let misses: Int64
    /// Of all codes.
    let errors: Int64

    let watchers: Int64
    let connections: Int64
    let refused: Int64
    let bytesRead: Int64
    let bytesWritten: Int64

    /// `working`, or what failed.
    let journalHealth: String
    /// Changes that are not on the disk yet.
    let unwritten: Int64
    let commits: Int64
    let journalBytes: Int64
    /// How long the last commit took, in microseconds.
    let lastCommit: Int64
    let snapshotsFailed: Int64
    /// In milliseconds since the Unix epoch.
    let snapshotAt: Int64?
    let snapshotBytes: Int64?
    /// In milliseconds.
    let snapshotTook: Int64?

    /// Takes the result of `server.stats`.
    public init(_ stats: JSONTree) {
        func number(_ group: String, _ member: String) -> Int64 { stats[group][member].integer ?? 0 }
        func numbers(_ group: String) -> [String: Int64] {
            Dictionary(stats[group].members.map { ($0.name, $0.value.integer ?? 0) }) { $1 }
        }
        now = stats["now"].integer ?? 0
        uptime = stats["uptime"].integer ?? 0
        version = stats["version"].string ?? ""
        startedAt = number("process", "startedAt")
        sessions = number("store", "sessions")
        users = number("store", "users")
        tombstones = number("store", "tombstones")
        storeBytes = number("store", "memoryBytes")
        residentBytes = stats["process"]["residentBytes"].integer
        processorTime = number("process", "cpuMicroseconds")
        changes = numbers("changes")
        requests = numbers("requests")
        latencies = Dictionary(stats["latency"].members.map { ($0.name, LatencyCounts($0.value)) }) { $1 }
        misses = stats["lookupMisses"].integer ?? 0
        errors = numbers("errors").values.reduce(0, +)
        watchers = stats["watchers"].integer ?? 0
        connections = number("connections", "open")
        refused = number("connections", "refused")
        bytesRead = number("connections", "bytesRead")
        bytesWritten = number("connections", "bytesWritten")
        journalHealth = stats["journal"]["health"].string ?? "unknown"
        unwritten = max(number("store", "sequence") - number("journal", "durableSequence"), 0)
        commits = number("journal", "commits")
        journalBytes = number("journal", "bytes")
        lastCommit = number("journal", "lastCommitMicroseconds")
        snapshotsFailed = number("snapshots", "failed")
        snapshotAt = stats["snapshots"]["lastAt"].integer
        snapshotBytes = stats["snapshots"]["lastBytes"].integer
        snapshotTook = stats["snapshots"]["lastTookMs"].integer
    }

    /// Whether changes can be made durable.
    var isJournalWorking: Bool { journalHealth == "working" }
}

/// What does not change while the daemon runs, from `server.info`.
public struct ServerFacts: Equatable, Sendable {
    let processID: Int64
    /// How many callers there may be; zero when that is not known.
    let connectionLimit: Int64
    /// What the sessions may take in memory, in bytes; zero for any amount.
    let memoryLimit: Int64
    /// When a change is on the disk: `always` before it is acknowledged, `everysec` within a second.
    let sync: String

    /// Takes the result of `server.info`.
    public init(_ info: JSONTree) {
        processID = info["pid"].integer ?? 0
        connectionLimit = info["limits"]["connections"].integer ?? 0
        memoryLimit = info["limits"]["memoryBytes"].integer ?? 0
        sync = info["policy"]["sync"].string ?? ""
    }
}
