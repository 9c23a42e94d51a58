// Watchers under load: one connection ends sessions, one at a time, and every watcher is to be told of each. What is
// measured is the time from having read the acknowledgement to having read the notification.

internal import JSONRPC

/// What the watchers have been told.
struct Watching {
    /// What stands in a notification of a session that was made here.
    var ours: [UInt8] = []
    /// How many watchers there are.
    var watchers = 0
    /// How many of them know of the session that was ended last.
    var told = 0
    /// When its end was acknowledged.
    var acknowledgedAt: UInt64?
    /// From the acknowledgement to each notification, in nanoseconds; zero for those that came first.
    var latencies = Latencies()
    /// The connection that ends sessions.
    var ender = 0
    /// Whether an end was asked for that not everybody knows of.
    var isWaiting = false
}

extension LoadLoop {
    /// Connects watchers, and the one who gives them something to see.
    ///
    /// - Parameters:
    ///   - operation: What ends a session, by its index.
    ///   - user: How the users begin whose sessions are ended.
    func addWatchers(_ count: Int, to endpoint: Endpoint, ending operation: Int, of user: String) throws(BenchError) {
        watching.watchers = count
        watching.ours = Array(#""userId":"\#(user)"#.utf8)
        for _ in 0..<count {
            let watcher = try LoadConnection(to: endpoint, as: .watcher)
            let answer = try watcher.ask(#"{"jsonrpc":"2.0","id":1,"method":"session.watch","params":{}}"# + "\n")
            guard answer.contains(#""seq":"#) else { throw BenchError(.answers, "session.watch: \(answer)") }
            try add(watcher)
        }
        watching.ender = connections.count
        try add(LoadConnection(to: endpoint, as: .ender, choices: [operation]))
    }

    /// Takes what a watcher is told; of sessions that others end it wants to know nothing.
    func takeNotification(_ watcher: LoadConnection, _ range: Range<Int>, _ now: UInt64) throws(BenchError) {
        guard !watcher.input.contains(resync, in: range) else {
            throw BenchError(.answers, "a watcher could not keep up and was told to begin again: use fewer --watchers")
        }
        guard watcher.input.contains(watching.ours, in: range) else { return }
        watching.told += 1
        watching.latencies.record(watching.acknowledgedAt.map { now - $0 } ?? 0)
        if watching.acknowledgedAt != nil { try endNext(now) }
    }

    /// Ends the next session when everybody knows of the last.
    func endNext(_ now: UInt64) throws(BenchError) {
        guard watching.told >= watching.watchers else { return }
        try beginEnding(now)
    }

    /// Ends a session.
    func beginEnding(_ now: UInt64) throws(BenchError) {
        watching.told = 0
        watching.acknowledgedAt = nil
        try ask(watching.ender, since: now)
        watching.isWaiting = !connections[watching.ender].awaited.isEmpty
        if !watching.isWaiting { deadline = 0 }
    }
}

private let resync = Array(#""method":"session.resync""#.utf8)
