// Coming and going: sessions of many sizes begin, and end in both ways, at a rate at which as many are always alive. Memory
// is looked at after each round of ten: a server that keeps what it should give back grows from one to the next.

/// A load under which as many sessions end as begin.
enum Churn {
    /// The rounds of one measurement, each with as many requests.
    static let rounds = 10
    static let requests = 1_000_000
    /// Requests a second.
    static let rate = 60_000
    /// The sizes of data, in bytes; for each, one request in nine creates a session with it.
    static let dataBytes = [8, 60, 150, 300, 600, 1000]
    /// Three requests in nine revoke: half of the sessions that are created, while the others expire.
    static let revocations = 3

    /// How long a session lasts for so many to be alive at a rate, in milliseconds.
    static func ttl(sessions: Int, rate: Int) -> Int {
        let mix = dataBytes.count + revocations
        return max(1000, sessions * 1000 * mix / (dataBytes.count - revocations) / rate)
    }

    /// How much more memory may be taken in the last rounds than in those before.
    private static let tolerance = 1.05

    /// Whether the memory stays the same: the most of the last five rounds is no more than 5 % above that of the three
    /// before; nil where that is not known. In the first two it is filled.
    static func isFlat(_ bytes: [Double]) -> Bool? {
        guard bytes.count == rounds, let before = bytes[2..<5].max(), let after = bytes[5...].max() else { return nil }
        return after <= before * tolerance
    }

    /// The memory after each round, and what is to be said of it.
    static func course(of rounds: [Figures]) -> String {
        let bytes = rounds.compactMap { $0[.residentBytes] }
        let verdict = isFlat(bytes).map { $0 ? "flat" : "it grows" } ?? "not known"
        let words = bytes.map { Figure.residentBytes.text($0) }.joined(separator: ", ")
        return "resident MiB after each round: \(words): \(verdict)"
    }
}

extension ServerUnderLoad {
    /// Creates and revokes a tenth of what is asked for.
    func churn(_ options: BenchOptions) throws(BenchError) -> Figures {
        let rate = options.rate ?? Churn.rate
        let milliseconds = Churn.ttl(sessions: options.sessions, rate: rate)
        let creations = Churn.dataBytes.map { bytes in
            Operation.create(dialect, data: sessionData(bytes: bytes), user: user, milliseconds: milliseconds)
        }
        // Who revokes the oldest would come after its end.
        let operations = creations + [.revoke(dialect, .newest)]
        let mix = Array(creations.indices) + Array(repeating: creations.count, count: Churn.revocations)
        let loop = try load(
            operations,
            Array(repeating: mix, count: options.connections),
            pipeline: options.pipeline,
            rate: rate
        )
        let requests = max((options.requests ?? Churn.requests) / Churn.rounds, 1)
        var (figures, _) = try measure(loop, RunLimit(requests: requests))
        figures[.residentBytes] = process.residentBytes.map { Double($0) }
        // What was not revoked goes by itself.
        keys.forget()
        return figures
    }
}
