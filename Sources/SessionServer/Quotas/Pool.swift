// What there is for all callers together, and who holds how much of it. Each uid may have a share of what is left, so that
// whoever comes later finds something, too: the more uids there are, the smaller the share. This is how dbus-broker divides
// what its users share (its src/util/user.c); with a share of 50 % it is the same division.

/// What all callers share, divided among their uids.
final class Pool {
    /// How much there is.
    var totals: Amounts
    /// How much of what is left a uid may have when there is no other, in percent.
    var share: Int
    /// How much is held, by all uids together.
    private(set) var held = Amounts()
    /// Every uid that holds something, or has a connection.
    private(set) var accounts: [UInt32: Account] = [:]

    init(totals: Amounts, share: Int) {
        self.totals = totals
        self.share = share
    }

    /// The account of a uid; it has one from now on, until `close`.
    func open(_ uid: UInt32) -> Account {
        if let account = accounts[uid] { return account }
        let account = Account(uid: uid)
        accounts[uid] = account
        return account
    }

    /// Forgets an account that holds nothing any more.
    func close(_ account: Account) {
        if account.held == Amounts() { accounts[account.uid] = nil }
    }

    /// How much of a resource a uid may hold now.
    ///
    /// Of what it holds and what is left together, a uid that is alone may hold the share s, and beside n others
    /// 1/(1/s + n) of it: for one half that is a half, a third, a quarter. Something is left for each that comes.
    func limit(of resource: Resource, for uid: UInt32) -> Int {
        let own = accounts[uid]?.held[resource] ?? 0
        let others = accounts.count - (accounts[uid] == nil ? 0 : 1)
        let available = max(own + totals[resource] - held[resource], 0)
        let divisor = 100 + others * share
        // Rounded up: of what there is one of, somebody may have it.
        return (available * share + divisor - 1) / divisor
    }

    /// Whether a uid may hold so much more of a resource.
    func hasRoom(for amount: Int = 1, of resource: Resource, _ uid: UInt32) -> Bool {
        (accounts[uid]?.held[resource] ?? 0) + amount <= limit(of: resource, for: uid)
    }

    /// Notes that an account holds more, or less; whether it may is asked before.
    func add(_ amount: Int, of resource: Resource, to account: Account) {
        account.held[resource] += amount
        held[resource] += amount
    }
}

/// What one uid holds, through all its connections.
final class Account {
    let uid: UInt32
    fileprivate(set) var held = Amounts()
    /// The round of serving in which it was last given something, and how many bytes of work that was.
    private var round = 0
    private var work = 0
    /// Connections that have more to be answered than one turn takes; they go on in this order.
    var queue: [Connection] = []
    /// Where in it those go on that have just had their turn and have more; nil for behind all others.
    var firstPlace: Int?

    /// Until when it is not served while others ask, by the service's clock; zero when it may be.
    var restsUntil: UInt64 = 0
    /// What its long turns have taken, less what was made good for since, and when that was reckoned; in nanoseconds.
    private var longTurns: (taken: UInt64, at: UInt64) = (0, 0)

    /// How much those in the queue have sent that was read, in bytes.
    var queuedBytes = 0
    /// How much that may be while more is read.
    private static let readAhead = 1 << 17

    fileprivate init(uid: UInt32) { self.uid = uid }

    /// Whether so much of what it has sent waits for its turn that nothing more is read before; the sender notices
    /// when its sockets are full.
    var isBehind: Bool { queuedBytes >= Self.readAhead }

    /// Whether it has not had its part of a round yet.
    func hasTurn(in round: Int, limit: Int) -> Bool { self.round != round || work < limit }

    /// Notes a long turn.
    ///
    /// - Parameter decay: How many times as long as a turn it takes until that is made good for.
    /// - Returns: How much time is not made good for.
    func noteLongTurn(_ took: UInt64, at now: UInt64, decay: UInt64) -> UInt64 {
        let passed = (now - min(longTurns.at, now)) / decay
        longTurns = (longTurns.taken - min(passed, longTurns.taken) + took, now)
        return longTurns.taken
    }

    /// Notes what was done for it in a round, in bytes.
    func spend(_ work: Int, in round: Int) {
        if self.round != round { (self.round, self.work) = (round, 0) }
        self.work += work
    }
}
