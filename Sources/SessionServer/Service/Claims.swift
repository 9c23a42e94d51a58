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
}

/// Answers that wait, and for what.
struct Claims {
    /// The change that has to be on the disk before they are sent; zero for none.
    var sequence: UInt64 = 0
    var all: [Claim] = []
    /// What was called for them and for the answers among them that could have been sent.
    var calls = WaitingCalls()

    /// The same claims about answers that lie elsewhere.
    func moved(by distance: Int) -> Claims {
        let moved = all.map { claim in
            let range = (claim.range.lowerBound + distance)..<(claim.range.upperBound + distance)
            return Claim(range: range, ifLost: claim.ifLost)
        }
        return Claims(sequence: sequence, all: moved, calls: calls)
    }
}
