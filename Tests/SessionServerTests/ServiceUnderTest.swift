// The daemon without its sockets, as these tests drive it: an empty store, a clock that the test sets, and lines that go
// in as one of the roles and come out as answers.

import Durability
import JSONRPC
import Sessions
import Testing

@testable import SessionServer

extension Instant {
    /// When every test begins.
    static let start = Instant(milliseconds: 1_700_000_000_000)

    /// So many milliseconds later, or earlier.
    func plus(_ milliseconds: Int64) -> Instant { Instant(milliseconds: self.milliseconds + milliseconds) }
}

/// A service whose time only the test lets pass, and whose disk does what the test says.
final class ServiceUnderTest {
    let service: SessionService
    /// What the journal asked of the writer and was not done yet.
    private let commands: Commands
    /// Whether the disk does what it is asked at once; otherwise when `work` is called.
    var isDiskFast = true
    var now = Instant.start
    /// The snapshot that was taken for the lines to come.
    var snapshot: SnapshotOutcome?
    /// The monotonic clock, in nanoseconds.
    let ticks = Ticks()
    /// Whether answers are held against what `rpc.discover` says of them.
    private let isChecked: Bool
    /// What the last line that asked to watch is to be told.
    private(set) var watcher: Watcher?
    /// The epochs of the journals that were begun.
    private(set) var epochs: [Epoch] = []
    /// What was reported for the log.
    private(set) var reports: [AdministrativeAction] = []

    init(
        policy: Policy = Policy(),
        recovery: RecoveryFacts = .nothing,
        sync: SyncPolicy = .always,
        watchHistory: Int = 100,
        isChecked: Bool = true,
        past: Past? = nil
    ) {
        self.isChecked = isChecked
        let facts = ServiceFacts(
            version: "1.2.3",
            processID: 42,
            startedAt: .start,
            stateDirectory: "/var/lib/sessiond",
            recovery: recovery
        )
        let limits = ServiceLimits(
            connections: 77,
            snapshotInterval: .seconds(300),
            watchHistory: watchHistory,
            memory: 0
        )
        let commands = Commands()
        self.commands = commands
        var generator = SystemRandom()
        let epoch = Epoch(using: &generator)
        let last = past?.events.last?.sequence ?? 0
        let journal = Journal(generation: 0, sequence: last, complete: last, sync: sync, epoch: epoch, clock: { 0 }) {
            commands.list.append($0)
        }
        journal.begin(now: .start)
        var store = SessionStore(policy: policy, now: .start)
        store.advance(to: last)
        let ticks = ticks
        service = SessionService(store: store, past: past, journal: journal, facts: facts, limits: limits) {
            ticks.read()
        }
        service.report = { [unowned self] action, _ in reports.append(action) }
    }

    private final class Commands {
        var list: [WriterCommand] = []
    }

    /// A clock that moves when it is set, or when it is read.
    final class Ticks {
        var now: UInt64 = 0
        /// How much later it is each time that somebody looks.
        var perReading: UInt64 = 0

        func read() -> UInt64 {
            now += perReading
            return now
        }
    }

    /// Lets the disk do what it was asked, and the service take note of it.
    ///
    /// - Parameter error: What happens instead of the next commit.
    /// - Returns: What came of it.
    @discardableResult
    func work(failingWith error: SystemError? = nil) -> [Journal.Event] {
        service.journal.commitIfDue(isIdle: true)
        let asked = commands.list
        commands.list = []
        var events: [Journal.Event] = []
        var error = error
        for command in asked {
            let done: WriterEvent
            switch command {
            case .commit(_, upTo: let sequence): done = error.map { .journalFailed($0) } ?? .committed(upTo: sequence)
            case .beginJournal(let beginning):
                epochs.append(beginning.epoch)
                done = .journalBegun(generation: beginning.generation)
            case .appendToSnapshot(let piece): done = .pieceWritten(piece.count)
            case .finishSnapshot: done = .snapshotFinished(SnapshotReceipt(name: "snapshot", bytes: 100))
            case .ping: done = .pong
            case .beginSnapshot, .stop: continue
            }
            if case .journalFailed = done { error = nil }
            guard let event = service.journal.handle(done, now: now) else { continue }
            switch event {
            case .durable(let sequence): service.settle(upTo: sequence)
            case .failed: service.takeBack()
            default: break
            }
            events.append(event)
        }
        return events
    }

    /// Takes a snapshot, all at once; after a failure that mends the journal.
    func takeSnapshot() {
        service.journal.beginSnapshot(of: service.store, now: now)
        service.journal.proceed(through: service.store) { false }
        while !work().isEmpty {}
    }

