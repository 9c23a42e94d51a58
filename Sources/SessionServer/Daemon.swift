// The daemon: everything that was made at the start, put together around one loop. What happens per request is in the
// rooms; here is what happens once a second, on a signal, and at the end.

internal import CLinux
internal import Durability
internal import Glibc
internal import Sessions

/// A daemon that has recovered its state and has its sockets.
final class Daemon {
    private static let tickMicroseconds: UInt64 = 1_000_000
    /// How long callers may take for their last answers when the daemon stops.
    private static let drainMicroseconds: UInt64 = 2_000_000
    /// How long a slice of the sweep may take: callers wait for one at most, also when a million sessions end at once.
    private static let sweepMicroseconds: UInt64 = 200

    private let loop: EventLoop
    private let service: SessionService
    private let connections: ConnectionSet
    private let acceptor: Acceptor
    private let writer: Writer
    private let snapshots: SnapshotSchedule
    private let clock: Clock
    private let log: Log
    private let options: DaemonOptions
    private var configuration: Configuration
    private var sources: [EventSource] = []
    private var sweep: EventSource?
    private var drain: EventSource?
    private var drainUntil: UInt64 = 0
    private var lastStatus = ""
    /// What `lastStatus` says, before it is put into words.
    private var lastCondition: Condition?
    /// Memory may hold tokens that nobody needs any more.
    private var isWipeDue = false
    private var greetedPeers: Set<String> = []
    private var offences: OffenceLog

    init(_ state: consuming StartedState, options: DaemonOptions, log: Log, clock: Clock) throws(SystemError) {
        self.log = log
        self.clock = clock
        configuration = state.configuration
        self.options = options
        loop = try EventLoop()
        writer = try Writer(disk: state.disk)
        let (listeners, facts) = (state.listeners, state.facts)
        let limits = ServiceLimits(
            connections: state.connectionLimit,
            snapshotInterval: state.configuration.snapshotInterval,
            watchHistory: state.configuration.watchHistory,
            memory: state.configuration.maxMemory.bytesHere
        )
        var generator = SystemRandom()
        let journal = Journal(
            generation: state.generation,
            sequence: state.store.sequence,
            complete: state.complete,
            sync: state.configuration.sync,
            epoch: Epoch(using: &generator),
            snapshotBytes: facts.recovery.bytes,
            clock: clock.monotonicMicroseconds
        ) { [writer] in writer.send($0) }
        let past = state.past
        service = SessionService(
            store: state.store,
            past: past,
            journal: journal,
            facts: facts,
            limits: limits,
            ticks: clock.monotonicNanoseconds
        )
        connections = try ConnectionSet(service: service, clock: clock.now)
        acceptor = Acceptor(
            listeners: listeners,
            connections: connections,
            service: service,
            log: log
        )
        service.quotas.limits = QuotaLimits(configuration, connections: limits.connections)
        offences = OffenceLog { log.write($0, of: $1) }
        snapshots = try SnapshotSchedule(
            service: service,
            stateDirectory: service.facts.stateDirectory,
            clock: clock,
            log: log,
            loop: loop
        )
        try connect()
    }

    /// Serves until the daemon is told to stop.
    ///
    /// - Returns: The exit code.
    func run() throws(SystemError) -> CInt {
        let sessions = service.store.sessionCount
        log.write(.notice, "ready: \(sessions) sessions from \(service.facts.stateDirectory)", event: .started)
        lastStatus = status
        ServiceManager.ready(status: lastStatus)
        var turnBegan = clock.monotonicNanoseconds()
        let code = try loop.run { mayWait in
            if mayWait {
                service.statistics.turns.observe(nanoseconds: clock.monotonicNanoseconds() - turnBegan)
                connections.wait()
                turnBegan = clock.monotonicNanoseconds()
            }
            // Also after other events: who was just answered may have more to say, which goes to the disk with what has
            // gathered meanwhile.
            serve()
            if isWipeDue { wipe() }
        }
        writer.stop()
        return code
    }

