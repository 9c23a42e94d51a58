// What can be measured, and what of Redis it is compared with.

/// A kind of load.
public enum Workload: String, CaseIterable, Codable, Sendable {
    case lookup
    case refresh
    case create
    case revoke
    case mix
    case durableMix = "durable-mix"
    case watch
    case snapshot
    case memory
    case start
    case activation
    case expiry
    case churn

    /// One line for the help.
    public var summary: String {
        switch self {
        case .lookup: "session.lookup; Redis: GET"
        case .refresh: "session.refresh; Redis: GETEX with EX, which also reads and extends"
        case .create: "session.create; Redis: SET with EX"
        case .revoke: "session.revoke by token; Redis: DEL"
        case .mix: "90 % lookups, 5 % creations, 5 % revocations; Redis: GET, SET, DEL"
        case .durableMix: "lookups, while a fifth of the connections create; only lookups count"
        case .watch: "from the acknowledgement of a revocation to its notification; sessiond only"
        case .snapshot: "lookups, while a snapshot is written; sessiond only, needs the admin socket"
        case .memory: "resident memory of --sessions sessions"
        case .start: "from exec to the first answer, with --sessions sessions; needs --spawn"
        case .activation: "the same without sessions, by systemd-socket-activate; sessiond only, needs --spawn"
        case .expiry: "lookups, while --sessions others end at the same instant, at --rate (10,000); sessiond only"
        case .churn:
            "--requests creations and revocations (1,000,000) at --rate (60,000), ten rounds; sessiond only"
        }
    }

    /// Whether Redis has a counterpart.
    var isComparable: Bool { ![.watch, .snapshot, .activation, .expiry, .churn].contains(self) }
}

/// What is measured, and how.
public struct BenchOptions: Codable, Sendable {
    /// The kinds of load, one after the other.
    public var workloads: [Workload] = [.lookup]
    /// How many connections ask at the same time: 1 to 10,000.
    public var connections = 50
    /// How many requests a connection sends before it waits for answers: 1 to 1000.
    public var pipeline = 1
    /// How many sessions there are: 1 to 10,000,000.
    public var sessions = 100_000
    /// The size of each session's data: 8 to 65,536 bytes.
    public var dataBytes = 256
    /// How long a round takes, unless `requests` are done before: 0.01 to 3600 seconds.
    public var seconds = 3.0
    /// How many requests a round has at most; nil for any number.
    public var requests: Int?
    /// How often each server is measured, in turn: 1 to 1000.
    public var rounds = 3
    /// How many requests a second are sent in all; nil for as many as are answered.
    public var rate: Int?
    /// How many watchers there are: 1 to 10,000.
    public var watchers = 1

    /// The defaults.
    public init() {}

    /// Says which option is out of its bounds.
    public func check() throws(BenchError) {
        let bounds: [(String, Int?, ClosedRange<Int>)] = [
            ("--connections", connections, 1...10_000), ("--pipeline", pipeline, 1...1000),
            ("--sessions", sessions, 1...10_000_000), ("--data-bytes", dataBytes, 8...65_536),
            ("--requests", requests, 1...1_000_000_000), ("--rounds", rounds, 1...1000),
            ("--rate", rate, 1...10_000_000), ("--watchers", watchers, 1...10_000),
        ]
        for (name, value, range) in bounds {
            if let value, !range.contains(value) {
                throw BenchError(.usage, "\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value)")
            }
        }
        guard 0.01...3600 ~= seconds else { throw BenchError(.usage, "--seconds must be 0.01 to 3600, not \(seconds)") }
        if workloads.contains(.durableMix), connections < 2 {
            throw BenchError(.usage, "durable-mix needs --connections 2 at least: one writes, the other looks up")
        }
    }
}
