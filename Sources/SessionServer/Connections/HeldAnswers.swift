// Answers that wait for the disk. Those of a round lie in one buffer, which is kept until the last of them is sent and used
// again for another round: a login is then held without memory of its own.

internal import JSONRPC

/// The answers of a round that wait.
final class HeldRound {
    private var answers = ByteBuffer()
    fileprivate var claims: [Claim] = []

    /// Empties it for another round.
    func reset() {
        answers.reset(keeping: 1 << 18)
        claims.removeAll(keepingCapacity: true)
    }

    /// Overwrites what was held.
    func wipe() { answers.wipe() }

    /// How many bytes are held.
    fileprivate var count: Int { answers.count }

    /// Keeps answers of which those that are claimed have not come true.
    fileprivate func append(
        _ old: Span<UInt8>,
        revised claims: [Claim],
        with error: RPCError,
        failed: (RPCError) -> Void
    ) {
        var end = 0
        for claim in claims {
            answers.append(old.extracting(end..<claim.range.lowerBound))
            end = claim.range.upperBound
            switch claim.ifLost {
            case .error:
                failed(error)
                JSONRPC.revise(old.extracting(claim.range), with: error, to: &answers)
            case .notDurable:
                answers.append(old.extracting(claim.range.lowerBound..<(end - "true}}".utf8.count)))
                answers.append("false}}")
            case .same:
                answers.append(old.extracting(claim.range))
            }
        }
        answers.append(old.extracting(end...))
    }

    /// Lends answers.
    fileprivate func withAnswers<Result>(at range: Range<Int>, _ body: (Span<UInt8>) -> Result) -> Result {
        answers.lend(range, to: body)
    }

    /// Keeps answers to one connection.
    ///
    /// - Parameters:
    ///   - share: Where they lie among those of their round.
    ///   - all: The claims of their round.
    func hold(_ share: Range<Int>, of round: Span<UInt8>, _ wait: Wait, among all: [Claim]) -> HeldAnswers {
        let (start, firstClaim) = (answers.count, claims.count)
        answers.append(round.extracting(share))
        for place in wait.claims { claims.append(all[place].moved(by: start - share.lowerBound)) }
        return HeldAnswers(wait, round: self, range: start..<answers.count, claims: firstClaim..<claims.count)
    }
}

/// The answers of one turn to one connection that wait.
struct HeldAnswers {
    /// The change that has to be on the disk before they are sent.
    let sequence: UInt64
    /// Those of the round that they belong to.
    var round: HeldRound
    /// Where they lie in it.
    private(set) var range: Range<Int>
    /// The places of the claims about them.
    private var claims: Range<Int>
    /// What was called for them.
    let calls: WaitingCalls
    /// How many bytes and claims were held, whatever they are revised to.
    let heldBytes: Int
    let heldClaims: Int

    fileprivate init(_ wait: Wait, round: HeldRound, range: Range<Int>, claims: Range<Int>) {
        sequence = wait.sequence
        calls = wait.calls
        (heldBytes, heldClaims) = (range.count, claims.count)
        self.round = round
        self.range = range
        self.claims = claims
    }

    /// Lends them.
    func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result { round.withAnswers(at: range, body) }

    /// Rewrites them when what they wait for will not come: with an error, or, where a revocation is said to be durable,
    /// by saying that it is not.
    ///
    /// - Parameter failed: Told of every request that ends in the error after all.
    mutating func revise(with error: RPCError, failed: (RPCError) -> Void) {
        let claims = round.claims[claims].map { $0.moved(by: -range.lowerBound) }
        let new = HeldRound()
        withBytes { new.append($0, revised: claims, with: error, failed: failed) }
        (round, range, self.claims) = (new, 0..<new.count, 0..<0)
    }
}

extension ByteBuffer {
    /// Lends some of its bytes.
    fileprivate borrowing func lend<Result>(_ range: Range<Int>, to body: (Span<UInt8>) -> Result) -> Result {
        body(bytes.extracting(range))
    }
}