    private func connect() throws(SystemError) {
        service.report = { [log] action, caller in log.write(action, by: caller) }
        connections.snapshotWanted = { [unowned self] connection in
            snapshots.request { [unowned self] outcome in connections.resume(connection, with: outcome) }
        }
        service.quotas.report = { [unowned self] offender in offences.note(offender) }
        connections.added = { [unowned self] connection in greet(connection) }
        try connections.attend(to: loop.descriptor) { [loop] in loop.isReady = true }
        sources.append(try loop.onReadable(writer.eventDescriptor) { [unowned self] in takeWriterEvents() })
        sources.append(try loop.onSignal(SIGTERM) { [unowned self] in stop("SIGTERM") })
        sources.append(try loop.onSignal(SIGINT) { [unowned self] in stop("SIGINT") })
        sources.append(try loop.onSignal(SIGHUP) { [unowned self] in reload() })
        sweep = try loop.onTurn { [unowned self] in sweepSlice() }
        drain = try loop.onTimer { [unowned self] in finishIfDrained() }
        try every(Self.tickMicroseconds) { [unowned self] in tick() }
        if let interval = ServiceManager.watchdogMicroseconds() {
            // Alive is who has both threads at work: the ping goes through the writer and comes back to the loop.
            try every(interval / 3) { [writer] in writer.send(.ping) }
        }
        try acceptor.start(on: loop)
        service.journal.begin(now: clock.now())
    }

    private func every(_ microseconds: UInt64, _ body: @escaping () -> Void) throws(SystemError) {
        let place = sources.count
        let source = try loop.onTimer { [unowned self] in
            body()
            sources[place].schedule(afterMicroseconds: microseconds)
        }
        sources.append(source)
        source.schedule(afterMicroseconds: microseconds)
    }

    private func takeWriterEvents() {
        for event in writer.receive() {
            switch service.journal.handle(event, now: clock.now()) {
            case .pong: ServiceManager.alive()
            case .durable(let sequence):
                service.settle(upTo: sequence)
                connections.release(upTo: sequence)
            case .failed(let error): journalFailed(error)
            case .mended:
                snapshots.journalMended()
                log.write(.notice, "the journal works again: everything is on the disk", event: .journalMended)
            case .snapshotFinished(let receipt, let sessions): snapshots.finish(receipt, sessions: sessions)
            case .snapshotFailed(let error): snapshots.fail(error)
            case nil: snapshots.proceed()
            }
        }
    }

    private func serve() {
        connections.serveReady()
        // A revocation of many holds, and is carried out in the turns to come.
        if service.store.standingRevocationCount > 0 { sweep?.enable() }
    }

    /// Overwrites the tokens of the last second, in buffers and on the stack; here, since below this nothing is under way.
    private func wipe() {
        isWipeDue = false
        connections.wipe()
        wipe_stack()
    }

    private func journalFailed(_ error: SystemError) {
        snapshots.journalFailed(error)
        service.takeBack()
        connections.refuseWaiting(error)
        let message = "the journal failed: \(error.message); writes are refused until a new one can be begun"
        log.write(.error, message, event: .journalFailed)
        updateStatus()
    }

    private func tick() {
        isWipeDue = true
        sweep?.enable()
        service.journal.commitAll()
        service.giveUpReturning(now: clock.now())
        snapshots.tick()
        connections.tick()
        offences.tick()
        updateStatus()
    }

    /// What the status depends on: while it stays the same, nothing is put into words.
    private struct Condition: Equatable {
        let sessions: Int
        let connections: Int
        let health: Journal.Health
        let snapshotFailure: SystemError?
    }

    private func updateStatus() {
        let condition = Condition(
            sessions: service.store.sessionCount,
            connections: connections.count,
            health: service.journal.health,
            snapshotFailure: snapshots.failure
        )
        guard condition != lastCondition else { return }
        lastCondition = condition
        let status = status
        guard status != lastStatus, !service.isStopping else { return }
        lastStatus = status
        ServiceManager.status(status)
    }

    private var status: String {
        let counts = "\(service.store.sessionCount) sessions, \(connections.count) connections"
        if case .failed(let error) = service.journal.health { return "\(counts); writes are refused: \(error.message)" }
        if let failure = snapshots.failure { return "\(counts); snapshots fail: \(failure.message)" }
        if let damaged = service.facts.recovery.damaged.first {
            return "\(counts); started from an older snapshot, the newest was damaged: \(damaged)"
        }
        return counts
    }

    private func sweepSlice() {
        let deadline = clock.monotonicMicroseconds() + Self.sweepMicroseconds
        let now = clock.now()
        while clock.monotonicMicroseconds() < deadline {
            var budget = 32
            service.forgetSuccessors(now: now, budget: &budget)
            guard !service.journal.isHalfFull else { break }
            // What was revoked is told before it ends by itself.
            service.carryOutRevocations(budget: &budget)
            // When the daemon stops, the last snapshot has been begun already: what ends now ends again after the next start.
            while !service.isStopping, let change = service.store.nextExpiry(now: now, budget: &budget) {
                service.commit(change, at: now)
            }
            if budget > 0 {
                sweep?.disable()
                break
            }
        }
        connections.tellWatchers()
    }

