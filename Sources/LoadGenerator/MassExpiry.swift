// What others notice when a great many sessions end at the same instant: how often the server's loop is away from them
// for long, and the longest that a lookup takes then, beside the longest that one takes in as much time before.

extension ServerUnderLoad {
    /// How many others are looked up.
    private static let lookedUp = 1000
    /// How many sessions a second are made at least before their end.
    private static let pace = 20_000
    /// Requests a second: enough for one to fall into any stall, and too few to queue.
    private static let rate = 10_000

    /// Looks up while so many other sessions end.
    func massExpiry(_ options: BenchOptions) throws(BenchError) -> Figures {
        try settle(Self.lookedUp)
        // The sweep begins within a second of the end, which is a whole one, and takes two microseconds at most for each.
        let window = 2000 + options.sessions / 500
        let seconds = wallTime() / 1000 + 2 + options.sessions / Self.pace + window / 1000
        let end = seconds * 1000
        try fill(options.sessions, with: .put(data: sessionData(bytes: dataBytes), user: user, expiresAt: end))
        try comeToRest()
        let count = try statistic(#""sessions":"#)
        let loop = try load(
            [lookup],
            Array(repeating: [0], count: options.connections),
            pipeline: options.pipeline,
            rate: options.rate ?? Self.rate
        )
        progress("waiting for the end of \(options.sessions) sessions")
        let wait = end - window - wallTime()
        guard wait > 0 else {
            throw BenchError(.unavailable, "it took too long to make \(options.sessions) sessions: use fewer")
        }
        _ = try loop.run(RunLimit(nanoseconds: UInt64(wait) * 1_000_000))
        let quiet = try loop.run(RunLimit(nanoseconds: UInt64(window - 100) * 1_000_000)).latencies
        let before = try longTurns()
        var (figures, run) = try measure(loop, RunLimit(nanoseconds: UInt64(window) * 1_000_000))
        figures[.longTurns] = Double(try longTurns() - before)
        guard try count - statistic(#""sessions":"#) >= options.sessions else {
            throw BenchError(.unavailable, "\(dialect) has not swept \(options.sessions) sessions in \(window) ms")
        }
        keys.forget()
        figures[.longestMicros] = run.latencies.microseconds(percentile: 100)
        figures[.quietP99Micros] = quiet.microseconds(percentile: 99)
        figures[.quietP999Micros] = quiet.microseconds(percentile: 99.9)
        figures[.quietLongestMicros] = quiet.microseconds(percentile: 100)
        return figures
    }

    /// How many turns of its loop took the server more than two milliseconds so far.
    private func longTurns() throws(BenchError) -> Int {
        let stats = try statistics()
        guard let turns = stats.text(between: #""turns":{"#, and: "}") else { throw unexpected(stats) }
        return try number(#""count":"#, in: turns + ",") - number(#""2000":"#, in: turns + ",")
    }

    /// The number that follows these words in the server's statistics; of sessions, all that have not been swept.
    private func statistic(_ name: String) throws(BenchError) -> Int { try number(name, in: statistics()) }

    private func number(_ name: String, in stats: String) throws(BenchError) -> Int {
        guard let number = stats.text(between: name, and: ",").flatMap({ Int($0) }) else { throw unexpected(stats) }
        return number
    }

    private func statistics() throws(BenchError) -> String {
        try LoadConnection(to: endpoint).ask(#"{"jsonrpc":"2.0","id":1,"method":"server.stats"}"# + "\n")
    }

    private func unexpected(_ stats: String) -> BenchError {
        BenchError(.answers, "server.stats: \(stats.prefix(200))")
    }
}
