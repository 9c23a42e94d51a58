// What is counted while the daemon runs: plain integers, counted up where things happen and read by the figures.

internal import JSONRPC
internal import Sessions

/// Counters since the daemon started.
struct ServiceStatistics {
    /// Calls by the method's place in the table.
    private(set) var calls = [Int64](repeating: 0, count: Method.table.count)
    /// Errors by their code.
    private(set) var errors: [Int: Int64] = [:]
    private(set) var created: Int64 = 0
    private(set) var updated: Int64 = 0
    private(set) var touched: Int64 = 0
    private(set) var rotated: Int64 = 0
    private(set) var revocations: Int64 = 0
    private(set) var expired: Int64 = 0
    var lookupMisses: Int64 = 0
    var watchers: Int64 = 0
    var connectionsOpen: Int64 = 0
    var connectionsTotal: Int64 = 0
    var connectionsRefused: Int64 = 0
    var bytesRead: Int64 = 0
    var bytesWritten: Int64 = 0
    var lastSnapshot: SnapshotSummary?
    var lastSnapshotAt: Instant?
    var snapshotsWritten: Int64 = 0
    var snapshotsFailed: Int64 = 0
    /// How long calls take.
    var times = CallTimes()
    /// How long the loop is busy from one time that it waits for callers to the next.
    var turns = LatencyHistogram()

    /// Changes by their kind.
    var changes: [(String, Int64)] {
        [
            ("created", created), ("updated", updated), ("touched", touched), ("rotated", rotated),
            ("revoked", revocations), ("expired", expired),
        ]
    }

    mutating func countCall(of place: Int) {
        calls[place] += 1
        times.count(place)
    }

    mutating func count(_ error: RPCError) { errors[error.code, default: 0] += 1 }

    mutating func count(_ change: Change) {
        switch change {
        case .created: created += 1
        case .updated: updated += 1
        case .touched: touched += 1
        case .rotated: rotated += 1
        case .revoked: revocations += 1
        case .expired: expired += 1
        }
    }
}

/// What `server.info` says that never changes.
struct ServiceFacts: Sendable {
    let version: String
    let processID: Int32
    let startedAt: Instant
    let stateDirectory: String
    let recovery: RecoveryFacts
}

/// What the last start found, for `server.info`.
struct RecoveryFacts: Sendable {
    let snapshot: String?
    let journals: [String]
    let damaged: [String]
    let sessions: Int
    let tombstones: Int
    let changes: Int
    let bytes: Int
    let cutBytes: Int
    let took: Milliseconds
}

/// Limits that the configuration sets.
struct ServiceLimits: Sendable {
    var connections: Int
    var snapshotInterval: Milliseconds
    /// How many events are kept for watchers that come back.
    var watchHistory: Int
    /// What the sessions may take in memory, in bytes; zero for any amount.
    var memory: Int
}
