// The tokens that replaced others a moment ago, so that requests that race to rotate the same token all get the same one.
// They are kept in memory only, and no longer than the grace and a second: then they are overwritten. However many there are,
// neither remembering nor forgetting one takes long: each has its part of 256 small tables.

internal import Sessions

/// The secrets of fresh tokens, by the tokens that they replaced.
struct Successors {
    private final class Entry {
        private(set) var token: Token
        let until: Instant

        init(_ token: Token, until end: Instant) {
            self.token = token
            until = end
        }

        deinit { token.wipe() }
    }

    /// Those of one in 256 replaced tokens.
    private struct Part {
        var entries: [TokenHash: Entry] = [:]
        /// The same, oldest first.
        var order: [(hash: TokenHash, until: Instant)] = []

        /// Forgets so many whose grace is over; counted down.
        mutating func forget(now: Instant, budget: inout Int) {
            let over = order.prefix(budget).prefix { $0.until <= now }
            for (hash, _) in over {
                if let entry = entries[hash], entry.until <= now { entries[hash] = nil }
            }
            budget -= over.count
            order.removeFirst(over.count)
        }
    }

    private static let partCount = 256

    private var parts = [Part](repeating: Part(), count: partCount)
    /// Which part is looked at next for those whose grace is over.
    private var next = 0

    private(set) var count = 0

    /// About how much memory they take, in bytes: the hash twice, the instant twice, the token, and what an object and a
    /// place in a table take besides.
    var memory: Int { count * 256 }

    /// Remembers which token has replaced another one.
    mutating func remember(_ token: Token, of replaced: TokenHash, until end: Instant) {
        let part = part(of: replaced)
        let before = parts[part].entries.count
        parts[part].entries[replaced] = Entry(token, until: end)
        parts[part].order.append((replaced, end))
        count += parts[part].entries.count - before
    }

    /// The token that has replaced this one, within the grace.
    func token(of replaced: TokenHash, now: Instant) -> Token? {
        guard let entry = parts[part(of: replaced)].entries[replaced], entry.until > now else { return nil }
        return entry.token
    }

    /// Forgets those whose grace is over.
    ///
    /// - Parameter budget: How many may be forgotten; counted down. When some is left, all were.
    mutating func forget(now: Instant, budget: inout Int) {
        var finished = 0
        while budget > 0, finished < Self.partCount {
            let before = parts[next].entries.count
            parts[next].forget(now: now, budget: &budget)
            count += parts[next].entries.count - before
            if budget > 0 { (next, finished) = ((next + 1) % Self.partCount, finished + 1) }
        }
    }

    /// Forgets everything: the rotations were taken back.
    mutating func forgetAll() {
        parts = [Part](repeating: Part(), count: Self.partCount)
        count = 0
    }

    /// By a hash with a seed, so that nobody can choose tokens that are all in one part.
    private func part(of hash: TokenHash) -> Int { hash.hashValue & (Self.partCount - 1) }
}
