// What two answers of the daemon come to.

import SessionClient
import Testing

@testable import LiveView

@Suite("Measurements")
struct MeasurementTests {
    private func counts(_ buckets: [Int64: Int64], of count: Int64, sum: Int64 = 0) -> LatencyCounts {
        let members = buckets.map { JSONTree.Member(String($0.key), .number(String($0.value))) }
        return LatencyCounts([
            "count": .number(String(count)), "sumMicroseconds": .number(String(sum)), "buckets": .object(members),
        ])
    }

    @Test("a quantile lies within its bucket, as far as its rank does")
    func quantiles() {
        let some = counts([10: 0, 20: 50, 50: 90, 100: 100], of: 100)
        #expect(some.quantile(0.5) == 20)
        #expect(some.quantile(0.25) == 15)
        #expect(some.quantile(0.7) == 35)
        #expect(some.quantile(0.99) == 95)
        #expect(some.quantile(1) == 100)
        #expect(some.quantile(0) == 10)
        #expect(counts([1: 1], of: 1).quantile(0.5) == 0.5)
    }

    @Test("without calls there is no quantile, and beyond the last bound it is infinite")
    func noQuantiles() {
        #expect(LatencyCounts().quantile(0.5) == nil)
        #expect(counts([10: 0, 20: 0], of: 0).quantile(0.5) == nil)
        #expect(counts([10: 1, 20: 1], of: 4).quantile(0.25) == 10)
        #expect(counts([10: 1, 20: 1], of: 4).quantile(0.5) == .infinity)
    }

    @Test("the difference of two histograms is what came between them")
    func difference() {
        let before = counts([10: 5, 20: 8], of: 9, sum: 100)
        let after = counts([10: 5, 20: 18], of: 20, sum: 350)
        let between = after.since(before)
        #expect(between.count == 11)
        #expect(between.buckets.map(\.count) == [0, 10])
        #expect(between.mean == 250.0 / 11)
        #expect(after.since(nil) == after)
        #expect(before.since(after) == before, "calls have vanished")
        #expect(after.since(counts([10: 1, 30: 2], of: 2)) == after, "other bounds")
    }

    @Test("histograms add up, when they have the same bounds")
    func sum() {
        var sum = LatencyCounts()
        sum.add(counts([10: 1, 20: 2], of: 3, sum: 50))
        sum.add(counts([10: 0, 20: 1], of: 1, sum: 15))
        sum.add(counts([11: 1], of: 1, sum: 5))
        #expect(sum.buckets.map(\.count) == [1, 3])
        #expect((sum.count, sum.sum) == (4, 65))
    }

    @Test("rates are what was counted in the interval, by the daemon's clock")
    func rates() throws {
        var daemon = PretendedDaemon()
        daemon.serve("session.lookup", 1000, in: 10)
        let before = daemon.sample
        daemon.now += 2000
        daemon.serve("session.lookup", 500, in: 30)
        daemon.serve("session.create", 50, in: 300)
        daemon.change("created", 50)
        daemon.errors += 3
        let interval = try #require(Interval(from: before, to: daemon.sample))
        #expect(interval.seconds == 2)
        #expect(interval.methods["session.lookup"]?.rate == 250)
        #expect(interval.methods["session.create"]?.rate == 25)
        #expect(interval.requests == 275)
        #expect(interval.changes["created"] == 25)
        #expect(interval.errors == 1.5)
        #expect(interval.processor == 0.38)
        // Only the 500 slow ones: the fast ones were before.
        let median = try #require(interval.methods["session.lookup"]?.latencies.quantile(0.5))
        #expect(median > 20 && median <= 50)
    }

    @Test("between two runs of the daemon there are no rates, nor while its clock stands still")
    func noRates() {
        var daemon = PretendedDaemon()
        let before = daemon.sample
        #expect(Interval(from: before, to: before) == nil)
        daemon.now += 1000
        daemon.restart()
        #expect(Interval(from: before, to: daemon.sample) == nil)
    }

    @Test("after a restart figures begin anew, and the graph has a hole where the daemon was gone")
    func restart() {
        var daemon = PretendedDaemon()
        var measurements = Measurements.busy(&daemon, seconds: 20)
        daemon.now += 5000
        daemon.restart()
        measurements.take(daemon.sample, at: 25)
        #expect(measurements.last == nil)
        daemon.now += 1000
        daemon.serve("session.lookup", 7, in: 10)
        measurements.take(daemon.sample, at: 26)
        #expect(measurements.last?.methods["session.lookup"]?.rate == 7)
        let columns = measurements.requests.columns(8, group: 1)
        #expect(columns[1] != nil)
        #expect(columns[2...6].allSatisfy { $0 == nil })
        #expect(columns[7] == 7)
        let lookups = measurements.methods["session.lookup"]?.columns(8, group: 1)
        #expect(lookups?.map { $0 == nil } == columns.map { $0 == nil })
    }

    @Test("an answer without what is expected counts as nothing")
    func foreign() {
        let sample = Sample(["now": "later", "latency": ["x": 3]])
        #expect(sample.sessions == 0)
        #expect(sample.journalHealth == "unknown")
        #expect(Sample(.null).now == 0)
        #expect(ServerFacts(.null).connectionLimit == 0)
    }

    @Test("columns move on as they are, and only the last one changes while it fills")
    func columns() {
        var history = History()
        var before: [Double?] = []
        for number in 1...50 {
            history.append(Double(number))
            let columns = history.columns(6, group: 4)
            if number % 4 != 1, number > 4 {
                #expect(columns.dropLast() == before.dropLast())
            } else if number > 4 {
                #expect(Array(columns.dropLast()) == Array(before.dropFirst()))
            }
            before = columns
        }
        #expect(before == [30.5, 34.5, 38.5, 42.5, 46.5, 49.5])
        #expect(History().columns(3, group: 2) == [nil, nil, nil])
    }

    @Test("what is older than what is kept is not known any more")
    func capacity() {
        var history = History()
        for number in 0..<(History.capacity + 10) { history.append(Double(number)) }
        #expect(history.columns(1, group: 1) == [Double(History.capacity + 9)])
        #expect(history.columns(History.capacity + 1, group: 1).prefix(2) == [nil, 10])
        #expect(history.mean(ofLast: 2) == Double(History.capacity) + 8.5)
    }

    @Test("a graph shows two minutes at least, whatever its width and the interval")
    func span() {
        #expect(TimeSpan(columns: 30, interval: 1) == TimeSpan(columns: 30, interval: 1))
        #expect(TimeSpan(columns: 30, interval: 1).group == 4)
        #expect(TimeSpan(columns: 200, interval: 1).seconds == 200)
        #expect(TimeSpan(columns: 34, interval: 0.1).seconds >= 120)
        #expect(TimeSpan(columns: 0, interval: 1).group > 0)
    }
}
