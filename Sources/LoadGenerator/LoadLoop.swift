// The generator itself: one thread, many connections, each of which sends its requests, waits for all their answers, and
// sends the next, as redis-benchmark does. Every answer is framed and compared with the beginning of a success; nothing
// else is parsed, so that the generator costs less than what it measures.
//
// A latency is the time from sending to having read the answer. At a given rate it counts from when the request was due,
// if no connection was free then: a server that stalls does not get out of it.

internal import JSONRPC

/// When a run is over.
struct RunLimit {
    var requests = Int.max
    var nanoseconds: UInt64 = 1 << 62
}

/// What a run was like.
struct Run {
    /// How many answers came, by operation.
    var answers: [Int]
    /// From the first request to the last answer.
    var nanoseconds: UInt64 = 0
    /// Of the operations that are measured, in nanoseconds.
    var latencies = Latencies()

    var total: Int { answers.reduce(0, +) }
}

/// A load on one server.
final class LoadLoop {
    let keys: KeySpace
    let operations: [Operation]
    /// Which of the operations count for the latencies.
    private let measured: [Bool]
    private let pipeline: Int
    /// How many nanoseconds lie between two sendings at a given rate; zero to send as soon as possible.
    private let interval: UInt64
    private let interruption: Interruption
    let poller: Poller
    private(set) var connections: [LoadConnection] = []
    /// The connections that wait for their turn at a given rate.
    private var idle: [Int] = []
    /// No connection was free when a request was due.
    private var wasHeldUp = false
    private var random = RandomBits(seed: 1)
    /// Called now and then while it runs.
    var meanwhile: () -> Void = {}

    var run: Run
    private var limit = RunLimit()
    private var asked = 0
    /// When the last request may be sent.
    var deadline: UInt64 = 0
    private var unanswered = 0
    private var lastAnswer: UInt64 = 0
    private var isInterrupted = false
    private var failures = 0
    private var firstFailure = ""
    var watching = Watching()

    /// Prepares a load.
    ///
    /// - Parameters:
    ///   - measured: How many of the operations, from the first, count for the latencies.
    ///   - rate: How many requests a second; nil for as many as possible.
    init(
        _ operations: [Operation],
        measured: Int? = nil,
        keys: KeySpace,
        pipeline: Int,
        rate: Int? = nil,
        interruption: Interruption
    ) throws(BenchError) {
        self.operations = operations
        self.measured = operations.indices.map { $0 < measured ?? operations.count }
        self.keys = keys
        self.pipeline = pipeline
        self.interruption = interruption
        interval = rate.map { UInt64(pipeline) * 1_000_000_000 / UInt64($0) } ?? 0
        poller = try Poller()
        if interval > 0 { try poller.tick(every: max(interval, 100_000)) }
        run = Run(answers: operations.map { _ in 0 })
    }

    func add(_ connection: LoadConnection) throws(BenchError) {
        try connection.join(poller, number: connections.count)
        connections.append(connection)
    }

    /// Asks until the limit is reached and everything is answered.
    func run(_ limit: RunLimit) throws(BenchError) -> Run {
        self.limit = limit
        let begin = monotonicTime()
        (asked, unanswered, failures, lastAnswer) = (0, 0, 0, begin)
        deadline = begin + limit.nanoseconds
        run = Run(answers: operations.map { _ in 0 })
        watching.latencies = Latencies()
        idle = []
        for number in connections.indices {
            switch connections[number].part {
            case .load where interval > 0: idle.append(number)
            case .watcher: break
            case .ender: try beginEnding(begin)
            case .load, .once: try ask(number, since: begin)
            }
        }
        var due = begin
        var nextLook = begin
        while true {
            let now = monotonicTime()
            if now >= nextLook {
                nextLook = now + 50_000_000
                try look(now)
            }
            if interval > 0 { try askWhatIsDue(&due, now: now) }
            if unanswered == 0, interval == 0 || isOver(now), !watching.isWaiting { break }
            for index in 0..<poller.wait(milliseconds: 50) {
                if let ready = poller.ready(index) { try serve(ready) }
            }
        }
        if isInterrupted { throw Interruption.error }
        run.nanoseconds = lastAnswer - begin
        if failures > 0 {
            throw BenchError(.answers, "\(failures) of \(asked) answers were no success; the first: \(firstFailure)")
        }
        return run
    }

    private func isOver(_ now: UInt64) -> Bool { asked >= limit.requests || now >= deadline }

