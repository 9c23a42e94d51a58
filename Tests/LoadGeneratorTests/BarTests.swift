// Verdicts, and the reports that they rest on.

import Foundation
import Testing

@testable import LoadGenerator

@Suite("Bars")
struct BarTests {
    private let bar = Bar(
        name: "some",
        title: "some load of N sessions",
        conditions: [
            .ratio(.requestsPerSecond, atLeast: 1.4, "≥ 1.4 ×"), .ours(.p99Growth, atMost: 1.5, "≤ 1.5 ×"),
        ]
    )

    private func report(ratio: Double?, growth: Double?) -> Report {
        let facts = [Dialect.sessiond, .redis]
            .map {
                ServerFacts(dialect: $0, version: "1.2", durability: "always", processID: 1)
            }
        let ours: Figures = [.requestsPerSecond: 3000, .p99Growth: growth].compactMapValues { $0 }
        let servers = [
            ServerResult(server: facts[0], rounds: [ours], medians: ours),
            ServerResult(server: facts[1], rounds: [], medians: [.requestsPerSecond: 2000]),
        ]
        let ratios: Figures = [.requestsPerSecond: ratio].compactMapValues { $0 }
        var options = BenchOptions()
        options.sessions = 1_000_000
        let result = WorkloadResult(workload: .lookup, servers: servers, ratios: ratios)
        return Report(options: options, fileSystem: "ext4", results: [result])
    }

    @Test(
        "a bar is reached when all of its conditions hold, and at the bound itself",
        arguments: [
            (1.4, 1.5, "reached"), (1.39, 1.5, "**missed**"), (1.4, 1.51, "**missed**"), (nil, 1.5, "not measured"),
            (1.4, nil, "not measured"),
        ] as [(Double?, Double?, String)]
    )
    func verdict(_ ratio: Double?, _ growth: Double?, _ expected: String) throws {
        let result = try #require(report(ratio: ratio, growth: growth).results.first)
        #expect(bar.verdict(result) == expected)
    }

    @Test("its line says what was measured on both sides")
    func row() {
        #expect(
            bar.row(report(ratio: 1.5, growth: 1.2))
                == "| some load of 1,000,000 sessions | ≥ 1.4 ×; ≤ 1.5 × | "
                + "1.50 × (requests/s 3,000 : 2,000); p99 growth 1.20 | reached |"
        )
        #expect(bar.row(nil) == "| some load of N sessions | ≥ 1.4 ×; ≤ 1.5 × | | not measured |")
    }

    @Test("the table has a line for each bar, and says what the reports have in common")
    func table() {
        let table = barTable { $0 == "create" ? report(ratio: 1.5, growth: 1) : nil }
        let lines = table.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 2 + Bar.all.count + 2)
        #expect(
            lines.last
                == "Medians of 3 rounds each; sessiond 1.2 (always) : redis 1.2 (always); the files of both on ext4."
        )
    }

    @Test("a report is the same after it was written as JSON and read")
    func json() throws {
        let report = report(ratio: 1.5, growth: 1.2)
        #expect(report.json.contains(#""ratios":{"requestsPerSecond":1.5}"#))
        let again = try Report(json: Data(report.json.utf8))
        #expect(again.json == report.json)
    }

    @Test("the table for people has a column for each server and how ours compares")
    func people() throws {
        let report = report(ratio: 1.5, growth: 1.2)
        let lines = try #require(report.results.first).table(report.options).split(separator: "\n")
        #expect(lines.contains { $0.split(separator: " ") == ["requests/s", "3,000", "2,000", "1.50", "×"] })
        #expect(lines[1].contains("sessiond: always, redis: always"))
    }

    @Test("an option out of its bounds is refused by name")
    func bounds() {
        var options = BenchOptions()
        options.pipeline = 1001
        #expect { try options.check() } throws: { error in
            (error as? BenchError)?.message.contains("--pipeline must be 1 to 1000") == true
        }
        options.pipeline = 1
        options.seconds = .nan
        #expect(throws: BenchError.self) { try options.check() }
    }
}