    /// The number of the last change: a call that changed nothing leaves it.
    var sequence: UInt64 { service.store.sequence }

    func pass(_ duration: Milliseconds) { now = now.advanced(by: duration) }

    /// Lets the sweep take everything that has ended.
    func sweep() {
        var budget = Int.max
        while let change = service.store.nextExpiry(now: now, budget: &budget) { service.commit(change, at: now) }
        service.forgetSuccessors(now: now, budget: &budget)
    }

    /// Carries out all revocations of many.
    func carryOutRevocations() {
        var budget = Int.max
        service.carryOutRevocations(budget: &budget)
    }

    /// Sends one line and returns what comes back, with its line feed.
    func bytes(_ line: [UInt8], as role: Role = .application) -> [UInt8] {
        var output = ByteBuffer()
        let caller = Caller(role: role, peer: .tester, snapshot: snapshot)
        service.answer(line.span, from: caller, now: now, to: &output)
        if case .begin(let new) = service.takeEffects()?.watchRequest { watcher = new }
        if isDiskFast { work() }
        let span = output.bytes
        return span.indices.map { span[$0] }
    }

    /// Sends one line and returns what comes back as text.
    func text(_ line: String, as role: Role = .application) -> String {
        String(decoding: bytes(Array(line.utf8), as: role), as: UTF8.self)
    }

    /// Calls a method and returns the whole answer, which is one line.
    func answer(_ method: String, _ params: String = "{}", as role: Role = .application) throws -> JSON {
        let answer = bytes(Array(request(method, params).utf8), as: role)
        try #require(answer.last == UInt8(ascii: "\n") && answer.count { $0 == UInt8(ascii: "\n") } == 1)
        let json = try JSON(answer)
        #expect(json["jsonrpc"] == "2.0")
        #expect(json["id"] == 1)
        #expect(json.names.count == 3)
        if isChecked { #expect(try DiscoveredDocument.usual.get().faults(of: json, to: method) == []) }
        return json
    }

    /// Calls a method that is to succeed.
    func call(_ method: String, _ params: String = "{}", as role: Role = .application) throws -> JSON {
        let answer = try answer(method, params, as: role)
        return try #require(answer["result"], "\(method) \(params.prefix(200)): \(answer)")
    }

    /// Calls a method that is to be refused, and makes sure that this changed nothing.
    func refusal(_ method: String, _ params: String = "{}", as role: Role = .application) throws -> Refused {
        let before = sequence
        let answer = try answer(method, params, as: role)
        #expect(sequence == before, "a refused call changed something: \(method) \(params.prefix(200))")
        let error = try #require(answer["error"], "not refused: \(method) \(params.prefix(200))")
        return try Refused(error)
    }

    /// Creates a session.
    func create(_ params: String = #"{"userId":"ann"}"#) throws -> (token: String, session: JSON) {
        let result = try call("session.create", params)
        return (try #require(result["token"]?.string), try #require(result["session"]))
    }

    /// Creates a session of which only the names are needed.
    func createNamed(_ params: String = #"{"userId":"ann"}"#) throws -> (token: String, id: String) {
        let (token, session) = try create(params)
        return (token, try #require(session["id"]?.string))
    }

    /// Looks a token up.
    func lookup(_ token: String, as role: Role = .application) throws -> JSON {
        try call("session.lookup", #"{"token":"\#(token)"}"#, as: role)
    }

    /// Whether a token names a living session; asking never touches.
    func isAlive(_ token: String) throws -> Bool {
        try lookup(token, as: .reader)["session"] != .null
    }
}

/// The line of a request with the id 1.
func request(_ method: String, _ params: String = "{}", id: String = "1") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
}

/// An error as a caller reads it.
struct Refused {
    let code: Int64
    let message: String
    let data: JSON?
    var hint: String? { data?["hint"]?.string }

    init(_ error: JSON) throws {
        code = try #require(error["code"]?.integer)
        message = try #require(error["message"]?.string)
        data = error["data"]
        #expect(error.names == (data == nil ? ["code", "message"] : ["code", "message", "data"]))
    }
}

extension Peer {
    /// Nobody in particular.
    static let tester = Peer(processID: 4711, userID: 1000, groupID: 100)
}

extension RecoveryFacts {
    /// A start without a snapshot.
    static let nothing = RecoveryFacts(
        snapshot: nil,
        journals: [],
        damaged: [],
        sessions: 0,
        tombstones: 0,
        changes: 0,
        bytes: 0,
        cutBytes: 0,
        took: .zero
    )
}
