// server.metrics: OpenMetrics that strict readers take, and the same figures as server.stats.

import Durability
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("server.metrics")
struct MetricsTests {
    let tested = ServiceUnderTest()

    /// Lets something happen of everything that is counted.
    private func liven() throws {
        let server = try ConnectionsUnderTest(around: tested)
        tested.ticks.perReading = 123_456
        let callers = try Role.allCases.map { try server.connect($0) }
        for caller in callers {
            for method in ["session.create", "session.lookup", "session.list", "no.such", "server.ping"] {
                caller.send(request(method, #"{"userId":"ann"}"#) + "\n")
            }
            caller.send(request("session.watch") + "\nnonsense\n")
        }
        server.serve()
        tested.service.quotas.note(.longLine, by: .tester, "a long line")
        tested.ticks.perReading = 0
        tested.pass(.seconds(90))
        let summary = SnapshotSummary(path: "/s/1", sessions: 2, bytes: 345, took: Milliseconds(6))
        tested.service.statistics.lastSnapshot = summary
        tested.service.statistics.lastSnapshotAt = .start
        tested.service.statistics.snapshotsWritten = 1
        _ = callers
    }

    private func metrics() throws -> OpenMetricsReader {
        let result = try tested.call("server.metrics")
        #expect(result.names == ["text"])
        return try OpenMetricsReader(try #require(result["text"]?.string))
    }

    @Test(
        "the text is OpenMetrics, of a daemon that was just started and of one that has work",
        .rule("→ `{text}`. The same as OpenMetrics text")
    )
    func strict() throws {
        #expect(try metrics().families.map(\.name) == Figure.all.map(\.metric))
        try liven()
        let families = try metrics().families
        #expect(families.map(\.name) == Figure.all.map(\.metric))
        #expect(families.allSatisfy { !$0.samples.isEmpty })
        // The five that were called, and server.metrics before them.
        let requests = families.first { $0.name == "sessiond_request_duration_seconds" }
        #expect(requests?.samples.count == 6 * 25)
    }

    @Test("each figure is declared as it is given", .rule(table: "metric | type | in `server.stats` | meaning"))
    func declarations() throws {
        try liven()
        for (figure, family) in zip(Figure.all, try metrics().families) {
            #expect(family.type == figure.kind.rawValue)
            #expect(family.unit == figure.unit.base)
            #expect(family.help == figure.meaning)
            // Whoever passes them on has `process_…` metrics of its own.
            #expect(figure.metric.hasPrefix("sessiond_"))
            #expect(figure.meaning.hasSuffix("."))
        }
    }

    @Test(
        "server.stats and server.metrics say the same",
        .rule("The same as OpenMetrics text, in seconds and bytes"),
        .rule("Of `latency`, `buckets` says how many requests took at most so many microseconds"),
        .rule("of `turns`, how many turns of the loop did.")
    )
    func agreement() throws {
        try liven()
        tested.service.statistics.times.observe(method: 0, nanoseconds: 1_234_567, count: 3)
        tested.service.statistics.turns.observe(nanoseconds: 2_345_678)
        let families = try metrics().families
        let stats = try tested.call("server.stats")
        for (figure, family) in zip(Figure.all, families) {
            let group = figure.group.map { stats[$0] } ?? stats
            let value = try #require(group?[figure.member], "\(figure.member)")
            let scale = [0: 1.0, 3: 1e3, 6: 1e6][figure.unit.decimals] ?? .nan
            switch figure.reading {
            case .number:
                // The process goes on between the two.
                if figure.group == "process", figure.kind == .counter || figure.unit == .bytes { continue }
                #expect(family.samples.map { ($0.number * scale).rounded() } == [Double(try #require(value.integer))])
            case .numbers(let label, _):
                let given = Dictionary(uniqueKeysWithValues: family.samples.map { ($0.label(label), $0.number) })
                for name in value.names where name != "server.stats" {
                    #expect(try given[name] == Double(#require(value[name]?.integer)), "\(figure.member) \(name)")
                }
                #expect(family.samples.count == value.names.filter { $0 != "server.stats" }.count)
            case .state(let good, _): #expect(family.samples.map(\.value) == [value.string == good ? "1" : "0"])
            case .words(let label, _): #expect(family.samples.map { $0.label(label) } == [value.string])
            case .histogram: expectSame(value, family.samples)
            case .histograms:
                #expect(value.names.count == 5)
                for method in value.names {
                    expectSame(value[method], family.samples.filter { $0.label("method") == method })
                }
            }
        }
    }

    private func expectSame(_ histogram: JSON?, _ samples: [MetricSample]) {
        func number(_ ending: String) -> Double? { samples.first { $0.name.hasSuffix(ending) }?.number }
        #expect(number("_count") == histogram?["count"]?.integer.map { Double($0) })
        let microseconds = (number("_sum") ?? .nan) * 1e6
        #expect(abs(microseconds - Double(histogram?["sumMicroseconds"]?.integer ?? -9)) <= 1)
        let buckets = histogram?["buckets"]
        let given = samples.filter { $0.label("le") != nil && $0.label("le") != "+Inf" }
        #expect(buckets?.names.count == given.count)
        for (name, sample) in zip(buckets?.names ?? [], given) {
            #expect((Double(sample.label("le") ?? "") ?? .nan) * 1e6 - (Double(name) ?? 0) < 1e-9)
            #expect(buckets?[name]?.integer == Int64(sample.value))
        }
    }

    @Test(
        "numbers in server.stats are integers, of which the name says whether they are microseconds",
        .rule("Integers; members whose names say nothing else are milliseconds, bytes or numbers of things.")
    )
    func units() throws {
        try liven()
        let stats = try tested.call("server.stats")
        for figure in Figure.all {
            let value = (figure.group.map { stats[$0] } ?? stats)?[figure.member]
            switch figure.reading {
            case .number:
                #expect(value?.integer != nil, "\(figure.member)")
                let isInMicroseconds = figure.member.hasSuffix("Microseconds")
                #expect((figure.unit == .microseconds) == isInMicroseconds, "\(figure.member)")
            case .numbers: #expect(value?.names.allSatisfy { value?[$0]?.integer != nil } == true, "\(figure.member)")
            case .histogram, .histograms, .state, .words: #expect(value?.integer == nil, "\(figure.member)")
            }
        }
    }

    @Test(
        "what has never happened is left out, and times are in seconds",
        .rule("Methods and errors that have not occurred yet are left out, and so are figures of a snapshot"),
        .rule("figures of a snapshot before there is one")
    )
    func values() throws {
        tested.pass(Milliseconds(5))
        let families = Dictionary(uniqueKeysWithValues: try metrics().families.map { ($0.name, $0.samples) })
        #expect(families["sessiond_uptime_seconds"]?.map(\.value) == ["0.005"])
        #expect(families["sessiond_clock_seconds"]?.map(\.value) == ["1700000000.005"])
        for name in ["time_seconds", "size_bytes", "duration_seconds"] {
            #expect(families["sessiond_snapshot_last_\(name)"]?.isEmpty == true)
        }
        #expect(families["sessiond_errors"]?.isEmpty == true)
        #expect(families["sessiond_requests"]?.map { $0.label("method") } == ["server.metrics"])
        #expect(families["sessiond_request_duration_seconds"]?.isEmpty == true)
        #expect((families["sessiond_process_resident_memory_bytes"]?.first?.number ?? 0) > 1e6)
        #expect((families["sessiond_process_cpu_seconds"]?.first?.number ?? 0) > 0)
        #expect(families["sessiond_journal_working"]?.map(\.value) == ["1"])
    }

    @Test("a clock that was set back makes no number that is none")
    func setBack() throws {
        tested.now = tested.now.plus(-1_500)
        let uptime = try metrics().families.first { $0.name == "sessiond_uptime_seconds" }
        #expect(uptime?.samples.map(\.value) == ["-1.500"])
    }

    @Test("a journal that failed is not working")
    func failedJournal() throws {
        tested.isDiskFast = false
        _ = tested.bytes(Array(request("session.create", #"{"userId":"ann"}"#).utf8))
        tested.work(failingWith: SystemError("fdatasync", code: 5))
        let working = try metrics().families.first { $0.name == "sessiond_journal_working" }
        #expect(working?.samples.map(\.value) == ["0"])
    }

    @Test(
        "the reader of these tests refuses what is not OpenMetrics",
        arguments: [
            "", "# EOF", "a 1\n# EOF\n", "# TYPE a gauge\na 1\n# EOF\n", "# TYPE a gauge\n# HELP a x\na 1\n\n# EOF\n",
            "# TYPE a counter\n# HELP a x\na 1\n# EOF\n", "# TYPE a counter\n# HELP a x\na_total -1\n# EOF\n",
            "# TYPE a gauge\n# HELP a x\na 1\na 2\n# EOF\n", "# TYPE a gauge\n# HELP a x\na{b=c} 1\n# EOF\n",
            "# TYPE a gauge\n# HELP a x\n# UNIT a seconds\na 1\n# EOF\n",
            "# TYPE a_bytes gauge\n# HELP a_bytes x\n# EOF\n",
            "# TYPE a histogram\n# HELP a x\na_bucket{le=\"1.0\"} 1\na_count 1\na_sum 1\n# EOF\n",
            "# TYPE a histogram\n# HELP a x\na_bucket{le=\"+Inf\"} 2\na_count 1\na_sum 1\n# EOF\n",
            "# TYPE a histogram\n# HELP a x\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum 1\n# EOF\n",
            "# TYPE a gauge\n# HELP a x\na 1\n# EOF\n# EOF\n", "# TYPE a gauge\n# HELP a x\na  1\n# EOF\n",
        ]
    )
    func reader(_ text: String) {
        #expect(throws: NotOpenMetrics.self) { try OpenMetricsReader(text) }
    }
}
