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

/// A measurement of one server, or of two side by side.
public struct Bench {
    let options: BenchOptions
    let servers: [ServerUnderLoad]
    private let progress: (String) -> Void

    /// Connects to the servers; ours comes first.
    ///
    /// - Parameter progress: Told what is going on, in a few words.
    public init(
        _ options: BenchOptions,
        endpoints: [Endpoint],
        admin: Endpoint? = nil,
        interruption: Interruption,
        progress: @escaping (String) -> Void
    ) throws(BenchError) {
        try options.check()
        self.options = options
        self.progress = progress
        var servers: [ServerUnderLoad] = []
        for endpoint in endpoints {
            servers.append(
                try ServerUnderLoad(
                    endpoint,
                    admin: endpoint.dialect == .sessiond ? admin : nil,
                    dataBytes: options.dataBytes,
                    interruption: interruption,
                    progress: progress
                )
            )
        }
        self.servers = servers
    }

    /// Measures all loads that were asked for.
    ///
    /// - Parameter finished: Told each result as it comes.
    public func run(_ finished: (WorkloadResult) -> Void) throws(BenchError) {
        defer { removeSessions() }
        for workload in options.workloads { finished(try measure(workload)) }
    }

    private func measure(_ workload: Workload) throws(BenchError) -> WorkloadResult {
        let servers = workload.isComparable ? servers : Array(servers.prefix(1))
        var rounds = servers.map { _ in [Figures]() }
        for round in 1...options.rounds {
            for (index, server) in servers.enumerated() {
                progress("\(workload.rawValue), round \(round) of \(options.rounds): \(server.dialect)")
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

    /// Removes what was made, even when somebody has asked to stop; whoever asks again gets their way.
    private func removeSessions() {
        for server in servers {
            // What is left goes by itself, in an hour at the latest; there may be nobody who could remove it.
            try? server.removeAll()
        }
    }
}
