// What the methods act on, as one value that they are handed. `make` is the only place where a change is made: it goes to
// the store and to the journal at once.

internal import Durability
internal import JSONRPC
internal import Sessions

/// What the methods act on.
struct ServiceState: ~Copyable {
    var store: SessionStore
    let journal: Journal
    /// What happened lately, for watchers.
    private(set) var recent: RecentEvents
    /// What the request being carried out wants of its connection.
    var watchRequest: WatchRequest?
    /// When the present line or sweep is carried out.
    var present = Instant(milliseconds: 0)
    var statistics = ServiceStatistics()
    var generator = SystemRandom()
    /// Facts for `server.info` that do not change while the daemon runs.
    let facts: ServiceFacts
    /// The limits that are in force, for `server.info`.
    var limits: ServiceLimits
    /// How much callers may have, and who has how much.
    let quotas: Quotas
    /// What the present line has cost beyond what it and its answer show, as bytes of such work.
    var hiddenWork = 0
    /// Set when the daemon is stopping: nothing is changed any more.
    var isStopping = false
    /// Told of what an administrator should find in the log.
    var report: (AdministrativeAction, Caller) -> Void = { _, _ in }

    /// The change that the request being carried out waits for, if it waits for one.
    private var awaited: (sequence: UInt64, ifLost: Claim.Alternative)?
    /// The answers of the round that wait, and the changes that they wait for.
    var claims = Claims()
    /// The tokens that replaced others a moment ago.
    var successors = Successors()
    /// How to take back what is not on the disk, oldest first.
    private var inverses: [(sequence: UInt64, change: Change)] = []
    /// What was revoked while there was something to take back, oldest first, and whether that ended nothing.
    private var revocations: [(sequence: UInt64, revocation: Revocation, isIdle: Bool)] = []
    /// How many of them have ended nothing, which costs whoever asks for them nothing.
    private var idleRevocationCount = 0
    private static let idleRevocationLimit = 1 << 12

    init(
        store: consuming SessionStore,
        past: Past? = nil,
        journal: Journal,
        facts: ServiceFacts,
        limits: ServiceLimits
    ) {
        recent = RecentEvents(capacity: limits.watchHistory, past: past ?? Past(since: store.sequence))
        self.store = store
        self.journal = journal
        self.facts = facts
        self.limits = limits
        quotas = Quotas(QuotaLimits(connections: limits.connections))
    }

    /// The last change that watchers may be told of: one that is as durable as its acknowledgement.
    var visibleSequence: UInt64 {
        journal.sync == .always && journal.health == .working ? journal.durableSequence : store.sequence
    }

    /// The history that the numbers of changes belong to: they mean nothing in another one.
    var epoch: Epoch { journal.epoch }

    /// Notes what happens from now on.
    mutating func beginWatching() { recent.beginNoting(after: store.sequence) }

    /// Notes nothing more for watchers of the last run when they had a minute to come back; called about once a second.
    mutating func giveUpReturning(now: Instant) {
        if now.since(facts.startedAt) >= .seconds(60) { recent.giveUpReturning(at: store.sequence) }
    }

    /// Where a watcher goes on that was interrupted after a change of a history; nil when it has to begin again.
    func position(resumingAfter sequence: UInt64, of epoch: Epoch?) -> Int? {
        recent.position(resumingAfter: sequence, of: epoch, present: (self.epoch, store.sequence))
    }

    /// Makes a change that nobody waits for: numbers it, applies it and hands it to the journal.
    mutating func commit(_ change: Change) { make(change, isAwaited: false) }

