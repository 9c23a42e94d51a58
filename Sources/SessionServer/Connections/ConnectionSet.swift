// The connections and the epoll set they are in: who comes, who goes, who is sent away. How they are served, and how answers
// are delivered, is in the files beside this one.

internal import CLinux
internal import Durability
internal import Glibc
internal import JSONRPC
internal import Sessions

/// The connected callers.
final class ConnectionSet {
    /// After how many bytes of answers a round sends them before all are served.
    static let outputLimit = 1 << 20

    /// Readable when a connection is ready, or one has more to be answered.
    var descriptor: CInt { epoll.descriptor }
    /// How many callers there are.
    private(set) var count = 0
    /// Told when the descriptor that is waited for beside the connections is readable.
    private(set) var attended: (descriptor: CInt, isReadable: () -> Void)?
    /// Told of a connection whose next line asks for a snapshot; `resume` goes on with it.
    var snapshotWanted: (Connection) -> Void = { _ in }
    /// Told of each new caller.
    var added: (Connection) -> Void = { _ in }

    let service: SessionService
    let clock: () -> Instant
    let epoll: EpollSet
    /// By descriptor.
    var connections: [Connection?] = []
    var round = Round()
    /// Whether callers of more than one uid are connected; those of the administrator's socket count by themselves.
    private(set) var isShared = false
    /// The number of the present round.
    var roundNumber = 0
    /// The account that was given something last, and the round from which on it counts as the only one that asks.
    var lastAccount: Account?
    var contendedUntil = 0
    /// The accounts that have connections in their queues.
    var queues: [Account] = []
    /// In the epoll set, and ready for as long as there are queues, or watchers to be told something.
    let wake: CInt
    private var isAwake = false
    /// In the epoll set: ready when a rest is over, which is when the alarm goes off; zero when none is set.
    let timer: CInt
    var alarm: UInt64 = 0
    /// What waits for the disk: the first in line for the oldest change.
    var waiting: [(connection: Connection, answers: HeldAnswers)] = []
    /// Rounds of answers that all were sent, for further ones.
    var spareRounds: [HeldRound] = []
    /// The descriptors of those who are told of changes.
    var watchers: Set<CInt> = []
    /// Those of them whose turn to be told is still to come.
    var untold: [CInt] = []
    /// The last change that all watchers have been told of or have yet to take.
    var toldSequence: UInt64 = 0
    /// The position behind the last event then: some come late.
    var toldEnd = 0
    private(set) var isReading = true

    /// Whether everything that was read is answered, and every answer has been taken.
    var isDrained: Bool {
        queues.isEmpty && untold.isEmpty && connections.allSatisfy { $0.map { $0.output.isEmpty && $0.isFree } ?? true }
    }

    init(service: SessionService, clock: @escaping () -> Instant) throws(SystemError) {
        self.service = service
        self.clock = clock
        epoll = try EpollSet()
        wake = CInt(try systemCall("eventfd") { Int(eventfd(1, CInt(EFD_CLOEXEC | EFD_NONBLOCK))) })
        try epoll.add(wake, [])
        timer = CInt(
            try systemCall("timerfd") { Int(timerfd_create(CLOCK_MONOTONIC, CInt(TFD_CLOEXEC) | CInt(TFD_NONBLOCK))) }
        )
        try epoll.add(timer, .readable)
        connections = [Connection?](repeating: nil, count: Int(max(wake, timer)) + 1)
    }

    deinit {
        for account in queues { account.queue = [] }
        close(wake)
        close(timer)
    }

    /// Adds a caller; its socket is closed when it goes, or when it cannot be added.
    func add(_ socket: CInt, role: Role, peer: Peer) throws(SystemError) {
        let pool = service.quotas.pool(of: role)
        let account = pool.open(peer.userID)
        let connection = Connection(
            descriptor: socket,
            role: role,
            peer: peer,
            account: account,
            interest: .readable
        )
        do throws(SystemError) {
            try epoll.add(socket, .readable)
        } catch {
            pool.close(account)
            throw error
        }
        pool.add(1, of: .connections, to: account)
        isShared = service.quotas.accountCount > 1
        while connections.count <= Int(socket) { connections.append(nil) }
        connections[Int(socket)] = connection
        count += 1
        service.statistics.connectionsOpen += 1
        service.statistics.connectionsTotal += 1
        added(connection)
    }

    /// Waits for a descriptor beside the connections.
    ///
    /// - Parameter isReadable: Called in each round in which it is readable.
    func attend(to descriptor: CInt, isReadable: @escaping () -> Void) throws(SystemError) {
        try epoll.add(descriptor, .readable)
        attended = (descriptor, isReadable)
    }

    /// Waits until a connection, or what is attended to, is ready; not while a commit waits for there being nothing to do.
    func wait() {
        if !service.journal.isCommitDueWhenIdle { epoll.wait() }
    }

    /// Reads no more from anyone; what was read is answered, and answers can still be taken.
    func stopReading() {
        isReading = false
        for case let connection? in connections {
            serve { round in
                serve(connection, mayRead: false, &round)
                deliver(&round)
            }
        }
        service.journal.commitIfDue(isIdle: true)
    }

    /// Closes who was sent away and has not gone by itself, and sends away who does not finish a line; called about once a
    /// second.
    func tick() {
        let timeout = service.quotas.limits.lineTimeout
        let ticks = (timeout.count + 999) / 1000
        for case let connection? in connections {
            if connection.isClosing {
                guard connection.held == 0 else { continue }
                if connection.hadNotice { remove(connection) } else { connection.hadNotice = true }
            } else if ticks > 0, connection.isInLine {
                connection.ticksInLine += 1
                if connection.ticksInLine > ticks { expelSlow(connection, timeout) }
            }
        }
    }

    /// The connection with this descriptor.
    subscript(descriptor: CInt) -> Connection? { connections[Int(descriptor)] }

    /// Whether a connection has not gone since.
    func has(_ connection: Connection) -> Bool { connections[Int(connection.descriptor)] === connection }

    /// Lets the set be ready, whatever its connections are, when there is something left to do.
    func stayAwakeAsNeeded() {
        let areAllResting = queues.allSatisfy(isResting)
        if areAllResting, !queues.isEmpty { wakeAfterRests() }
        let isNeeded = !areAllResting || !untold.isEmpty
        guard isNeeded != isAwake else { return }
        isAwake = isNeeded
        epoll.modify(wake, isNeeded ? .readable : [])
    }

    func remove(_ connection: Connection) {
        if connection.watcher != nil { setWatcher(.end, of: connection) }
        epoll.remove(connection.descriptor)
        connections[Int(connection.descriptor)] = nil
        count -= 1
        service.statistics.connectionsOpen -= 1
        settleAccount(of: connection)
        isShared = service.quotas.accountCount > 1
    }
}
