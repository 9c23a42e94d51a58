// What the soak came to, as tables in Markdown.

import Foundation
import LoadGenerator

extension SoakRun {
    /// How far memory may go beyond what it was after the first cycle, when all that there is at most was held once: what
    /// the allocator keeps differs from time to time. What the sessions take by the daemon's own count comes on top.
    private static let memoryTolerance = 8 << 20

    /// Prints the figures.
    ///
    /// - Returns: Whether nothing was lost, left behind or kept quiet, and in ten minutes or more the latencies were fair.
    func conclude() async throws -> Bool {
        let report = try await callers.order("report")
        problems += report["problems"].elements.compactMap { $0.string }
        let latencies = report["latencies"]
        print(
            """

            | lookups of the good callers, beside | p50 µs | p99 µs | p99.9 µs | p99 : alone | beside the same elsewhere | longest turn µs |
            |---|--:|--:|--:|--:|--:|--:|
            """
        )
        let names = [Self.alone] + Attack.all.map { $0.description } + [Self.together, Self.full]
        for name in names { print(row(name, latencies)) }

        print("\n| what | bar | measured | verdict |\n|---|---|---|---|")
        let bars = [
            (Attack.million.description, "one that pipelines a million lookups"), (Self.together, "all at once"),
        ]
        var isFair = true
        for (name, what) in bars {
            let ratio = p99(name, latencies) / p99(Self.alone, latencies)
            let verdict = ratio <= 2 ? "reached" : "**missed**"
            isFair = isFair && ratio <= 2
            print("| p99 of good callers beside \(what) | ≤ 2 × alone | \(rounded(ratio, 2)) × | \(verdict) |")
        }
        let checks = [changes(report), memory, descriptors, offenders()]
        for check in checks {
            let verdict = check.isReached ? "reached" : "**missed**"
            print("| \(check.what) | \(check.bar) | \(check.measured) | \(verdict) |")
        }
        print(
            """

            \(elapsed.components.seconds) s: \(holdings.count - 2) cycles of \(Attack.all.count) attacks; \
            \(restarts.killed) times killed, \(restarts.stopped) times stopped; the disk \(diskErrors.full) times full, \
            \(diskErrors.readOnly) times read-only then
            """
        )
        for problem in problems.prefix(20) { Soak.complain(problem) }
        if problems.count > 20 { Soak.complain("and \(problems.count - 20) more") }
        // In a shorter run a disturbance of the machine weighs too much.
        let isJudged = limit >= .seconds(600)
        return problems.isEmpty && checks.allSatisfy { $0.isReached } && (isFair || !isJudged)
    }

    private struct Check {
        let what: String
        let bar: String
        let measured: String
        let isReached: Bool
    }

    private func changes(_ report: JSON) -> Check {
        let lost = report["problems"].elements.count
        return Check(
            what: "acknowledged changes",
            bar: "none lost",
            measured: """
                \(report["acknowledged"]) of \(report["sessions"]) sessions; \(report["looked"]) looked for after \
                \(restarts.killed + restarts.stopped) restarts; \(lost) problems
                """,
            isReached: lost == 0
        )
    }

    /// After the first cycle, after the others, and in the end; what was held before it all stands before these.
    private var memory: Check {
        let first = holdings[1]
        let allowed = holdings.dropFirst(2)
            .allSatisfy {
                $0.memory - sessionMemory($0) <= first.memory - sessionMemory(first) + Self.memoryTolerance
            }
        let series = holdings.dropFirst().map { rounded(Double($0.memory) / 1_048_576, 1) }.joined(separator: ", ")
        return Check(
            what: "resident memory after each cycle, and in the end",
            bar: "≤ the first + \(Self.memoryTolerance >> 20) MiB, sessions apart",
            measured: "\(series) MiB",
            isReached: allowed
        )
    }

    private func sessionMemory(_ holdings: DaemonUnderTest.Holdings) -> Int {
        Int(holdings.stats["store"]["memoryBytes"].integer ?? 0)
    }

    private var descriptors: Check {
        let counts = holdings.map { $0.descriptors }
        return Check(
            what: "descriptors before, after each cycle, and in the end",
            bar: "the same",
            measured: counts.map { "\($0)" }.joined(separator: ", "),
            isReached: Set(counts).count == 1
        )
    }

    private func offenders() -> Check {
        let lines = formerLog.split(separator: "\n").filter { $0.contains("disconnected ") || $0.contains("refused ") }
        let hostile = Attack.all.filter { $0.logged != nil }
        let named = hostile.filter { attack in
            let name = "of uid \(Siege.uid(of: attack)): "
            return lines.contains { $0.contains(name) && $0.contains(attack.logged ?? "") }
        }
        let innocent = GoodCallers.uids.filter { uid in lines.contains { $0.contains("uid \(uid)") } }
        problems += innocent.flatMap { uid in lines.filter { $0.contains("uid \(uid)") }.prefix(3).map { String($0) } }
        return Check(
            what: "offenders named in the log",
            bar: "each uid, for what it did; nobody else",
            measured: "\(named.count) of \(hostile.count); \(innocent.count) others",
            isReached: named.count == hostile.count && innocent.isEmpty
        )
    }

    private func row(_ name: String, _ latencies: JSON) -> String {
        let figures = latencies[name]["microseconds"].elements.map { rounded($0.double, 1) }
        let ratio = rounded(p99(name, latencies) / p99(Self.alone, latencies), 2)
        let elsewhere = p99(name + Self.elsewhere, latencies)
        let control = elsewhere.isNaN ? "" : rounded(elsewhere, 1)
        let turn = longestTurns[name].map { "≤ \($0)" } ?? ""
        return "| \(name) | \(figures.joined(separator: " | ")) | \(ratio) | \(control) | \(turn) |"
    }

    private func p99(_ name: String, _ latencies: JSON) -> Double { latencies[name]["microseconds"][1].double }

    private func rounded(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}

extension JSON {
    /// A number; what is none is no number either.
    fileprivate var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: .nan
        }
    }
}
