// What the methods act on, as one value that they are handed. `make` is the only place where a change is made: it goes to
// the store and to the journal at once.

internal import Durability
internal import JSONRPC
internal import Sessions

/// What the methods act on.
struct ServiceState: ~Copyable {
    var store: SessionStore
    let journal: Journal
    var statistics = ServiceStatistics()
    var generator = SystemRandom()
    /// Facts for `server.info` that do not change while the daemon runs.
    let facts: ServiceFacts
    /// The limits that are in force, for `server.info`.
    var limits: ServiceLimits
    /// Set when the daemon is stopping: nothing is changed any more.
    var isStopping = false
    /// Told of what an administrator should find in the log.
    var report: (AdministrativeAction, Caller) -> Void = { _, _ in }

    /// The change that the request being carried out waits for, if it waits for one.
    private var awaited: (sequence: UInt64, ifLost: Claim.Alternative)?
    /// The answers of the present caller that wait, and the last change that they wait for.
    private var claims = Claims()
    /// The tokens that replaced others a moment ago.
    var successors = Successors()
    /// How to take back what is not on the disk, oldest first.
    private var inverses: [(sequence: UInt64, change: Change)] = []

    init(store: consuming SessionStore, journal: Journal, facts: ServiceFacts, limits: ServiceLimits) {
        self.store = store
        self.journal = journal
        self.facts = facts
        self.limits = limits
    }

    /// Makes a change that nobody waits for: numbers it, applies it and hands it to the journal.
    mutating func commit(_ change: Change) { make(change, isAwaited: false) }

    /// Makes a change whose answer is sent when the change is on the disk, or, with `sync = "everysec"`, at once.
    mutating func commitAwaited(_ change: Change) {
        if case .revoked = change {
            make(change, isAwaited: true)
            return awaitDurability(ifLost: .same)
        }
        guard journal.sync == .always else { return make(change, isAwaited: false) }
        let inverse = store.inverse(of: change)
        make(change, isAwaited: true)
        if let inverse { inverses.append((store.sequence, inverse)) }
        awaited = (store.sequence, .error)
    }

    /// Lets the answer wait for every change so far.
    mutating func awaitDurability(ifLost: Claim.Alternative) {
        guard journal.health == .working, journal.durableSequence < store.sequence else { return }
        journal.expectCommit()
        awaited = (store.sequence, ifLost)
    }

    /// Lets an answer that changes nothing wait all the same: what it found may not be on the disk yet.
    mutating func awaitPresentState() {
        guard journal.sync == .always, journal.health == .working, journal.durableSequence < store.sequence else {
            return
        }
        journal.expectCommit()
        awaited = (store.sequence, .error)
    }

    private mutating func make(_ change: Change, isAwaited: Bool) {
        let sequence = store.sequence + 1
        store.apply(change, sequence: sequence)
        journal.append(change, sequence: sequence, isAwaited: isAwaited)
        statistics.count(change)
    }

    /// Everything up to this change is on the disk and stays.
    mutating func settle(upTo sequence: UInt64) {
        let count = inverses.prefix { $0.sequence <= sequence }.count
        inverses.removeFirst(count)
    }

    /// Takes back what was made and is not on the disk, but for revocations.
    mutating func takeBack() {
        successors.forgetAll()
        let last = inverses.reversed()
        inverses = []
        for inverse in last {
            // What was revoked meanwhile stays revoked.
            if case .expired(let id) = inverse.change, !store.isUnrevoked(id) { continue }
            make(inverse.change, isAwaited: false)
        }
    }

    /// Makes room for one more session, of this user if it is somebody's.
    ///
    /// - Throws: 429 when there is none.
    mutating func makeRoom(for user: UserID?, now: Instant) throws(RPCError) {
        if limits.memory > 0, store.memoryBytes >= limits.memory {
            let hint = "wait until sessions have ended, or raise maxMemory"
            throw .quota("the sessions take all the memory that they may (\(limits.memory) bytes)", hint: hint)
        }
        guard let user else { return }
        do {
            for change in try store.makeRoom(for: user, now: now) { commitAwaited(change) }
        } catch {
            throw RPCError(error)
        }
    }

    /// Refuses to change anything that could not be made durable.
    func requireWritable() throws(RPCError) {
        if isStopping { throw .unavailable("the daemon is stopping", hint: "connect again: the socket stays") }
        if let error = journal.refusal { throw .notDurable(error) }
    }

    private mutating func carryOut(
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

extension ServiceState {
    mutating func answer(
        _ line: Span<UInt8>,
        from caller: Caller,
        now: Instant,
        to output: inout ByteBuffer
    ) {
        JSONRPC.answer(line: line, to: &output, failed: { statistics.count($0) }, answered: { claim($0) }) {
            (request, line, output) throws(RPCError) in
            awaited = nil
            try carryOut(request, in: line, from: caller, now: now, to: &output)
        }
    }

    private mutating func claim(_ range: Range<Int>) {
        guard let awaited else { return }
        claims.sequence = max(claims.sequence, awaited.sequence)
        claims.all.append(Claim(range: range, ifLost: awaited.ifLost))
        self.awaited = nil
    }

    mutating func takeClaims() -> Claims? {
        guard claims.sequence > 0 else { return nil }
        defer { claims = Claims() }
        return claims
    }
}
