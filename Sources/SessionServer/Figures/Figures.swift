// All figures, in the order in which `server.stats` and `server.metrics` give them.

internal import Durability
internal import Sessions

extension Figure {
    static let all: [Figure] =
        general + store + traffic + connections + quotas + journal + snapshots + recovery + process + latencies

    private static let general: [Figure] = [
        .gauge("now", "sessiond_clock_seconds", in: .milliseconds, "The daemon's clock, since the Unix epoch.") {
            $0.present.milliseconds
        },
        .gauge("uptime", "sessiond_uptime_seconds", in: .milliseconds, "How long the daemon has been running.") {
            $0.present.since($0.facts.startedAt).count
        },
        .words("version", "sessiond_build_info", "The daemon's version.") { $0.facts.version },
    ]

    private static let store: [Figure] = group(
        "store",
        [
            .gauge("sessions", "sessiond_sessions", "Sessions that are alive.") { Int64($0.store.sessionCount) },
            .gauge("tombstones", "sessiond_tombstones", "Revoked and replaced tokens that are kept in mind.") {
                Int64($0.store.tombstoneCount)
            },
            .gauge("users", "sessiond_users", "Users who have sessions.") { Int64($0.store.userCount) },
            .gauge("payloadBytes", "sessiond_payload_bytes", in: .bytes, "What the sessions hold of their own.") {
                Int64($0.store.payloadBytes)
            },
            .gauge("memoryBytes", "sessiond_memory_bytes", in: .bytes, "What the sessions take in memory.") {
                Int64($0.store.memoryBytes)
            },
            .gauge("sequence", "sessiond_sequence", "The number of the last change.") { Int64($0.store.sequence) },
        ]
    )

    private static let traffic: [Figure] = [
        .counters("changes", "sessiond_changes", by: "change", "Changes, by their kind.") { $0.statistics.changes },
        .counters("requests", "sessiond_requests", by: "method", "Requests, by their method.") {
            zip(Method.table, $0.statistics.calls).filter { $1 > 0 }.map { ("\($0.name)", $1) }
        },
        .counter("lookupMisses", "sessiond_lookup_misses", "Lookups that found no session.") {
            $0.statistics.lookupMisses
        },
        .counters("errors", "sessiond_errors", by: "code", "Requests that ended in an error, by its code.") {
            $0.statistics.errors.sorted { $0.key < $1.key }.map { (String($0.key), $0.value) }
        },
        .gauge("watchers", "sessiond_watchers", "Connections that are told of changes.") { $0.statistics.watchers },
    ]

    private static let connections: [Figure] = group(
        "connections",
        [
            .gauge("open", "sessiond_connections", "Callers that are connected.") { $0.statistics.connectionsOpen },
            .counter("total", "sessiond_connections_accepted", "Callers that were let in.") {
                $0.statistics.connectionsTotal
            },
            .counter("refused", "sessiond_connections_refused", "Callers that were sent away.") {
                $0.statistics.connectionsRefused
            },
            .counter("bytesRead", "sessiond_read_bytes", in: .bytes, "What callers have sent.") {
                $0.statistics.bytesRead
            },
            .counter("bytesWritten", "sessiond_written_bytes", in: .bytes, "What callers were sent.") {
                $0.statistics.bytesWritten
            },
        ]
    )

    private static let quotas: [Figure] =
        [
            .counters(
                "offences",
                "sessiond_offences",
                by: "offence",
                "What callers were refused or disconnected for, by what it was."
            ) {
                zip(Offence.allCases, $0.quotas.offences).filter { $1 > 0 }.map { ($0.rawValue, $1) }
            }
        ]
        + group(
            "uids",
            [
                held(.connections, "sessiond_uid_connections", "Connections, by the caller's uid."),
                held(.memory, "sessiond_uid_buffer_bytes", in: .bytes, "Lines and answers that are kept, by uid."),
                held(.watchers, "sessiond_uid_watchers", "Connections that are told of changes, by uid."),
                held(.waiting, "sessiond_uid_waiting", "Answers that wait for the disk, by uid."),
            ]
        )

    private static func held(
        _ resource: Resource,
        _ metric: String,
        in unit: Unit = .things,
        _ meaning: String
    ) -> Figure {
        .gauges("\(resource)", metric, by: "uid", in: unit, meaning) {
            $0.quotas.held(resource).map { (String($0.uid), Int64($0.amount)) }
        }
    }

