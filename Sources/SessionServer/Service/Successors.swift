// The tokens that replaced others a moment ago, so that requests that race to rotate the same token all get the same one.
// They are kept in memory only, and no longer than the grace: then they are overwritten.

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

    private var entries: [TokenHash: Entry] = [:]
    /// The same, oldest first.
    private var order: [(hash: TokenHash, until: Instant)] = []

    var count: Int { entries.count }

    /// About how much memory they take, in bytes: the hash twice, the instant twice, the token, and what an object and a
    /// place in a table take besides.
    var memory: Int { entries.count * 256 }

    /// Remembers which token has replaced another one.
    mutating func remember(_ token: Token, of replaced: TokenHash, until end: Instant, now: Instant) {
        forget(now: now)
        entries[replaced] = Entry(token, until: end)
        order.append((replaced, end))
    }

    /// The token that has replaced this one, within the grace.
    mutating func token(of replaced: TokenHash, now: Instant) -> Token? {
        forget(now: now)
        return entries[replaced]?.token
    }

    /// Forgets all whose grace is over.
    mutating func forget(now: Instant) {
        let over = order.prefix { $0.until <= now }
        for (hash, _) in over {
            if let entry = entries[hash], entry.until <= now { entries[hash] = nil }
        }
        order.removeFirst(over.count)
    }

    /// Forgets everything: the rotations were taken back.
    mutating func forgetAll() {
        entries = [:]
        order = []
    }
}
