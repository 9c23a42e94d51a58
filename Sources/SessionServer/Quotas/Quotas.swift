// How much callers may have: those of the administrator's socket out of a reserve of their own, which nobody else can
// take, all others out of one pool that their uids share.

internal import JSONRPC
internal import Sessions

/// The limits that are in force.
struct QuotaLimits: Equatable, Sendable {
    /// How many connections there may be, besides the administrators'.
    var connections = 4096
    /// How many bytes may be kept between turns; zero for any number.
    var memory = 1 << 26
    var watchers = 1024
    var waiting = 8192
    /// How much of what is left a uid may have when there is no other, in percent.
    var uidShare = 50
    /// How long a line may take that was begun; zero for any time.
    var lineTimeout = Milliseconds.seconds(30)

    /// What is kept for the administrator's socket, besides.
    static let administrators = Amounts(connections: 32, memory: 1 << 24, watchers: 32, waiting: 4096)
}

/// Who holds how much, and who wanted more.
final class Quotas {
    var limits: QuotaLimits { didSet { apply() } }
    /// What all callers share but those of the administrator's socket.
    let callers: Pool
    let administrators = Pool(totals: QuotaLimits.administrators, share: 100)
    /// How often there was an offence, by its kind.
    private(set) var offences = [Int64](repeating: 0, count: Offence.allCases.count)
    /// Told of each offence.
    var report: (Offender) -> Void = { _ in }

    init(_ limits: QuotaLimits) {
        self.limits = limits
        callers = Pool(totals: Amounts(), share: limits.uidShare)
        apply()
    }

    /// How many uids are connected, counted anew for the administrator's socket.
    var accountCount: Int { callers.accounts.count + administrators.accounts.count }

    /// What callers of a role share.
    func pool(of role: Role) -> Pool { role == .administrator ? administrators : callers }

    /// Whether a caller may have one more of a resource; if not, that is counted and reported.
    func grants(_ resource: Resource, to peer: Peer, as role: Role) -> Bool {
        let pool = pool(of: role)
        guard !pool.hasRoom(of: resource, peer.userID) else { return true }
        note(resource, by: peer, pool)
        return false
    }

    /// Whether one more answer to a caller may wait for the disk, by their number and by the memory that they take.
    func grantsWaiting(to peer: Peer, as role: Role) -> Bool {
        let pool = pool(of: role)
        if pool.hasRoom(of: .memory, peer.userID) { return grants(.waiting, to: peer, as: role) }
        let own = pool.accounts[peer.userID]?.held.memory ?? 0
        note(.waiting, by: peer, "its uid has \(own) of \(pool.totals.memory) bytes for answers that wait and others")
        return false
    }

    /// Whether a caller may make a change for which it does not wait.
    ///
    /// - Parameter isDiskLate: Whether much waits for the disk already.
    func grantsHaste(_ isDiskLate: Bool, to peer: Peer) -> Bool {
        if isDiskLate { note(.waiting, by: peer, "it sends changes as notifications faster than the disk takes them") }
        return !isDiskLate
    }

    /// Counts and reports that a caller wants more of a resource than its uid may have.
    func note(_ resource: Resource, by peer: Peer, _ pool: Pool) {
        let own = pool.accounts[peer.userID]?.held[resource] ?? 0
        let share = "has \(own) of \(pool.totals[resource])"
        switch resource {
        case .connections: note(.connections, by: peer, "its uid \(share) connections, and may have no more")
        case .memory: note(.memory, by: peer, "its uid \(share) bytes for unfinished lines and untaken answers")
        case .watchers: note(.watchers, by: peer, "its uid \(share) watchers, and may have no more")
        case .waiting: note(.waiting, by: peer, "its uid \(share) answers that wait for the disk")
        }
    }

    /// Counts and reports an offence.
    func note(_ offence: Offence, by peer: Peer, _ reason: String) {
        if let place = Offence.allCases.firstIndex(of: offence) { offences[place] += 1 }
        report(Offender(offence: offence, peer: peer, reason: reason))
    }

    /// How much of a resource each uid holds, through all sockets.
    func held(_ resource: Resource) -> [(uid: UInt32, amount: Int)] {
        let all = [callers, administrators].flatMap { $0.accounts.values.map { ($0.uid, $0.held[resource]) } }
        return Dictionary(all, uniquingKeysWith: +).sorted { $0.key < $1.key }.map { (uid: $0.key, amount: $0.value) }
    }

    private func apply() {
        // More than any machine has, and little enough to be reckoned with.
        let most = Int(Int32.max) << 16
        callers.totals = Amounts(
            connections: limits.connections,
            memory: limits.memory > 0 ? min(limits.memory, most) : most,
            watchers: limits.watchers,
            waiting: limits.waiting
        )
        callers.share = limits.uidShare
    }
}

extension RPCError {
    /// A caller's uid has its share of a resource.
    static func overShare(_ what: String, _ doing: String) -> RPCError {
        .quota("your uid has its share of \(what)", hint: "\(doing); see uidShare in the configuration")
    }
}
