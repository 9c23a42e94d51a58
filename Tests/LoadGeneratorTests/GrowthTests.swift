// The table of how lookups fare as sessions and connections grow.

import Testing

@testable import LoadGenerator

@Suite("Growth")
struct GrowthTests {
    private func report(_ sessions: Int, _ connections: Int, _ results: [Workload: Figures]) -> Report {
        var options = BenchOptions()
        (options.sessions, options.connections) = (sessions, connections)
        let facts = ServerFacts(dialect: .sessiond, version: "1.2", durability: "always", processID: 1)
        let all = results.map { workload, figures in
            let server = ServerResult(server: facts, rounds: [figures], medians: figures)
            return WorkloadResult(workload: workload, servers: [server], ratios: [:])
        }
        return Report(options: options, fileSystem: "ext4", results: all)
    }

    @Test("it has a line for each report, smallest first, and leaves out what was not measured")
    func table() {
        let lookup: Figures = [
            .requestsPerSecond: 200_000, .p50Micros: 12, .p99Micros: 40.25, .cpuMicrosPerRequest: 2.5,
        ]
        let table = growthTable([
            report(1000, 50, [.lookup: lookup]),
            report(1000, 5, [.lookup: lookup, .memory: [.residentBytesPerSession: 432]]),
            report(100, 50, [:]),
        ])
        #expect(
            table == """
                | sessions | connections | requests/s | p50 µs | p99 µs | CPU µs/request | bytes/session |
                | --: | --: | --: | --: | --: | --: | --: |
                | 100 | 50 | – | – | – | – |  |
                | 1,000 | 5 | 200,000 | 12.0 | 40.3 | 2.50 | 432 |
                | 1,000 | 50 | 200,000 | 12.0 | 40.3 | 2.50 |  |
                """
        )
    }
}