    private static let journal: [Figure] = group(
        "journal",
        [
            .state("health", "sessiond_journal_working", good: "working", "Whether changes can be made durable.") {
                if case .failed(let error) = $0.journal.health { return "failed: \(error.message)" }
                return "working"
            },
            .gauge("generation", "sessiond_journal_generation", "The number of the present journal file.") {
                Int64($0.journal.generation)
            },
            .gauge(
                "durableSequence",
                "sessiond_journal_durable_sequence",
                "The number of the last change that is on the disk."
            ) {
                Int64($0.journal.durableSequence)
            },
            .counter("commits", "sessiond_journal_commits", "Commits that are on the disk.") {
                $0.journal.statistics.commits
            },
            .counter("bytes", "sessiond_journal_bytes", in: .bytes, "What was written to the journal.") {
                $0.journal.statistics.bytes
            },
            .gauge(
                "lastCommitMicroseconds",
                "sessiond_journal_last_commit_seconds",
                in: .microseconds,
                "How long the last commit took."
            ) {
                Int64($0.journal.statistics.lastCommitMicroseconds)
            },
            .counter("failures", "sessiond_journal_failures", "How often the journal failed.") {
                $0.journal.statistics.failures
            },
        ]
    )

    private static let snapshots: [Figure] = group(
        "snapshots",
        [
            .counter("written", "sessiond_snapshots_written", "Snapshots that were written.") {
                $0.statistics.snapshotsWritten
            },
            .counter("failed", "sessiond_snapshots_failed", "Snapshots that could not be written.") {
                $0.statistics.snapshotsFailed
            },
            .gauge(
                "lastAt",
                "sessiond_snapshot_last_time_seconds",
                in: .milliseconds,
                "When the last snapshot was written, since the Unix epoch."
            ) {
                $0.statistics.lastSnapshotAt?.milliseconds
            },
            .gauge("lastBytes", "sessiond_snapshot_last_size_bytes", in: .bytes, "How large the last snapshot is.") {
                $0.statistics.lastSnapshot.map { Int64($0.bytes) }
            },
            .gauge(
                "lastTookMs",
                "sessiond_snapshot_last_duration_seconds",
                in: .milliseconds,
                "How long the last snapshot took."
            ) {
                $0.statistics.lastSnapshot?.took.count
            },
        ]
    )

    private static let recovery: [Figure] = group(
        "recovery",
        [
            .gauge("sessions", "sessiond_recovery_sessions", "Sessions that the start found.") {
                Int64($0.facts.recovery.sessions)
            },
            .gauge("tombstones", "sessiond_recovery_tombstones", "Tombstones that the start found.") {
                Int64($0.facts.recovery.tombstones)
            },
            .gauge("changes", "sessiond_recovery_changes", "Changes that the start took from journals.") {
                Int64($0.facts.recovery.changes)
            },
            .gauge("bytes", "sessiond_recovery_read_bytes", in: .bytes, "What the start read.") {
                Int64($0.facts.recovery.bytes)
            },
            .gauge(
                "cutBytes",
                "sessiond_recovery_cut_bytes",
                in: .bytes,
                "What the start left out: a write that was interrupted."
            ) {
                Int64($0.facts.recovery.cutBytes)
            },
            .gauge("damagedFiles", "sessiond_recovery_damaged_files", "Files that the start passed over.") {
                Int64($0.facts.recovery.damaged.count)
            },
            .gauge(
                "tookMs",
                "sessiond_recovery_duration_seconds",
                in: .milliseconds,
                "How long the start took to find them."
            ) {
                $0.facts.recovery.took.count
            },
        ]
    )

    private static let process: [Figure] = group(
        "process",
        [
            .gauge(
                "startedAt",
                "sessiond_process_start_time_seconds",
                in: .milliseconds,
                "When the daemon started, since the Unix epoch."
            ) {
                $0.facts.startedAt.milliseconds
            },
            .counter(
                "cpuMicroseconds",
                "sessiond_process_cpu_seconds",
                in: .microseconds,
                "Processor time of all threads."
            ) {
                _ in ProcessFigures.cpuMicroseconds()
            },
            .gauge("residentBytes", "sessiond_process_resident_memory_bytes", in: .bytes, "Memory in use.") {
                _ in ProcessFigures.residentBytes()
            },
        ]
    )

    private static let latencies: [Figure] = [
        .histogram(
            "turns",
            "sessiond_turn_duration_seconds",
            "How long the loop was busy before it waited for callers again."
        ) {
            $0.statistics.turns
        },
        .histograms(
            "latency",
            "sessiond_request_duration_seconds",
            by: "method",
            "How long requests took until their answers were sent, by their method."
        ) {
            zip(Method.table, $0.statistics.times.histograms).filter { $1.count > 0 }.map { ("\($0.name)", $1) }
        },
    ]
}