    private func look(_ now: UInt64) throws(BenchError) {
        if interruption.hasCome() {
            // What was asked for is waited for, to know what has to be removed; unless somebody is in a hurry.
            guard !isInterrupted else { throw Interruption.error }
            isInterrupted = true
            limit.requests = 0
        }
        meanwhile()
        let isStuck = unanswered > 0 || watching.isWaiting
        if isStuck, now - lastAnswer > UInt64(Endpoint.patience) * 1_000_000_000 {
            throw BenchError(.unavailable, "no answer has come for \(Endpoint.patience) s (is the server stopped?)")
        }
    }

    /// Sends on the connections that are free what the rate demands.
    private func askWhatIsDue(_ due: inout UInt64, now: UInt64) throws(BenchError) {
        while due <= now, !isOver(now) {
            guard let number = idle.popLast() else { return wasHeldUp = true }
            try ask(number, since: wasHeldUp ? due : now)
            due += interval
        }
        wasHeldUp = false
    }

    private func serve(_ ready: Poller.Ready) throws(BenchError) {
        let connection = connections[ready.member]
        if ready.isWritable {
            try connection.send()
            connection.updateInterest(poller, number: ready.member)
        }
        guard ready.isReadable else { return }
        try connection.receive()
        let now = monotonicTime()
        var place = 0
        framing: while place < connection.input.count {
            switch connection.dialect.frame(connection.input.bytes, from: place) {
            case .whole(let end):
                try take(connection, place..<end, now)
                place = end
            case .partial: break framing
            case .malformed: throw connection.malformed()
            }
        }
        connection.input.consume(place)
        guard connection.part != .watcher, connection.answered == connection.awaited.count else { return }
        connection.awaited.removeAll(keepingCapacity: true)
        connection.answered = 0
        switch connection.part {
        case .load where interval > 0: idle.append(ready.member)
        case .load: try ask(ready.member, since: now)
        case .once: deadline = 0
        case .ender: try endNext(now)
        case .watcher: break
        }
    }

    private func take(_ connection: LoadConnection, _ range: Range<Int>, _ now: UInt64) throws(BenchError) {
        lastAnswer = now
        if connection.part == .watcher { return try takeNotification(connection, range, now) }
        guard connection.answered < connection.awaited.count else { throw connection.malformed() }
        let awaited = connection.awaited[connection.answered]
        connection.answered += 1
        unanswered -= 1
        let operation = operations[awaited.operation]
        guard connection.input.starts(with: operation.success, in: range) else {
            return fail(operation, connection.input.text(range))
        }
        run.answers[awaited.operation] += 1
        if connection.part == .ender { watching.acknowledgedAt = now }
        if measured[awaited.operation] { run.latencies.record(now - connection.since) }
        guard operation.subject == .new || operation.subject == .chosen else { return }
        if connection.dialect == .sessiond, operation.subject == .new {
            // What is there behind the beginning of a success: 43 characters, and what goes on behind them.
            let start = range.lowerBound + operation.success.count
            guard start + KeySpace.width < range.upperBound else { throw connection.malformed() }
            keys.set(awaited.number, to: connection.input.array(start..<(start + KeySpace.width)))
        }
        keys.begin(awaited.number)
    }

    func fail(_ operation: Operation, _ answer: String) {
        failures += 1
        if failures == 1 { firstFailure = "\(operation.name): \(answer.prefix(300))" }
    }

    /// Sends the next requests of a connection, if it has any to send.
    func ask(_ number: Int, since: UInt64) throws(BenchError) {
        let connection = connections[number]
        let isSingle = connection.part != .load
        for _ in 0..<(isSingle ? 1 : pipeline) {
            if asked >= limit.requests || since >= deadline { break }
            var choice = connection.choices[connection.choices.count == 1 ? 0 : random.below(connection.choices.count)]
            var key = subject(of: operations[choice])
            if key == nil {
                choice = connection.choices[0]
                key = subject(of: operations[choice])
            }
            guard let key else { break }
            operations[choice].write(key, keys, dialect: connection.dialect, to: &connection.output)
            connection.awaited.append(LoadConnection.Awaited(operation: choice, number: key))
            asked += 1
            unanswered += 1
        }
        guard !connection.awaited.isEmpty else { return }
        connection.since = since
        try connection.send()
        connection.updateInterest(poller, number: number)
    }

    private func subject(of operation: Operation) -> Int? {
        switch operation.subject {
        case .nothing: 0
        case .settled: keys.settled > 0 ? keys.anySettled() : nil
        case .new, .chosen: keys.isFull ? nil : keys.reserve()
        case .oldest: keys.endOldest()
        case .newest: keys.endNewest()
        }
    }
}
