// The daemon without its sockets: a line goes in, an answer comes out.

internal import Durability
internal import JSONRPC
internal import Sessions

/// The sessions of this host, shared by all that serve them.
final class SessionService {
    private var state: ServiceState
    /// The monotonic clock, in nanoseconds.
    let ticks: () -> UInt64

    /// - Parameter past: What watchers may have missed before this start.
    init(
        store: consuming SessionStore,
        past: Past? = nil,
        journal: Journal,
        facts: ServiceFacts,
        limits: ServiceLimits,
        ticks: @escaping () -> UInt64
    ) {
        self.ticks = ticks
        state = ServiceState(store: store, past: past, journal: journal, facts: facts, limits: limits)
    }

    var journal: Journal { state.journal }
    var facts: ServiceFacts { state.facts }

    var store: SessionStore {
        _read { yield state.store }
        _modify { yield &state.store }
    }

    /// Given as a copy: where it was yielded, Swift 6.3.1 made code that read a part of it after freeing what held it.
    var statistics: ServiceStatistics {
        get { state.statistics }
        _modify { yield &state.statistics }
    }

    var limits: ServiceLimits {
        get { state.limits }
        set { state.limits = newValue }
    }

    var quotas: Quotas { state.quotas }

    var isStopping: Bool {
        get { state.isStopping }
        set { state.isStopping = newValue }
    }

    var report: (AdministrativeAction, Caller) -> Void {
        get { state.report }
        set { state.report = newValue }
    }

    /// Makes a change that nobody waits for.
    func commit(_ change: Change, at now: Instant) {
        state.present = now
        state.commit(change)
    }

    /// The last change that watchers may be told of.
    var visibleSequence: UInt64 { state.visibleSequence }

    /// Tells a watcher what has happened, as far as there is room.
    func tell(_ watcher: inout Watcher, limit: Int, to output: inout ByteBuffer) {
        let sequence = state.visibleSequence
        watcher.tell(from: state.recent.ring, upTo: sequence, epoch: state.epoch.text, limit: limit, to: &output)
    }

    /// Whether there is something to look at for a watcher.
    func hasNews(for watcher: Watcher) -> Bool {
        watcher.position < state.recent.ring.start
            || watcher.position < state.recent.ring.end
                && state.recent.ring[watcher.position].sequence <= state.visibleSequence
    }

    /// Whether what happens is noted for watchers, some of which may still come back.
    var isNoting: Bool { state.recent.isNoting }

    /// Notes nothing more for watchers of the last run that have not come back; called about once a second.
    func giveUpReturning(now: Instant) { state.giveUpReturning(now: now) }

    /// Everything up to this change is on the disk and stays.
    func settle(upTo sequence: UInt64) { state.settle(upTo: sequence) }

    /// Carries out revocations of many that hold already.
    ///
    /// - Parameter budget: How many records may be looked at; counted down. When some is left, all is carried out.
    func carryOutRevocations(budget: inout Int) { state.carryOutRevocations(budget: &budget) }

    /// The position behind the last event for watchers.
    var eventEnd: Int { state.recent.ring.end }

    /// How many secrets of fresh tokens are held for those who race to rotate.
    var successorCount: Int { state.successors.count }

    /// Forgets the secrets of fresh tokens whose grace is over.
    ///
    /// - Parameter budget: How many may be forgotten; counted down.
    func forgetSuccessors(now: Instant, budget: inout Int) { state.successors.forget(now: now, budget: &budget) }

    /// Takes back what was made and is not on the disk, but for revocations.
    func takeBack() { state.takeBack() }

    /// A round of connections begins: what is called from here on is measured from here.
    func beginRound() { state.statistics.times.beginRound(at: ticks()) }

    /// The answers of the round were sent, but for those that wait.
    func endRound() {
        if state.statistics.times.isExpectant { state.statistics.times.endRound(at: ticks()) }
    }

    /// Answers that waited are sent.
    func release(_ calls: WaitingCalls) { state.statistics.times.release(calls, at: ticks()) }

    /// Answers one line, or the next part of one that is a batch.
    ///
    /// - Parameters:
    ///   - line: The bytes of the line, without its line feed.
    ///   - unfinished: What was returned when a part of it was answered.
    ///   - limit: After how many bytes of work the rest of a batch is for another time.
    ///   - now: What time it is; everything that is asked for happens at this instant.
    ///   - output: Where the answer, if there is one, is appended.
    /// - Returns: How many bytes of work it was beyond its answer: of what was read, of answers that nobody gets, and of data
    ///   that patches were merged into; and what to go on with, when a part was answered.
    @discardableResult
    func answer(
        _ line: Span<UInt8>,
        goingOnWith unfinished: UnfinishedLine? = nil,
        limit: Int = .max,
        from caller: Caller,
        now: Instant,
        to output: inout ByteBuffer
    ) -> (work: Int, rest: UnfinishedLine?) {
        state.answer(line, goingOnWith: unfinished, limit: limit, from: caller, now: now, to: &output)
    }

    /// Answers a lookup that was recognised in a line.
    func answer(
        _ lookup: PlainLookup,
        in line: Span<UInt8>,
        from role: Role,
        now: Instant,
        to output: inout ByteBuffer
    ) {
        state.answer(lookup, in: line, from: role, now: now, to: &output)
    }

    /// Has the processor fetch what lookups will come by.
    func prefetch(_ hashes: [TokenHash]) { state.store.prefetch(hashes.span) }

    /// Takes what came of the lines since the last time, besides their answers.
    func takeEffects() -> LineEffects? { state.takeEffects() }

    /// What the answers of the round claim that is not on the disk.
    var claims: [Claim] { state.claims.all }

    /// Lets no answer to the present caller wait: it takes none any more.
    func takeBackClaims() { state.claims.takeBack() }

    /// Forgets the claims of a round: its answers are sent, or held.
    func forgetClaims() { state.claims.removeAll() }
}
