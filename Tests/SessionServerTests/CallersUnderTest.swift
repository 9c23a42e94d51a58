// Callers at the other end of real sockets, and the set of connections that serves them, without the daemon around it:
// the test decides when the set has its turn.

import Durability
import Glibc
import Sessions
import Testing

@testable import SessionServer

/// The caller's end of a connection.
final class CallerUnderTest {
    private var descriptor: CInt
    /// All that was received.
    private(set) var received: [UInt8] = []
    /// How many reads it took: one a packet on a socket that keeps packets apart.
    private(set) var reads = 0
    /// The daemon has closed the connection.
    private(set) var isClosed = false

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    deinit { close() }

    /// Sends as much as the socket takes, and returns how much that is.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Int {
        let bytes = Array(bytes)
        return max(0, unsafe Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)))
    }

    /// Sends text that fits into the socket.
    func send(_ text: String) {
        let count = send(Array(text.utf8))
        #expect(count == text.utf8.count, "the socket did not take all of it")
    }

    /// Receives what has come, at most so much.
    func receive(atMost limit: Int = .max) {
        var room = [UInt8](repeating: 0, count: min(limit, 1 << 16))
        var total = 0
        while total < limit {
            let count = unsafe recv(descriptor, &room, min(room.count, limit - total), CInt(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return }
            guard count > 0 else {
                // The end, or ECONNRESET when something that was sent was not read any more.
                isClosed = true
                return
            }
            reads += 1
            total += count
            received += room.prefix(count)
        }
    }

    /// Receives what has come, and returns the answers in it, of which each is a line.
    func answers() throws -> [JSON] {
        receive()
        try #require(received.isEmpty || received.last == UInt8(ascii: "\n"), "a line without its end")
        return try received.split(separator: UInt8(ascii: "\n")).map { try JSON(Array($0)) }
    }

    /// The ids of the answers that have come.
    func answeredIDs() throws -> [Int64?] { try answers().map { $0["id"]?.integer } }

    /// Says that nothing more will be sent; answers can still come.
    func closeHalf() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Goes away.
    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}

/// A set of connections that has its turns when the test says so.
final class ConnectionsUnderTest {
    let tested: ServiceUnderTest
    let set: ConnectionSet
    /// The daemon's end of the first connection, while it is there.
    private(set) weak var first: Connection?
    /// Those that wait for a snapshot.
    var waiting: [Connection] = []
    /// Who was refused something or sent away.
    private(set) var offenders: [Offender] = []
    /// Why callers were sent away.
    var expulsions: [String] { offenders.map(\.reason) }

    convenience init(sync: SyncPolicy = .always, watchHistory: Int = 100, past: Past? = nil) throws {
        try self.init(around: ServiceUnderTest(sync: sync, watchHistory: watchHistory, past: past))
    }

    init(around tested: ServiceUnderTest) throws {
        self.tested = tested
        set = try ConnectionSet(service: tested.service) { tested.now }
        set.added = { [unowned self] connection in first = first ?? connection }
        set.snapshotWanted = { [unowned self] connection in waiting.append(connection) }
        tested.service.quotas.report = { [unowned self] offender in offenders.append(offender) }
    }

    /// Connects a caller of a uid; with `keepsPackets`, each write of one end is one read of the other.
    func connect(
        _ role: Role = .application,
        uid: UInt32 = Peer.tester.userID,
        keepsPackets: Bool = false
    ) throws -> CallerUnderTest {
        var ends: [CInt] = [-1, -1]
        let type = CInt((keepsPackets ? SOCK_SEQPACKET : SOCK_STREAM).rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        try #require(unsafe socketpair(AF_UNIX, type, 0, &ends) == 0)
        let peer = Peer(processID: Peer.tester.processID, userID: uid, groupID: Peer.tester.groupID)
        try set.add(ends[0], role: role, peer: peer)
        return CallerUnderTest(ends[1])
    }

    /// Lets the set serve for so many turns; a turn in which nothing is ready does nothing. A fast disk works meanwhile.
    func serve(turns: Int = 20) {
        for _ in 0..<turns {
            set.serveReady()
            if tested.isDiskFast { work() }
        }
    }

    /// Lets the disk do what it was asked, and who waited for it go on.
    func work(failingWith error: SystemError? = nil) {
        for event in tested.work(failingWith: error) {
            switch event {
            case .durable(let sequence): set.release(upTo: sequence)
            case .failed(let error): set.refuseWaiting(error)
            default: break
            }
        }
        set.tellWatchers()
    }

    /// Whether the set would have another turn at once.
    var isReady: Bool {
        var poll = pollfd(fd: set.descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, 0) > 0
    }
}

/// A ping with an id, and its line feed.
func ping(_ id: Int) -> String { request("server.ping", id: String(id)) + "\n" }
