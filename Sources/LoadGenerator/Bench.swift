// Measuring: the servers in turn, several rounds, the same load; what comes out is a report.

internal import Glibc

/// What one server did under one load.
public struct ServerResult: Codable, Sendable {
    /// Which server.
    public let server: ServerFacts
    /// Each round by itself.
    public let rounds: [Figures]
    /// The medians of all rounds.
    public let medians: Figures
}

/// What one load showed.
public struct WorkloadResult: Codable, Sendable {
    /// Which load.
    public let workload: Workload
    /// Ours first.
    public let servers: [ServerResult]
    /// Ours as a multiple of the other's.
    public let ratios: Figures
}

/// Where the servers come from that are measured.
public enum BenchServers: Sendable {
    /// They are running, ours first; and where the administrator of ours asks, if that is known.
    case running([Endpoint], admin: Endpoint?)
    /// They are started.
    case spawned(SpawnOptions)
}

/// A measurement of one server, or of two side by side.
public struct Bench {
    private let options: BenchOptions
    private let servers: [ServerUnderLoad]
    private let spawned: SpawnedServers?
    private let progress: (String) -> Void

    /// Connects to the servers, or starts them; those that it starts end with it.
    ///
    /// - Parameter progress: Told what is going on, in a few words.
    public init(
        _ options: BenchOptions,
        of source: BenchServers,
        interruption: Interruption,
        progress: @escaping (String) -> Void
    ) throws(BenchError) {
        try options.check()
        raiseFileLimit()
        self.options = options
        self.progress = progress
        let found: [(endpoint: Endpoint, admin: Endpoint?, spawned: SpawnedServer?)]
        switch source {
        case .running(let endpoints, let admin):
            spawned = nil
            found = endpoints.map { ($0, $0.dialect == .sessiond ? admin : nil, nil) }
        case .spawned(let spawn):
            let started = try SpawnedServers(spawn, interruption)
            spawned = started
            found = started.servers.map { ($0.endpoint, $0.admin, $0) }
        }
        var servers: [ServerUnderLoad] = []
        for server in found {
            servers.append(
                try ServerUnderLoad(
                    server.endpoint,
                    admin: server.admin,
                    spawned: server.spawned,
                    dataBytes: options.dataBytes,
                    interruption: interruption,
                    progress: progress
                )
            )
        }
        self.servers = servers
    }

    /// The kind of file system that the servers' files are on, if they were started for this.
    public var fileSystem: String? { spawned?.fileSystem }

    /// Measures all loads that were asked for.
    ///
    /// - Parameter finished: Told each result as it comes.
    public func run(_ finished: (WorkloadResult) -> Void) throws(BenchError) {
        defer { if spawned == nil { removeSessions() } }
        for workload in options.workloads { finished(try measure(workload)) }
    }

    private func measure(_ workload: Workload) throws(BenchError) -> WorkloadResult {
        let servers = workload.isComparable ? servers : Array(servers.prefix(1))
        var rounds = servers.map { _ in [Figures]() }
        let count =
            switch workload {
            // A server that is not ours cannot be emptied for a second round.
            case .memory where spawned == nil: 1
            case .churn: Churn.rounds
            default: options.rounds
            }
        for round in 1...count {
            // Whatever changes with time hits one as often as the other.
            for index in round % 2 == 1 ? Array(servers.indices) : servers.indices.reversed() {
                let server = servers[index]
                progress("\(workload.rawValue), round \(round) of \(count): \(server.dialect)")
                rounds[index].append(try server.round(workload, options))
            }
        }
        let results = zip(servers, rounds).map { ServerResult(server: $0.facts, rounds: $1, medians: medians($1)) }
        var ratios: Figures = [:]
        if results.count == 2 {
            for (figure, value) in results[0].medians {
                if let other = results[1].medians[figure], other > 0 { ratios[figure] = value / other }
            }
        }
        return WorkloadResult(workload: workload, servers: results, ratios: ratios)
    }

    /// Removes what was made, also when somebody has asked to stop; whoever asks again gets their way.
    private func removeSessions() {
        for server in servers {
            // What is left goes by itself, in an hour at the latest; there may be nobody who could remove it.
            try? server.removeAll()
        }
    }
}

/// Lets this process have as many connections as the system allows it.
private func raiseFileLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // If it is refused, connecting will say so.
    unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
