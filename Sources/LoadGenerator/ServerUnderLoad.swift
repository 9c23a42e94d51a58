// A server that is measured: what it says of itself, the sessions that were made in it for this, and how it answers a
// load. What was made is removed again.

internal import Glibc

/// What a server says of itself.
public struct ServerFacts: Codable, Equatable, Sendable {
    /// Which it is.
    public let dialect: Dialect
    /// Its version.
    public let version: String
    /// When a write is on disk: how it is set.
    public let durability: String
    /// Its process.
    public let processID: Int32
}

/// A server and the sessions that were made in it.
final class ServerUnderLoad {
    let endpoint: Endpoint
    /// Where the administrator of sessiond asks; nil where it is not known.
    let admin: Endpoint?
    /// The server, if it was started for this.
    let spawned: SpawnedServer?
    private(set) var facts: ServerFacts
    private(set) var keys: KeySpace
    let interruption: Interruption
    /// Told what is going on.
    let progress: (String) -> Void
    /// How the users of the sessions begin: no other run has the same.
    let user: String
    let dataBytes: Int

    init(
        _ endpoint: Endpoint,
        admin: Endpoint?,
        spawned: SpawnedServer? = nil,
        dataBytes: Int,
        interruption: Interruption,
        progress: @escaping (String) -> Void
    ) throws(BenchError) {
        self.endpoint = endpoint
        self.admin = admin
        self.spawned = spawned
        self.dataBytes = dataBytes
        self.interruption = interruption
        self.progress = progress
        facts = try askFacts(endpoint)
        let tag = UInt64.random(in: .min ... .max)
        user = "bench-\(String(tag, radix: 36))-"
        keys = KeySpace(seed: tag)
    }

    /// Asks the server again what it is, since it was started anew.
    func askAgain() throws(BenchError) { facts = try askFacts(endpoint) }

    /// Starts the server anew, with nothing in it.
    func renew() throws(BenchError) {
        try spawned?.wipe()
        try spawned?.start(interruption)
        try askAgain()
        keys = KeySpace(seed: .random(in: .min ... .max))
    }

    var dialect: Dialect { endpoint.dialect }
    var process: ProcessFigures { ProcessFigures(id: facts.processID) }
    var lookup: Operation { .lookup(dialect, dataBytes: dataBytes) }
    var refresh: Operation { .refresh(dialect, dataBytes: dataBytes) }
    var create: Operation { .create(dialect, data: sessionData(bytes: dataBytes), user: user) }
    var revoke: Operation { .revoke(dialect) }

    /// Prepares a load.
    ///
    /// - Parameters:
    ///   - choices: What each connection asks, by the operations' indexes.
    ///   - measured: How many of the operations, from the first, count for the latencies.
    func load(
        _ operations: [Operation],
        _ choices: [[Int]],
        measured: Int? = nil,
        pipeline: Int = 1,
        rate: Int? = nil
    ) throws(BenchError) -> LoadLoop {
        let loop = try LoadLoop(
            operations,
            measured: measured,
            keys: keys,
            pipeline: pipeline,
            rate: rate,
            interruption: interruption
        )
        for choice in choices { try loop.add(LoadConnection(to: endpoint, choices: choice)) }
        return loop
    }

    /// Makes so many sessions more.
    ///
    /// - Parameter operation: How one is made, if not with `create`.
    func fill(_ count: Int, with operation: Operation? = nil) throws(BenchError) {
        guard count > 0 else { return }
        let ways = Array(repeating: [0], count: min(16, count))
        let loop = try load([operation ?? create], ways, pipeline: min(64, count))
        loop.meanwhile = { [progress] in progress("creating sessions: \(loop.run.total) of \(count)") }
        let run = try loop.run(RunLimit(requests: count))
        guard run.total == count else {
            throw BenchError(.usage, "at most \(KeySpace.limit) sessions can be kept in mind: use fewer")
        }
    }

    /// Sees to it that so many sessions stay.
    func settle(_ count: Int) throws(BenchError) {
        guard keys.settled != count else { return }
        try removeAll()
        try fill(count)
        keys.settle()
        try comeToRest()
    }

    /// Ends the sessions that do not stay.
    func removeBegun() throws(BenchError) {
        if keys.endable > 0 {
            let count = keys.endable
            let loop = try load([revoke], Array(repeating: [0], count: min(16, count)), pipeline: min(64, count))
            loop.meanwhile = { [progress] in progress("removing sessions: \(loop.run.total) of \(count)") }
            _ = try loop.run(RunLimit())
        }
        keys.forget()
    }

    /// Ends all sessions that were made.
    func removeAll() throws(BenchError) {
        keys.release()
        try removeBegun()
    }
}

/// Asks a server what it is.
private func askFacts(_ endpoint: Endpoint) throws(BenchError) -> ServerFacts {
    let connection = try LoadConnection(to: endpoint)
    switch endpoint.dialect {
    case .sessiond:
        let info = try connection.ask(#"{"jsonrpc":"2.0","id":1,"method":"server.info","params":{}}"# + "\n")
        guard let version = info.text(between: #""version":""#, and: "\""),
            let durability = info.text(between: #""sync":""#, and: "\""),
            // When systemd listens, the system takes systemd for the peer.
            let process = info.text(between: #""pid":"#, and: ",").flatMap({ Int32($0) })
        else { throw BenchError(.answers, "\(endpoint.path) does not know server.info: \(info.prefix(200))") }
        return ServerFacts(dialect: .sessiond, version: version, durability: durability, processID: process)
    case .redis:
        let info = try connection.ask("*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n")
        guard let version = info.text(between: "redis_version:", and: "\r\n") else {
            throw BenchError(.answers, "\(endpoint.path) does not know INFO: \(info.prefix(200))")
        }
        let isLogged = try setting("appendonly", connection)
        let sync = try setting("appendfsync", connection)
        let durability = isLogged == "yes" ? "appendfsync \(sync ?? "unknown")" : "appendonly \(isLogged ?? "unknown")"
        return ServerFacts(dialect: .redis, version: version, durability: durability, processID: connection.peer)
    }
}

/// A setting of Redis; nil where asking is not allowed.
private func setting(_ name: String, _ connection: LoadConnection) throws(BenchError) -> String? {
    let answer = try connection.ask("*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$\(name.utf8.count)\r\n\(name)\r\n")
    let lines = answer.split(separator: "\r\n")
    return lines.count == 5 ? String(lines[4]) : nil
}

extension String {
    /// What stands between the first of these words and the next of those.
    func text(between start: String, and end: Character) -> String? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(start) { return String(rest.dropFirst(start.count).prefix { $0 != end }) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
