// All figures, in the order in which `server.stats` and `server.metrics` give them.

internal import Durability
internal import Sessions

extension Figure {
    static let all: [Figure] =
        general + store + traffic + connections + journal + snapshots + recovery + process + latencies

    private static let general: [Figure] = [
        .gauge(nil, "now", "sessiond_clock_seconds", in: .milliseconds, "The daemon's clock, since the Unix epoch.") {
            $1.milliseconds
        },
        .gauge(nil, "uptime", "sessiond_uptime_seconds", in: .milliseconds, "How long the daemon has been running.") {
            $1.since($0.facts.startedAt).count
        },
        .words("version", "sessiond_build_info", "The daemon's version.") { $0.facts.version },
    ]

    private static let store: [Figure] = [
        .gauge("store", "sessions", "sessiond_sessions", "Sessions that are alive.") { service, _ in
            Int64(service.store.sessionCount)
        },
        .gauge("store", "tombstones", "sessiond_tombstones", "Revoked and replaced tokens that are kept in mind.") {
            service, _ in Int64(service.store.tombstoneCount)
        },
        .gauge("store", "users", "sessiond_users", "Users who have sessions.") { service, _ in
            Int64(service.store.userCount)
        },
        .gauge("store", "payloadBytes", "sessiond_payload_bytes", in: .bytes, "What the sessions hold of their own.") {
            service, _ in Int64(service.store.payloadBytes)
        },
        .gauge("store", "memoryBytes", "sessiond_memory_bytes", in: .bytes, "What the sessions take in memory.") {
            service, _ in Int64(service.store.memoryBytes)
        },
        .gauge("store", "sequence", "sessiond_sequence", "The number of the last change.") { service, _ in
            Int64(service.store.sequence)
        },
    ]

    private static let traffic: [Figure] = [
        .counters("changes", "sessiond_changes", by: "change", "Changes, by their kind.") { $0.statistics.changes },
        .counters("requests", "sessiond_requests", by: "method", "Requests, by their method.") { service in
            zip(Method.table, service.statistics.calls).filter { $1 > 0 }.map { ("\($0.name)", $1) }
        },
        .counter(nil, "lookupMisses", "sessiond_lookup_misses", "Lookups that found no session.") { service, _ in
            service.statistics.lookupMisses
        },
        .counters("errors", "sessiond_errors", by: "code", "Requests that ended in an error, by its code.") { service in
            service.statistics.errors.sorted { $0.key < $1.key }.map { (String($0.key), $0.value) }
        },
        .gauge(nil, "watchers", "sessiond_watchers", "Connections that are told of changes.") { service, _ in
            service.statistics.watchers
        },
    ]

    private static let connections: [Figure] = [
        .gauge("connections", "open", "sessiond_connections", "Callers that are connected.") { service, _ in
            service.statistics.connectionsOpen
        },
        .counter("connections", "total", "sessiond_connections_accepted", "Callers that were let in.") { service, _ in
            service.statistics.connectionsTotal
        },
        .counter("connections", "refused", "sessiond_connections_refused", "Callers that were sent away.") {
            service, _ in service.statistics.connectionsRefused
        },
        .counter("connections", "bytesRead", "sessiond_read_bytes", in: .bytes, "What callers have sent.") {
            service, _ in service.statistics.bytesRead
        },
        .counter("connections", "bytesWritten", "sessiond_written_bytes", in: .bytes, "What callers were sent.") {
            service, _ in service.statistics.bytesWritten
        },
    ]

    private static let journal: [Figure] = [
        .state(
            "journal",
            "health",
            "sessiond_journal_working",
            good: "working",
            "Whether changes can be made durable."
        ) { service in
            if case .failed(let error) = service.journal.health { return "failed: \(error.message)" }
            return "working"
        },
        .gauge("journal", "generation", "sessiond_journal_generation", "The number of the present journal file.") {
            service, _ in Int64(service.journal.generation)
        },
        .gauge(
            "journal",
            "durableSequence",
            "sessiond_journal_durable_sequence",
            "The number of the last change that is on the disk."
        ) { service, _ in Int64(service.journal.durableSequence) },
        .counter("journal", "commits", "sessiond_journal_commits", "Commits that are on the disk.") { service, _ in
            service.journal.statistics.commits
        },
        .counter("journal", "bytes", "sessiond_journal_bytes", in: .bytes, "What was written to the journal.") {
            service, _ in service.journal.statistics.bytes
        },
        .gauge(
            "journal",
            "lastCommitMicroseconds",
            "sessiond_journal_last_commit_seconds",
            in: .microseconds,
            "How long the last commit took."
        ) { service, _ in Int64(service.journal.statistics.lastCommitMicroseconds) },
        .counter("journal", "failures", "sessiond_journal_failures", "How often the journal failed.") { service, _ in
            service.journal.statistics.failures
        },
    ]

