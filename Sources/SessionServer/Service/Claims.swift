// Which answers are true only once a change is on the disk, and which change that is.

/// An answer that is true only once a change is on the disk.
struct Claim {
    /// Where it lies in the answers of the round.
    let range: Range<Int>
    /// What becomes of it when the change does not get there.
    let ifLost: Alternative

    /// What is answered instead.
    enum Alternative {
        /// An error: the change is taken back.
        case error
        /// The same, but for the member `durable` at its end: a revocation holds.
        case notDurable
        /// The same.
        case same
    }

    /// The same claim about an answer that lies elsewhere.
    func moved(by distance: Int) -> Claim {
        Claim(range: (range.lowerBound + distance)..<(range.upperBound + distance), ifLost: ifLost)
    }
}

/// What the answers to one connection wait for.
struct Wait {
    /// The change that has to be on the disk before they are sent.
    let sequence: UInt64
    /// The places, among the claims of the round, of those about them.
    let claims: Range<Int>
    /// What was called for them and for the answers among them that could have been sent.
    let calls: WaitingCalls
}

/// The claims of a round, as one connection after the other is served.
struct Claims {
    private(set) var all: [Claim] = []
    /// The last change that the present connection waits for; zero for none.
    private var sequence: UInt64 = 0
    /// Where its claims begin.
    private var start = 0

    /// Whether the present connection has to wait.
    var isWaiting: Bool { sequence > 0 }

    /// Lets an answer to the present connection wait for a change.
    mutating func append(_ claim: Claim, until sequence: UInt64) {
        self.sequence = max(self.sequence, sequence)
        all.append(claim)
    }

    /// Forgets what the present connection waits for: it takes no answers any more.
    mutating func takeBack() {
        all.removeLast(all.count - start)
        sequence = 0
    }

    /// Ends the turn of a connection that has to wait.
    ///
    /// - Parameter calls: What it has called.
    mutating func endTurn(_ calls: WaitingCalls) -> Wait {
        defer { (sequence, start) = (0, all.count) }
        return Wait(sequence: sequence, claims: start..<all.count, calls: calls)
    }

    /// Ends the round.
    mutating func removeAll() {
        all.removeAll(keepingCapacity: true)
        start = 0
    }
}
