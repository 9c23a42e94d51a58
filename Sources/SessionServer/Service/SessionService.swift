// The daemon without its sockets: a line goes in, an answer comes out. Its state is one value, which the methods are
// handed; `commit` is the only place where a change is made.

internal import Durability
internal import JSONRPC
internal import Sessions

/// Who sent a line, and what was done for it beforehand.
struct Caller: Sendable {
    let role: Role
    let peer: Peer
    /// The snapshot that was taken for a line that asks for one.
    var snapshot: SnapshotOutcome?
}

/// How a snapshot that was asked for went.
enum SnapshotOutcome: Sendable {
    case written(SnapshotSummary)
    case failed(SystemError)
}

/// A snapshot that is on the disk.
struct SnapshotSummary: Sendable {
    let path: String
    let sessions: Int
    let bytes: Int
    let took: Milliseconds
}

/// What happened that an administrator should find in the log.
enum AdministrativeAction {
    case revokedEveryone(count: Int, cause: [UInt8])
    case tookSnapshot
}

/// What the methods act on.
struct ServiceState: ~Copyable {
    var store: SessionStore
    var statistics = ServiceStatistics()
    var generator = SystemRandomNumberGenerator()
    /// Facts for `server.info` that do not change while the daemon runs.
    let facts: ServiceFacts
    /// The limits that are in force, for `server.info`.
    var limits: ServiceLimits
    /// Set when the daemon is stopping: nothing is changed any more.
    var isStopping = false
    /// Told of what an administrator should find in the log.
    var report: (AdministrativeAction, Caller) -> Void = { _, _ in }

    /// Makes a change: numbers it and applies it.
    mutating func commit(_ change: Change) {
        store.apply(change, sequence: store.sequence + 1)
        statistics.count(change)
    }

    /// Refuses to change anything when the daemon is stopping.
    func requireWritable() throws(RPCError) {
        guard isStopping else { return }
        throw .unavailable("the daemon is stopping", hint: "connect again: the socket stays")
    }

    fileprivate mutating func carryOut(
        _ request: Request,
        in line: Span<UInt8>,
        from caller: Caller,
        now: Instant,
        to output: inout ByteBuffer
    ) throws(RPCError) {
        guard let name = request.method else { throw .internalError("a request without a method") }
        guard let place = Method.place(of: name, in: line) else {
            let hint = "the methods are listed in the README and in the protocol reference"
            throw .methodNotFound(String(decoding: line.unescaped(name).prefix(64), as: UTF8.self), hint: hint)
        }
        let table = Method.table
        statistics.countCall(of: place)
        guard table[place].roles.contains(caller.role) else {
            throw .forbidden(
                "\(table[place].name) is not for the \(caller.role.rawValue) socket",
                hint: "connect to a socket with another role; see the protocol reference"
            )
        }
        let call = try Call(request, of: table[place], in: line, caller: caller, now: now)
        try table[place].body(&self, call, &output)
    }
}

/// The sessions of this host, shared by all that serve them.
final class SessionService {
    private var state: ServiceState

    init(store: consuming SessionStore, facts: ServiceFacts, limits: ServiceLimits) {
        state = ServiceState(store: store, facts: facts, limits: limits)
    }

    var facts: ServiceFacts { state.facts }

    var store: SessionStore {
        _read { yield state.store }
        _modify { yield &state.store }
    }

    var statistics: ServiceStatistics {
        _read { yield state.statistics }
        _modify { yield &state.statistics }
    }

    var limits: ServiceLimits {
        get { state.limits }
        set { state.limits = newValue }
    }

    var isStopping: Bool {
        get { state.isStopping }
        set { state.isStopping = newValue }
    }

    var report: (AdministrativeAction, Caller) -> Void {
        get { state.report }
        set { state.report = newValue }
    }

    /// Makes a change.
    func commit(_ change: Change) { state.commit(change) }

    /// Answers one line.
    ///
    /// - Parameters:
    ///   - line: The bytes of the line, without its line feed.
    ///   - now: What time it is; everything that the line asks for happens at this instant.
    ///   - output: Where the answer, if there is one, is appended.
    func answer(_ line: Span<UInt8>, from caller: Caller, now: Instant, to output: inout ByteBuffer) {
        state.answer(line, from: caller, now: now, to: &output)
    }
}

extension ServiceState {
    fileprivate mutating func answer(
        _ line: Span<UInt8>,
        from caller: Caller,
        now: Instant,
        to output: inout ByteBuffer
    ) {
        JSONRPC.answer(line: line, to: &output, failed: { statistics.count($0) }) {
            (request, line, output) throws(RPCError) in
            try carryOut(request, in: line, from: caller, now: now, to: &output)
        }
    }
}
