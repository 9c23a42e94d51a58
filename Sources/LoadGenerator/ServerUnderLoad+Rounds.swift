// One round of each kind of load on one server.

extension ServerUnderLoad {
    /// Measures one round.
    func round(_ workload: Workload, _ options: BenchOptions) throws(BenchError) -> Figures {
        switch workload {
        case .lookup: return try steady([lookup], [0], options)
        case .refresh: return try steady([refresh], [0], options)
        case .mix:
            let choices = Array(repeating: 0, count: 18) + [1, 2]
            return try steady([lookup, create, revoke], choices, options)
        default: throw BenchError(.usage, "cannot measure \(workload.rawValue) yet")
        }
    }

    /// All connections ask the same, of sessions that stay.
    private func steady(
        _ operations: [Operation],
        _ choices: [Int],
        _ options: BenchOptions
    ) throws(BenchError) -> Figures {
        try settle(options.sessions)
        let loop = try load(
            operations,
            Array(repeating: choices, count: options.connections),
            pipeline: options.pipeline,
            rate: options.rate
        )
        _ = try loop.run(warmUp)
        let figures = try measure(loop, options.limit)
        try removeBegun()
        return figures
    }

    /// Runs a load and looks at what it costs.
    func measure(_ loop: LoadLoop, _ limit: RunLimit) throws(BenchError) -> Figures {
        let (before, ownBefore) = (process.processorTime, ownProcessorTime())
        let run = try loop.run(limit)
        let (after, ownAfter) = (process.processorTime, ownProcessorTime())
        var figures: Figures = [:]
        let seconds = Double(run.nanoseconds) / 1e9
        guard seconds > 0 else { throw BenchError(.usage, "nothing was asked: give more --sessions or --requests") }
        figures[.requestsPerSecond] = Double(run.latencies.count) / seconds
        figures[.p50Micros] = run.latencies.microseconds(percentile: 50)
        figures[.p99Micros] = run.latencies.microseconds(percentile: 99)
        figures[.p999Micros] = run.latencies.microseconds(percentile: 99.9)
        if let before, let after { figures[.cpuMicrosPerRequest] = Double(after - before) / 1000 / Double(run.total) }
        let others = run.total - run.latencies.count
        if others > 0 { figures[.otherRequestsPerSecond] = Double(others) / seconds }
        figures[.generatorLoad] = Double(ownAfter - ownBefore) / Double(run.nanoseconds)
        return figures
    }

    /// Connections, caches and branch predictors get used to it first.
    var warmUp: RunLimit { RunLimit(nanoseconds: 200_000_000) }
}

extension BenchOptions {
    /// When a round is over.
    var limit: RunLimit { RunLimit(requests: requests ?? .max, nanoseconds: UInt64(seconds * 1e9)) }
}
