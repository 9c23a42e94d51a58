// How long calls take, from when their round of connections begins until their answers are sent: the clock is read when a
// round begins and when it ends, whatever is answered in it. What waits for the disk is observed when it is released.

/// Latencies by method.
struct CallTimes {
    /// By the method's place in the table.
    private(set) var histograms = [LatencyHistogram](repeating: LatencyHistogram(), count: Method.table.count)
    /// What the connection that is being served has called.
    private var turn = CallTally()
    /// What is answered when the round ends.
    private var round = CallTally()
    /// When the round began, in nanoseconds of the monotonic clock.
    private var began: UInt64 = 0

    /// Whether the end of the round is of interest.
    var isExpectant: Bool { !round.isEmpty }

    /// Notes a call by the connection that is being served.
    mutating func count(_ place: Int) { turn.count(place) }

    mutating func beginRound(at now: UInt64) { began = now }

    /// Ends the turn of a connection whose answers are sent with the round's.
    mutating func endTurn() {
        while let (place, count) = turn.next() { round.count(place, count) }
    }

    /// Ends the turn of a connection whose answers wait.
    mutating func endWaitingTurn() -> WaitingCalls {
        defer { turn = CallTally() }
        return WaitingCalls(calls: turn, since: began)
    }

    /// Ends a round, whose answers are sent; the next may follow at once.
    mutating func endRound(at now: UInt64) {
        let duration = now - min(began, now)
        while let (place, count) = round.next() {
            observe(method: place, nanoseconds: duration, count: Int64(count))
        }
        began = now
    }

    /// Counts calls whose answers waited, and are sent.
    mutating func release(_ waiting: WaitingCalls, at now: UInt64) {
        let duration = now - min(waiting.since, now)
        var calls = waiting.calls
        while let (place, count) = calls.next() {
            observe(method: place, nanoseconds: duration, count: Int64(count))
        }
    }

    /// Counts calls of the method at this place of the table.
    mutating func observe(method place: Int, nanoseconds: UInt64, count: Int64) {
        histograms[place].observe(nanoseconds: nanoseconds, count: count)
    }
}

/// Calls whose answers wait for the disk.
struct WaitingCalls: Sendable {
    var calls = CallTally()
    /// When their round began, in nanoseconds of the monotonic clock.
    var since: UInt64 = 0
}
