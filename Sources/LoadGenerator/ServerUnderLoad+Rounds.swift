// One round of each kind of load on one server.

extension ServerUnderLoad {
    /// Measures one round.
    func round(_ workload: Workload, _ options: BenchOptions) throws(BenchError) -> Figures {
        switch workload {
        case .lookup: try steady([lookup], [[0]], options)
        case .refresh: try steady([refresh], [[0]], options)
        case .create: try steady([create], [[0]], options)
        case .mix: try steady([lookup, create, revoke], [Array(repeating: 0, count: 18) + [1, 2]], options)
        // Every fifth connection writes.
        case .durableMix: try steady([lookup, create], [[1], [0], [0], [0], [0]], measured: 1, options)
        case .revoke: try revocations(options)
        case .watch: try watching(options)
        case .snapshot: try duringSnapshot(options)
        case .memory: try memory(options)
        case .start: try restart(options)
        case .activation: try activation(options)
        case .expiry: try massExpiry(options)
        case .churn: try churn(options)
        }
    }

    /// The connections ask, each in its way, as long as the round takes.
    ///
    /// - Parameter ways: What the connections ask in turn, by the operations' indexes.
    private func steady(
        _ operations: [Operation],
        _ ways: [[Int]],
        measured: Int? = nil,
        _ options: BenchOptions
    ) throws(BenchError) -> Figures {
        try settle(options.sessions)
        let loop = try load(
            operations,
            (0..<options.connections).map { ways[$0 % ways.count] },
            measured: measured,
            pipeline: options.pipeline,
            rate: options.rate
        )
        _ = try loop.run(warmUp)
        let (figures, _) = try measure(loop, options.limit)
        try removeBegun()
        return figures
    }

    /// Ends as many sessions as there are to be.
    private func revocations(_ options: BenchOptions) throws(BenchError) -> Figures {
        try fill(min(options.sessions, options.requests ?? .max))
        let ways = Array(repeating: [0], count: options.connections)
        let loop = try load([revoke], ways, pipeline: options.pipeline, rate: options.rate)
        let (figures, _) = try measure(loop, options.limit)
        try removeBegun()
        return figures
    }

    /// Ends sessions one at a time before the eyes of watchers, while others look up at the given rate, if there is one.
    private func watching(_ options: BenchOptions) throws(BenchError) -> Figures {
        if options.rate != nil { try settle(options.sessions) }
        try fill(options.requests ?? 1000)
        let ways = options.rate == nil ? [] : Array(repeating: [0], count: options.connections)
        let loop = try load([lookup, revoke], ways, measured: 1, pipeline: options.pipeline, rate: options.rate)
        try loop.addWatchers(options.watchers, to: endpoint, ending: 1, of: user)
        var (figures, run) = try measure(loop, RunLimit(nanoseconds: UInt64(options.seconds * 1e9)))
        figures[.otherRequestsPerSecond] = options.rate == nil ? nil : figures[.requestsPerSecond]
        figures[.requestsPerSecond] = Double(run.answers[1]) / (Double(run.nanoseconds) / 1e9)
        figures.setLatencies(loop.watching.latencies)
        try removeBegun()
        return figures
    }

    /// Looks up as in any other round, and again while a snapshot is written.
    private func duringSnapshot(_ options: BenchOptions) throws(BenchError) -> Figures {
        guard let admin else {
            throw BenchError(.usage, "only the administrator may ask for a snapshot: give --admin-socket, or --spawn")
        }
        try settle(options.sessions)
        let ways = Array(repeating: [0], count: options.connections)
        let quiet = try load([lookup], ways, pipeline: options.pipeline, rate: options.rate)
        _ = try quiet.run(warmUp)
        let without = try quiet.run(options.limit)
        let loop = try load(
            [lookup, .call("server.snapshot")],
            ways,
            measured: 1,
            pipeline: options.pipeline,
            rate: options.rate
        )
        try loop.add(LoadConnection(to: admin, as: .once, choices: [1]))
        let before = process.residentBytes ?? 0
        var most = before
        loop.meanwhile = { [process] in most = max(most, process.residentBytes ?? 0) }
        var (figures, run) = try measure(loop, RunLimit(nanoseconds: 600_000_000_000))
        guard run.answers[1] == 1 else { throw BenchError(.unavailable, "no snapshot was written in 10 minutes") }
        most = max(most, process.residentBytes ?? 0)
        if before > 0 { figures[.memoryGrowth] = Double(most) / Double(before) }
        figures[.tookMillis] = Double(run.nanoseconds) / 1e6
        let p99 = without.latencies.microseconds(percentile: 99)
        figures[.quietP99Micros] = p99
        if let loud = figures[.p99Micros], p99 > 0 { figures[.p99Growth] = loud / p99 }
        figures[.otherRequestsPerSecond] = nil
        return figures
    }

    /// Fills a server that nothing has filled before, if it can be had.
    private func memory(_ options: BenchOptions) throws(BenchError) -> Figures {
        if spawned == nil { try removeAll() } else { try renew() }
        guard let before = process.residentBytes else {
            throw BenchError(
                .system,
                "cannot read /proc/\(facts.processID)/status: is \(dialect) in another container?"
            )
        }
        try settle(options.sessions)
        guard let after = process.residentBytes else {
            throw BenchError(.unavailable, "\(dialect) has ended: see its log")
        }
        return [.residentBytesPerSession: Double(after - before) / Double(options.sessions)]
    }

    /// Runs a load and looks at what it costs.
    func measure(_ loop: LoadLoop, _ limit: RunLimit) throws(BenchError) -> (Figures, Run) {
        let (before, ownBefore) = (process.processorTime, ownProcessorTime())
        let run = try loop.run(limit)
        let (after, ownAfter) = (process.processorTime, ownProcessorTime())
        let seconds = Double(run.nanoseconds) / 1e9
        guard run.total > 0, seconds > 0 else {
            throw BenchError(.usage, "nothing was asked: give more --seconds, --sessions or --requests")
        }
        var figures: Figures = [:]
        figures[.requestsPerSecond] = Double(run.latencies.count) / seconds
        figures.setLatencies(run.latencies)
        if let before, let after, after > before {
            figures[.cpuMicrosPerRequest] = Double(after - before) / 1000 / Double(run.total)
        }
        let others = run.total - run.latencies.count
        if others > 0 { figures[.otherRequestsPerSecond] = Double(others) / seconds }
        figures[.generatorLoad] = Double(ownAfter - ownBefore) / Double(run.nanoseconds)
        return (figures, run)
    }

    /// Connections, caches and branch predictors get used to it first.
    var warmUp: RunLimit { RunLimit(nanoseconds: 200_000_000) }
}

extension BenchOptions {
    /// When a round is over.
    fileprivate var limit: RunLimit { RunLimit(requests: requests ?? .max, nanoseconds: UInt64(seconds * 1e9)) }
}

extension Figures {
    fileprivate mutating func setLatencies(_ latencies: Latencies) {
        guard latencies.count > 0 else { return }
        self[.p50Micros] = latencies.microseconds(percentile: 50)
        self[.p99Micros] = latencies.microseconds(percentile: 99)
        self[.p999Micros] = latencies.microseconds(percentile: 99.9)
    }
}
