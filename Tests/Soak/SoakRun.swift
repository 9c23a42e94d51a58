// A run: first cycles of attacks on one life of the daemon, then trouble, then the reckoning.

import Foundation

final class SoakRun {
    static let alone = "alone"
    static let together = "all of these at once"
    /// Behind the name of an attack on another daemon.
    static let elsewhere = ", elsewhere"
    static let full = "all of these at once, while the disk is full"

    /// What attacks need to come to something in seconds; and snapshots are to come among the rest.
    private static let configuration = """
        lineTimeout = "1s"
        maxWaiting = 200
        maxBuffered = "6M"
        snapshotInterval = "20s"
        """

    private let start = ContinuousClock.now
    let limit: Duration
    /// How long each thing is measured, in milliseconds.
    let window: Int
    let disk: SmallDisk
    let daemon: DaemonUnderTest
    let other: DaemonUnderTest
    let callers: CallersProcess
    /// A session with 60 KB of data, for the attacks.
    let token: String
    let otherToken: String
    var administrator: LoadSocket

    /// What the daemon has logged in its former lives.
    var formerLog = ""
    var problems: [String] = []
    /// What it held before the first attack, and after each cycle.
    var holdings: [DaemonUnderTest.Holdings] = []
    var restarts = (stopped: 0, killed: 0)
    var diskErrors = (full: 0, readOnly: 0)
    /// Beside what was measured, no turn of the daemon's loop took longer, in microseconds: a bound of its histogram.
    var longestTurns: [String: Int] = [:]

    init(seconds: Int) async throws {
        limit = .seconds(seconds)
        window = min(max(seconds * 5, 1000), 3000)
        disk = try await SmallDisk.ext4(megabytes: 256)
        daemon = try await DaemonUnderTest(
            [.administrator, .application],
            configuration: Self.configuration,
            in: disk.folder,
            through: disk.mounts.entrance + ["taskset", "--cpu-list", "0"]
        )
        other = try await DaemonUnderTest(
            [.application, .administrator],
            configuration: Self.configuration,
            through: disk.mounts.entrance + ["chrt", "--idle", "0"]
        )
        try daemon.letEveryoneIn()
        try other.letEveryoneIn()
        token = try await daemon.largeSession()
        otherToken = try await other.largeSession()
        administrator = try LoadSocket(to: daemon.admin)
        callers = try CallersProcess(to: daemon)
        try await callers.order("fill")
        try await callers.order("begin")
        holdings.append(try await daemon.holdings(administrator))
    }

    var elapsed: Duration { ContinuousClock.now - start }

    /// Says how far it is.
    func say(_ words: String) {
        print("\(elapsed.components.seconds) s: \(words)")
        fflush(nil)
    }

    /// Measures what the good callers see, while a siege goes on.
    func measure(_ name: String, _ siege: Siege? = nil) async throws {
        let before = try await turns()
        try await callers.order("measure \(window) \(name)") { try siege?.tend() }
        longestTurns[name] = max(longestTurns[name] ?? 0, longest(of: try await turns(), since: before))
    }

    private func turns() async throws -> JSON { try await daemon.holdings(administrator).stats["turns"] }

    private func longest(of turns: JSON, since before: JSON) -> Int {
        guard case .object(let buckets) = turns["buckets"] else { return .max }
        func more(_ name: String, in turns: JSON, than before: JSON) -> Int64 {
            (turns[name].integer ?? 0) - (before[name].integer ?? 0)
        }
        let all = more("count", in: turns, than: before)
        let bounds = buckets.keys.compactMap { Int($0) }.sorted()
        return bounds.first { more("\($0)", in: turns["buckets"], than: before["buckets"]) == all } ?? .max
    }

    /// Ends a siege, and waits until nothing is left of it.
    ///
    /// - Returns: What the daemon holds then.
    @discardableResult
    func settle() async throws -> DaemonUnderTest.Holdings {
        let first = holdings[0]
        var last = first
        do {
            try await wait(until: "what the hostile held is back") {
                last = try await daemon.holdings(administrator)
                return last.descriptors == first.descriptors
                    && last.stats["uids"]["connections"] == first.stats["uids"]["connections"]
                    && last.stats["uids"]["watchers"] == first.stats["uids"]["watchers"]
            }
        } catch let error as WaitedInVain {
            problems.append("\(error): \(last.descriptors) descriptors, \(last.stats["uids"]); at first \(first)")
        }
        return last
    }
}