    private static let snapshots: [Figure] = [
        .counter("snapshots", "written", "sessiond_snapshots_written", "Snapshots that were written.") { service, _ in
            service.statistics.snapshotsWritten
        },
        .counter("snapshots", "failed", "sessiond_snapshots_failed", "Snapshots that could not be written.") {
            service, _ in service.statistics.snapshotsFailed
        },
        .gauge(
            "snapshots",
            "lastAt",
            "sessiond_snapshot_last_time_seconds",
            in: .milliseconds,
            "When the last snapshot was written, since the Unix epoch."
        ) { service, _ in service.statistics.lastSnapshotAt?.milliseconds },
        .gauge(
            "snapshots",
            "lastBytes",
            "sessiond_snapshot_last_size_bytes",
            in: .bytes,
            "How large the last snapshot is."
        ) { service, _ in service.statistics.lastSnapshot.map { Int64($0.bytes) } },
        .gauge(
            "snapshots",
            "lastTookMs",
            "sessiond_snapshot_last_duration_seconds",
            in: .milliseconds,
            "How long the last snapshot took."
        ) { service, _ in service.statistics.lastSnapshot?.took.count },
    ]

    private static let recovery: [Figure] = [
        .gauge("recovery", "sessions", "sessiond_recovery_sessions", "Sessions that the start found.") { service, _ in
            Int64(service.facts.recovery.sessions)
        },
        .gauge("recovery", "tombstones", "sessiond_recovery_tombstones", "Tombstones that the start found.") {
            service, _ in Int64(service.facts.recovery.tombstones)
        },
        .gauge("recovery", "changes", "sessiond_recovery_changes", "Changes that the start took from journals.") {
            service, _ in Int64(service.facts.recovery.changes)
        },
        .gauge("recovery", "bytes", "sessiond_recovery_read_bytes", in: .bytes, "What the start read.") { service, _ in
            Int64(service.facts.recovery.bytes)
        },
        .gauge(
            "recovery",
            "cutBytes",
            "sessiond_recovery_cut_bytes",
            in: .bytes,
            "What the start left out: a write that was interrupted."
        ) { service, _ in Int64(service.facts.recovery.cutBytes) },
        .gauge("recovery", "damagedFiles", "sessiond_recovery_damaged_files", "Files that the start passed over.") {
            service, _ in Int64(service.facts.recovery.damaged.count)
        },
        .gauge(
            "recovery",
            "tookMs",
            "sessiond_recovery_duration_seconds",
            in: .milliseconds,
            "How long the start took to find them."
        ) { service, _ in service.facts.recovery.took.count },
    ]

    private static let process: [Figure] = [
        .gauge(
            "process",
            "startedAt",
            "sessiond_process_start_time_seconds",
            in: .milliseconds,
            "When the daemon started, since the Unix epoch."
        ) { service, _ in service.facts.startedAt.milliseconds },
        .counter(
            "process",
            "cpuMicroseconds",
            "sessiond_process_cpu_seconds",
            in: .microseconds,
            "Processor time of all threads."
        ) { _, _ in ProcessFigures.cpuMicroseconds() },
        .gauge("process", "residentBytes", "sessiond_process_resident_memory_bytes", in: .bytes, "Memory in use.") { _, _ in
            ProcessFigures.residentBytes()
        },
    ]

    private static let latencies: [Figure] = [
        .histograms(
            "latency",
            "sessiond_request_duration_seconds",
            by: "method",
            "How long requests took until their answers were sent, by their method."
        ) { service in
            zip(Method.table, service.statistics.times.histograms).filter { $1.count > 0 }.map { ("\($0.name)", $1) }
        }
    ]
}
