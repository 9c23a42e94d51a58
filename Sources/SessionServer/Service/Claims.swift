// Which answers are true only once a change is on the disk, and which change that is.

/// An answer that is true only once a change is on the disk.
struct Claim {
    /// Where it lies in the answers of the round.
    let range: Range<Int>
    /// It says of a revocation that it is durable. The revocation holds even when that turns out false.
    let isRevocation: Bool
}

/// Answers that wait, and for what.
struct Claims {
    /// The change that has to be on the disk before they are sent; zero for none.
    var sequence: UInt64 = 0
    var all: [Claim] = []

    /// The same claims about answers that lie elsewhere.
    func moved(by distance: Int) -> Claims {
        let moved = all.map { claim in
            let range = (claim.range.lowerBound + distance)..<(claim.range.upperBound + distance)
            return Claim(range: range, isRevocation: claim.isRevocation)
        }
        return Claims(sequence: sequence, all: moved)
    }
}
