// The good callers: three uids, each with a connection for lookups and one for changes, and a watcher. They are a process of
// one thread, told what to do by lines on its standard input; each gets a line of JSON back.
//
// The load is open: a lookup is sent when its time has come, whether or not those before it were answered, so that a daemon
// that stalls is asked no less. Its latency is the time from sending it to having read the answer. What is known of the
// sessions is checked with every answer.

import CLinux
import Foundation
import LoadGenerator

final class GoodCallers {
    static let uids: [uid_t] = [20_001, 20_002, 20_003]
    /// A second, by all of them together.
    static let lookupsPerSecond: UInt64 = 2000
    static let changesPerSecond: UInt64 = 40
    /// About how many sessions are alive.
    static let size = 1000
    /// For how long answers to changes are left for those to lookups, in nanoseconds.
    private static let longestNeglect: UInt64 = 10_000_000

    private let path: Socket
    let admin: Socket
    var sessions = KnownSessions()
    var lookups: [CallerConnection]
    var changes: [CallerConnection]
    private let watcher: CallerConnection
    private let timer: CInt
    private var input: [UInt8] = []

    /// Nothing new is asked.
    var isPaused = true
    /// The daemon may be gone, and its disk out of order.
    var mayFail = false
    /// When answers to changes were last looked at.
    private var lastOthers: UInt64 = 0
    private var lookupDue: UInt64 = 0
    private var changeDue: UInt64 = 0
    private var lookupCount = 0
    private var changeCount = 0
    var lastData = 0

    /// Latencies of the lookups, by what was going on.
    var latencies: [String: Latencies] = [:]
    /// What is measured: lookups that are sent within this time.
    var measured: (name: String, time: Range<UInt64>)?
    /// What was ordered and is not done yet.
    var pending: Order?
    /// Revocations that were not durable.
    var soft: [Int] = []
    var tally = Tally()

    /// What has come of it until now.
    struct Tally {
        var acknowledged = 0
        var refused = 0
        var revocations = 0
        var told = 0
        var resyncs = 0
        var connections = 0
        /// How many sessions may have begun that nobody has heard of.
        var unnamed = 0
        /// How many sessions were looked for after starts.
        var looked = 0
        var problems: [String] = []
    }

    init(to path: Socket, admin: Socket) {
        self.path = path
        self.admin = admin
        lookups = Self.uids.map { CallerConnection(uid: $0, to: path) }
        changes = Self.uids.map { CallerConnection(uid: $0, to: path) }
        watcher = CallerConnection(uid: Self.uids[0], to: path)
        timer = timerfd_create(CLOCK_MONOTONIC, CInt(TFD_CLOEXEC) | O_NONBLOCK)
        let interval = timespec(tv_sec: 0, tv_nsec: Int(1_000_000_000 / Self.lookupsPerSecond))
        var times = itimerspec(it_interval: interval, it_value: interval)
        unsafe timerfd_settime(timer, 0, &times, nil)
    }

    private var all: [CallerConnection] { lookups + changes + [watcher] }
    /// Nobody waits for an answer.
    var isQuiet: Bool { all.allSatisfy { $0.unanswered.isEmpty } }

    /// Serves until standard input ends.
    func run() throws {
        while true {
            for connection in all where connection.connect() {
                tally.connections += 1
                if connection === watcher { watcher.ask("watch", "", .watch) }
            }
            // While a lookup is under way nothing else is done that takes time: it would be measured as well.
            let isAsked = !lookups.allSatisfy { $0.unanswered.isEmpty }
            let isBusy = isAsked && monotonicTime() - lastOthers < Self.longestNeglect
            if !isBusy { lastOthers = monotonicTime() }
            let waited = (isBusy ? lookups : all).filter { $0.socket != nil }
            var interests = [pollfd(fd: 0, events: Int16(POLLIN), revents: 0)]
            interests.append(pollfd(fd: timer, events: Int16(POLLIN), revents: 0))
            interests += waited.compactMap { $0.socket?.interest }
            unsafe poll(&interests, nfds_t(interests.count), 10)
            for (connection, interest) in zip(waited, interests.dropFirst(2)) where interest.revents != 0 {
                serve(connection)
            }
            if interests[1].revents != 0 {
                var expirations: UInt64 = 0
                unsafe read(timer, &expirations, MemoryLayout<UInt64>.size)
            }
            askWhatIsDue()
            try proceed()
            if interests[0].revents != 0, try !obeyInput() { return }
        }
    }

    private func askWhatIsDue() {
        let now = monotonicTime()
        guard !isPaused else {
            (lookupDue, changeDue) = (now, now)
            return
        }
        // A change first, for which those lookups then wait that are not sent yet.
        while changeDue <= now {
            changeDue += 1_000_000_000 / Self.changesPerSecond
            changeCount += 1
            let connection = changes[changeCount % changes.count]
            if connection.socket != nil, connection.unanswered.isEmpty { change(changeCount, through: connection) }
        }
        while lookupDue <= now {
            lookupDue += 1_000_000_000 / Self.lookupsPerSecond
            lookupCount += 1
            lookUp(through: lookups[lookupCount % lookups.count])
        }
    }

    private func lookUp(through connection: CallerConnection) {
        guard connection.socket != nil, let place = sessions.living(inTurn: lookupCount &* 7919) else { return }
        let session = sessions[place]
        guard session.states.count == 1, let token = session.token else { return }
        let question = CallerConnection.Question.lookup(
            place: place,
            state: session.newest,
            sentAt: monotonicTime()
        )
        connection.ask("lookup", #""token":"\#(token)""#, question)
    }

    /// Of ten changes three begin a session, three end one, and four put something else into one.
    private func change(_ number: Int, through connection: CallerConnection) {
        let isCreation = number % 10 < 3 && sessions.livingCount < Self.size * 2
        guard !isCreation else { return create(through: connection) }
        guard let place = sessions.living(inTurn: number), let token = sessions[place].token else { return }
        guard sessions[place].states.count == 1 else { return }
        let name = #""token":"\#(token)""#
        guard number % 10 < 7 || sessions.livingCount < Self.size / 2 else {
            sessions.change(place, to: .revoked)
            return connection.ask("revoke", name, .revocation(place: place))
        }
        lastData += 1
        sessions.change(place, to: .living(data: lastData))
        connection.ask("refresh", name + #","data":{"n":\#(lastData)}"#, .change(place: place, data: lastData))
    }

    func create(through connection: CallerConnection) {
        lastData += 1
        let user = "user\(lastData % 100)"
        let place = sessions.begin(user: user, token: nil, data: lastData)
        let parameters = #""userId":"\#(user)","data":{"n":\#(lastData)}"#
        connection.ask("create", parameters, .change(place: place, data: lastData))
    }

    /// Carries out the lines of standard input.
    ///
    /// - Returns: Whether there may be more.
    private func obeyInput() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(0, &chunk, chunk.count)
        guard count > 0 else { return false }
        input += chunk[..<count]
        while let end = input.firstIndex(of: UInt8(ascii: "\n")) {
            let words = String(decoding: input[..<end], as: UTF8.self).split(separator: " ", maxSplits: 2)
            input.removeSubrange(...end)
            try obey(words.map { String($0) })
        }
        return true
    }
}