    /// Logs the first connection of each user through each socket.
    private func greet(_ connection: Connection) {
        let peer = connection.peer
        let key = "\(connection.role.rawValue) \(peer.userID) \(peer.groupID)"
        guard greetedPeers.count < 1000, greetedPeers.insert(key).inserted else { return }
        let message =
            "first caller of uid \(peer.userID), gid \(peer.groupID) on the \(connection.role.rawValue) socket"
        log.write(.info, message, fields: peer.fields)
    }

    private func reload() {
        ServiceManager.reloading()
        defer { ServiceManager.ready(status: status) }
        do {
            let (new, _) = try loadConfiguration(options.configuration)
            let fixed = new.changesThatNeedRestart(from: configuration)
            guard fixed.isEmpty else {
                let message = "configuration not reloaded: \(fixed.joined(separator: ", ")) needs a restart"
                return log.write(.error, message, event: .configurationRefused)
            }
            configuration = new
            service.store.policy = new.policy
            service.limits.snapshotInterval = new.snapshotInterval
            service.limits.memory = new.maxMemory.bytesHere
            service.quotas.limits = QuotaLimits(new, connections: service.limits.connections)
            service.journal.sync = new.sync
            log.write(.notice, "configuration reloaded", event: .configurationReloaded)
        } catch {
            let message = "configuration not reloaded, the old one stays: \(error.message)"
            log.write(.error, message, event: .configurationRefused)
        }
    }

    private func stop(_ signal: String) {
        guard !service.isStopping else { return }
        log.write(.notice, "stopping on \(signal)", event: .stopping)
        ServiceManager.stopping()
        acceptor.stop()
        connections.stopReading()
        service.isStopping = true
        drainUntil = clock.monotonicMicroseconds() + Self.drainMicroseconds
        finishIfDrained()
    }

    /// Waits for the disk and for callers to take their answers, but not for long; then takes the last snapshot.
    private func finishIfDrained() {
        guard connections.isDrained || clock.monotonicMicroseconds() >= drainUntil else {
            drain?.schedule(afterMicroseconds: 10_000)
            return
        }
        guard snapshots.hasUnsavedChanges || snapshots.isUnderWay || !service.journal.isClean else {
            return loop.exit(ExitCode.success)
        }
        snapshots.request { [unowned self] outcome in
            if case .written = outcome { return loop.exit(ExitCode.success) }
            // Without it the next start takes longer; what the journal does not have either is lost.
            loop.exit(service.journal.isClean ? ExitCode.success : ExitCode.ioError)
        }
    }
}

extension Peer {
    /// The peer for the journal; the daemon's own `_UID` and `_PID` are there already.
    var fields: [(String, String)] {
        [("PEER_PID", "\(processID)"), ("PEER_UID", "\(userID)"), ("PEER_GID", "\(groupID)")]
    }
}

extension QuotaLimits {
    /// What a configuration sets.
    ///
    /// - Parameter connections: How many of them there may be on this machine.
    init(_ configuration: Configuration, connections: Int) {
        self.init(
            connections: connections,
            memory: configuration.maxBuffered.bytesHere,
            watchers: configuration.maxWatchers,
            waiting: configuration.maxWaiting,
            uidShare: configuration.uidShare,
            lineTimeout: configuration.lineTimeout
        )
    }
}

extension Log {
    func write(_ message: String, of offender: Offender) {
        let fields = offender.peer.fields + [("OFFENCE", offender.offence.rawValue)]
        write(.warning, message, event: offender.offence.event, fields: fields)
    }

    func write(_ action: AdministrativeAction, by caller: Caller) {
        let who = "uid \(caller.peer.userID) (pid \(caller.peer.processID))"
        switch action {
        case .revokedEveryone(let count, let cause):
            let reason = cause.isEmpty ? "" : ": \(String(decoding: cause, as: UTF8.self))"
            write(.notice, "\(who) revoked all \(count) sessions\(reason)", fields: caller.peer.fields)
        case .tookSnapshot:
            write(.info, "\(who) asked for a snapshot", fields: caller.peer.fields)
        }
    }
}