    /// Makes a change that somebody waits for: its answer is sent when the change is on the disk. With `sync = "everysec"` only
    /// a revocation waits; all else is answered at once.
    mutating func commitAwaited(_ change: Change) {
        if case .revoked(let revocation) = change {
            make(change, isAwaited: true)
            remember(revocation, isIdle: false)
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
        if journal.sync == .always { awaitDurability(ifLost: .error) }
    }

    private mutating func make(_ change: Change, isAwaited: Bool) {
        let sequence = store.sequence + 1
        let occasion = Occasion(at: present, circumstance: store.circumstance(of: change))
        if recent.isNoting {
            store.events(of: change, sequence: sequence, on: occasion) { recent.append($0) }
        }
        store.apply(change, sequence: sequence)
        journal.append(change, sequence: sequence, on: occasion, isAwaited: isAwaited)
        statistics.count(change)
    }

    /// Carries out revocations of many that hold already, and tells watchers of each session.
    ///
    /// - Parameter budget: How many records may be looked at; counted down. When some is left, all is carried out.
    mutating func carryOutRevocations(budget: inout Int) {
        let sequence = store.sequence
        store.carryOutRevocations(budget: &budget) { revoked in
            if recent.isNoting { recent.append(SessionEvent(revoked, sequence: sequence)) }
        }
    }

    /// Every lookup asks what stands: there is never more of it than this.
    private static let standingLimit = 16

    private mutating func carryOutRevocations(leaving limit: Int) {
        while store.standingRevocationCount > limit {
            var budget = 256
            carryOutRevocations(budget: &budget)
        }
    }

    /// Everything up to this change is on the disk and stays.
    mutating func settle(upTo sequence: UInt64) {
        let count = inverses.prefix { $0.sequence <= sequence }.count
        inverses.removeFirst(count)
        let settled = revocations.prefix { $0.sequence <= sequence }
        idleRevocationCount -= settled.count(where: \.isIdle)
        revocations.removeFirst(settled.count)
    }

    /// Ends what is alive in a scope.
    ///
    /// - Returns: How many sessions that ended.
    /// - Throws: 429 when it would end nothing and too many wait for the disk that did not either.
    mutating func revoke(_ scope: Revocation.Scope, cause: [UInt8], now: Instant) throws(RPCError) -> Int {
        let (count, change) = store.revoke(scope, cause: cause, now: now)
        if let change {
            carryOutRevocations(leaving: Self.standingLimit - 1)
            commitAwaited(change)
            return count
        }
        guard idleRevocationCount < Self.idleRevocationLimit else {
            let reason = "\(idleRevocationCount) revocations that ended nothing wait for the disk"
            throw .quota(reason, hint: "nothing was revoked; ask again when the disk has caught up")
        }
        remember(Revocation(scope: scope, at: now, cause: cause), isIdle: true)
        return count
    }

    /// A revocation is made again when what came before it is taken back.
    private mutating func remember(_ revocation: Revocation, isIdle: Bool) {
        guard !inverses.isEmpty else { return }
        revocations.append((store.sequence, revocation, isIdle))
        if isIdle { idleRevocationCount += 1 }
    }

    /// Takes back what was made and is not on the disk, but for revocations. From then on it is another history.
    mutating func takeBack() {
        successors.forgetAll()
        carryOutRevocations(leaving: 0)
        let last = inverses.reversed()
        inverses = []
        for inverse in last {
            switch inverse.change {
            // A session that never was stays revoked if it was.
            case .expired(let id) where store.isRevoked(id): continue
            case .updated(let session) where store.isRevoked(session.id): putBack(session)
            default: make(inverse.change, isAwaited: false)
            }
        }
        // What was revoked stays revoked, and what was taken back may have hidden a session from it, which had moved to
        // another user or seemed to have ended.
        let again = revocations
        (revocations, idleRevocationCount) = ([], 0)
        for (_, revocation, _) in again {
            let change = store.revoke(revocation.scope, cause: revocation.cause, now: revocation.at).change
            if let change { make(change, isAwaited: false) }
        }
        // What was told until now may not be what a later start finds: it is another history from here on.
        journal.epoch = Epoch(using: &generator)
        recent.restart(after: store.sequence)
    }

    /// Makes sure that the sessions may take more memory: for one more, for a token that is replaced and kept in mind, or for
    /// more data.
    ///
    /// - Throws: 429 when they take all that they may.
    func requireMemory(for caller: Caller) throws(RPCError) {
        guard limits.memory > 0, store.memoryBytes + successors.memory >= limits.memory else { return }
        let reason = "the sessions take all the memory that they may (\(limits.memory) bytes)"
        quotas.note(.sessions, by: caller.peer, reason)
        throw .quota(reason, hint: "wait until sessions have ended, or raise maxMemory")
    }

    /// Makes sure that a session may have this data: more than it has only if the sessions may take more memory.
    func requireMemory(of data: [UInt8], at slot: Slot, for caller: Caller) throws(RPCError) {
        let session = store.session(at: slot)
        if data.count > session.data.count { try requireMemory(for: caller) }
    }

    /// Makes room for one more session, of this user if it is somebody's.
    ///
    /// - Throws: 429 when there is none.
    mutating func makeRoom(for user: UserID?, of caller: Caller, now: Instant) throws(RPCError) {
        try requireMemory(for: caller)
        guard let user else { return }
        do {
            for change in try store.makeRoom(for: user, now: now) { commitAwaited(change) }
        } catch {
            throw RPCError(error)
        }
    }

    /// Makes a session of a tombstone again, so that it is revoked as it was before the change that is taken back: a
    /// tombstone is kept for as long as its session would have lived.
    private mutating func putBack(_ session: Session) {
        let replaced = store.replacedTokens(of: session.id)
        make(.expired(session.id), isAwaited: false)
        make(.created(session), isAwaited: false)
        for token in replaced {
            make(.rotated(Rotation(session: session, replaced: token)), isAwaited: false)
        }
    }

    /// Refuses to change anything that could not be made durable, or whose caller has its share of waiting answers. A change that
    /// nobody waits for leaves half of the journal's room to those who wait.
    func requireWritable(for call: borrowing Call) throws(RPCError) {
        if isStopping { throw .unavailable("the daemon is stopping", hint: "connect again: the socket stays") }
        if let error = journal.refusal { throw .notDurable(error) }
        let caller = call.caller
        let mayWait =
            call.isNotification
            ? quotas.grantsHaste(journal.isHalfFull, to: caller.peer)
            : quotas.grantsWaiting(to: caller.peer, as: caller.role)
        guard mayWait else {
            let hint = "nothing was changed; wait for answers before asking for more"
            throw .overShare("answers that wait for the disk", hint)
        }
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
            let hint = "rpc.discover and the protocol reference list the methods"
            throw .methodNotFound(line.excerpt(name), hint: hint)
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
    /// What an error costs beyond its bytes, as bytes of work: it is counted, put into words, and may be somebody's offence.
    private static let errorCost = 1 << 10

    /// Answers a line, or the next part of one.
    mutating func answer(
        _ line: Span<UInt8>,
        goingOnWith unfinished: UnfinishedLine?,
        limit: Int,
        from caller: Caller,
        now: Instant,
        to output: inout ByteBuffer
    ) -> (work: Int, rest: UnfinishedLine?) {
        if let lookup = PlainLookup(line) {
            answer(lookup, in: line, from: caller.role, now: now, to: &output)
            return (line.count, nil)
        }
        let start = output.count
        let writtenBefore = unfinished?.written ?? 0
        var written = writtenBefore
        var errors = 0
        hiddenWork = 0
        awaited = nil
        // Answers that were written and taken back are work as well, since nobody is told of what comes of a notification.
        let rest = JSONRPC.answer(
            line: line,
            goingOnWith: unfinished?.batch,
            to: &output,
            failed: {
                statistics.count($0)
                errors += 1
            },
            answered: { claim($0) },
            pauses: { $0 + written - writtenBefore + hiddenWork + errors * Self.errorCost >= limit }
        ) { (request, line, output) throws(RPCError) in
            awaited = nil
            present = now
            // Nobody waits for a notification, nor does what comes after it.
            defer { if request.id == nil { awaited = nil } }
            guard written <= AnswerLimit.batch else { throw .tooLongAnswer }
            let mark = output.count
            defer { written += output.count - mark }
            try carryOut(request, in: line, from: caller, now: now, to: &output)
        }
        let unanswered = max(written - writtenBefore - (output.count - start), 0)
        // All of a line is looked at before any of it is carried out.
        let looked = unfinished == nil ? line.count : 0
        let work = looked + unanswered + hiddenWork + errors * Self.errorCost
        return (work, rest.map { UnfinishedLine(batch: $0, written: written) })
    }

    private mutating func claim(_ range: Range<Int>) {
        guard let awaited else { return }
        claims.append(Claim(range: range, ifLost: awaited.ifLost), until: awaited.sequence)
        self.awaited = nil
    }

    /// What came of the lines since the last time, for their connection; nil when nothing did but the answers.
    mutating func takeEffects() -> LineEffects? {
        var wait: Wait?
        if claims.isWaiting {
            wait = claims.endTurn(statistics.times.endWaitingTurn())
        } else {
            statistics.times.endTurn()
            if watchRequest == nil { return nil }
        }
        return LineEffects(wait: wait, watchRequest: watchRequest.take())
    }
}

/// What lines do besides being answered.
struct LineEffects {
    /// What their answers wait for; nil when they can be sent.
    let wait: Wait?
    /// What the last of them wants of its connection as a watcher.
    let watchRequest: WatchRequest?
}

/// A line of which a part is carried out and answered.
struct UnfinishedLine {
    let batch: UnfinishedBatch
    /// How many bytes of answers were written so far.
    fileprivate let written: Int

    fileprivate init(batch: UnfinishedBatch, written: Int) {
        self.batch = batch
        self.written = written
    }
}
