// The connections and the epoll set they are in. When the set is readable, one epoll_wait(2) takes up to 256 connections;
// each of them is read once, all its whole lines are answered into one buffer, and that is written once.

internal import Durability
internal import JSONRPC
internal import Sessions

/// The connected callers.
final class ConnectionSet {
    /// How much is read from a connection in one turn.
    private static let readSize = 1 << 16
    /// How much output a caller may leave untaken before it is not read any more.
    static let outputLimit = 1 << 20

    /// How often the set is asked again before other events have their turn: going through the outer loop costs as much
    /// as answering a request.
    private static let rounds = 4

    /// Readable when a connection is ready.
    var descriptor: CInt { epoll.descriptor }
    /// How many callers there are.
    private(set) var count = 0
    /// Told when the descriptor that is waited for beside the connections is readable.
    private var attended: (descriptor: CInt, isReadable: () -> Void)?
    /// Told of a connection whose next line asks for a snapshot; `resume` goes on with it.
    var snapshotWanted: (Connection) -> Void = { _ in }
    /// Told of each new caller.
    var added: (Connection) -> Void = { _ in }
    /// Told of a caller that was sent away, with the reason.
    var expelled: (Connection, String) -> Void = { _, _ in }

    let service: SessionService
    private let clock: () -> Instant
    private let epoll: EpollSet
    /// By descriptor.
    private var connections: [Connection?] = []
    private var round = Round()
    /// Who waits for the disk, by the change that it waits for: the first in line waits for the oldest.
    var waiting: [(connection: Connection, sequence: UInt64)] = []
    /// Rounds of answers that all were sent, for further ones.
    var spareRounds: [HeldRound] = []
    /// The descriptors of those who are told of changes.
    var watchers: Set<CInt> = []
    /// The last change that all watchers have been told of or have yet to take.
    var toldSequence: UInt64 = 0
    /// The position behind the last event then: some come late.
    var toldEnd = 0
    private var isReading = true

    /// Whether everything that was read is answered, and every answer has been taken.
    var isDrained: Bool {
        connections.allSatisfy { $0.map { $0.output.isEmpty && $0.isFree } ?? true }
    }

    init(service: SessionService, clock: @escaping () -> Instant) throws(SystemError) {
        self.service = service
        self.clock = clock
        epoll = try EpollSet()
    }

    /// Adds a caller; its socket is closed when it goes, or when it cannot be added.
    func add(_ socket: CInt, role: Role, peer: Peer) throws(SystemError) {
        let connection = Connection(descriptor: socket, role: role, peer: peer, interest: .readable)
        try epoll.add(socket, .readable)
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

    /// Serves every connection that is ready now, and those that become ready meanwhile, for a bounded number of rounds.
    func serveReady() {
        var isIdle = false
        serve { round in
            // Who waits for a commit is answered in another turn of the outer loop.
            for _ in 0..<(service.journal.isCommitting ? 1 : Self.rounds) where serveRound(&round) == 0 {
                isIdle = true
                return
            }
        }
        service.journal.commitIfDue(isIdle: isIdle)
        tellWatchers()
    }

    /// Lends the memory of the last round to the next.
    func serve(_ body: (inout Round) -> Void) {
        var lent = Round()
        swap(&lent, &round)
        service.beginRound()
        body(&lent)
        service.statistics.bytesRead += Int64(lent.bytesRead)
        service.statistics.bytesWritten += Int64(lent.bytesWritten)
        (lent.bytesRead, lent.bytesWritten) = (0, 0)
        swap(&lent, &round)
    }

    /// Answers everyone who is ready before anyone is sent an answer: whoever is woken by the first answer finds the
    /// others when it looks for more, and waking a process costs as much as answering it.
    private func serveRound(_ round: inout Round) -> Int {
        let count = epoll.forEachReady { ready in
            if let attended, ready.descriptor == attended.descriptor { return attended.isReadable() }
            // A descriptor cannot have come to mean another caller since: accepting happens in other turns.
            guard let connection = connections[Int(ready.descriptor)] else { return }
            let isHungUp = !ready.events.isDisjoint(with: .hungUp)
            if isHungUp, connection.interest.isDisjoint(with: .readable) {
                // It takes no more answers, or it would still have a reader; what it has sent is carried out.
                connection.isDeaf = true
                connection.output.truncate(to: 0)
            }
            let mayRead = isHungUp || !ready.events.isDisjoint(with: .readable)
            serve(connection, mayRead: mayRead, isHungUp: isHungUp, &round)
            if round.answers.count >= Self.outputLimit { deliver(&round) }
            // The disk works on the first changes of a long round while the others are made.
            service.journal.commitIfDue(isIdle: false)
        }
        deliver(&round)
        return count
    }

    /// Goes on with a connection that waited for a snapshot.
    func resume(_ connection: Connection, with outcome: SnapshotOutcome) {
        connection.waitsForSnapshot = false
        connection.snapshot = outcome
        guard has(connection) else { return }
        serve { round in
            serve(connection, mayRead: false, &round)
            deliver(&round)
        }
        service.journal.commitIfDue(isIdle: true)
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

    /// Closes who was sent away and has not gone by itself; called about once a second.
    func tick() {
        for case let connection? in connections where connection.isClosing && connection.held == nil {
            if connection.hadNotice { remove(connection) } else { connection.hadNotice = true }
        }
    }

    /// Reads what a connection has sent and answers its whole lines; `deliver` sends the answers.
    func serve(_ connection: Connection, mayRead: Bool, isHungUp: Bool = false, _ round: inout Round) {
        let start = round.answers.count
        let wasQuiet = connection.isQuiet && mayRead && isReading && !isHungUp
        if !wasQuiet {
            connection.isQuiet = false
            if !connection.output.isEmpty { round.bytesWritten += connection.write(&connection.output) }
        }
        var effects: LineEffects?
        if wasQuiet
            || connection.held == nil && (connection.output.isEmpty || connection.isDeaf || connection.isClosing)
        {
            var input = wasQuiet ? round.takeSpareInput() : take(&connection.input, orElse: &round.spareInput)
            if wasQuiet || mayRead && isReading && !connection.isAtEnd && connection.isFree {
                switch connection.read(into: &input, limit: Self.readSize) {
                case .bytes(let count): round.bytesRead += count
                case .nothingYet: break
                case .end: (connection.isAtEnd, connection.isQuiet) = (true, false)
                }
            }
            answerLines(of: connection, from: &input, to: &round.answers)
            if input.isEmpty {
                round.spareInput = input
            } else {
                connection.isQuiet = false
                giveBack(input, to: &connection.input, orTo: &round.spareInput)
            }
            effects = service.takeEffects()
            if let request = effects?.watchRequest { setWatcher(request, of: connection) }
            // After the answers: who asks to watch is told that it does before it is told anything else.
            if !connection.isQuiet, !connection.isDeaf, !connection.isClosing {
                tellWatcher(connection, limit: Self.outputLimit - (round.answers.count - start), to: &round.answers)
            }
        }
        let share = Round.Share(
            descriptor: connection.descriptor,
            start: start,
            end: round.answers.count,
            isHungUp: isHungUp,
            wait: effects?.wait.map { round.note($0) }
        )
        round.shares.append(share)
    }

    /// Answers whole lines until there is none left, the caller has to take its answers first, or a line has to wait.
    private func answerLines(
        of connection: Connection,
        from input: inout ByteBuffer,
        to answers: inout ByteBuffer
    ) {
        let now = clock()
        let mark = answers.count
        var consumed = 0
        connection.hasMore = false
        while !connection.isClosing {
            guard answers.count - mark < Self.outputLimit else {
                connection.hasMore = true
                break
            }
            let next = nextLine(in: input.bytes.extracting(consumed...), isAtEnd: connection.isAtEnd)
            guard case .line(let content, let end) = next else {
                if case .tooLong = next {
                    expel(connection, to: &answers)
                    consumed = input.count
                }
                break
            }
            let line = input.bytes.extracting((consumed + content.lowerBound)..<(consumed + content.upperBound))
            guard mayCarryOut(line, of: connection) else { break }
            let caller = Caller(role: connection.role, peer: connection.peer, snapshot: connection.snapshot)
            service.answer(line, from: caller, now: now, to: &answers)
            connection.snapshot = nil
            if connection.isDeaf {
                answers.truncate(to: mark)
                service.takeBackClaims()
            }
            consumed += end
        }
        input.consume(consumed)
        if connection.isClosing { input.truncate(to: 0) }
    }

    /// Sends the answers of the round, and goes on with who has taken them all and has sent more than was answered.
    func deliver(_ round: inout Round) {
        while !round.shares.isEmpty {
            let held = round.waits.isEmpty ? nil : takeSpareRound()
            for index in round.shares.indices {
                let share = round.shares[index]
                guard let connection = connections[Int(share.descriptor)] else { continue }
                if let place = share.wait, let held {
                    // What more it sends is noticed once, and then left until it is released.
                    let answers = round.answers.bytes
                    hold(share.start..<share.end, of: answers, round.waits[place], in: held, for: connection)
                    continue
                }
                let taken = send(round.answers.bytes.extracting(share.start..<share.end), to: connection)
                round.bytesWritten += taken
                if connection.isQuiet { continue }
                settle(connection, isHungUp: share.isHungUp)
                if connection.hasMore, connection.output.isEmpty, connection.held == nil {
                    round.unfinished.append(share.descriptor)
                }
            }
            round.shares.removeAll(keepingCapacity: true)
            round.waits.removeAll(keepingCapacity: true)
            service.forgetClaims()
            round.answers.reset(keeping: spareBufferLimit)
            while round.answers.count < Self.outputLimit, let descriptor = round.unfinished.popLast() {
                if let connection = connections[Int(descriptor)] { serve(connection, mayRead: false, &round) }
            }
        }
        service.endRound()
    }

    /// - Returns: How many bytes were taken; the rest is kept.
    func send(_ answers: Span<UInt8>, to connection: Connection) -> Int {
        let taken = connection.isQuiet || connection.output.isEmpty ? connection.send(answers) : 0
        if taken < answers.count, !connection.isDeaf {
            connection.isQuiet = false
            connection.output.append(answers.extracting(taken...))
        }
        return taken
    }

    /// Decides how a connection goes on: it is served again, waits for something, or goes.
    func settle(_ connection: Connection, isHungUp: Bool) {
        let hasOutput = !connection.output.isEmpty
        if connection.isClosing, !hasOutput, connection.held == nil { connection.shutDown() }
        let isAnswered = connection.isAtEnd && connection.input.isEmpty
        // A watcher that asks nothing more is still told; when it has hung up it is not.
        let isDone = isAnswered && (connection.watcher == nil || connection.isDeaf || isHungUp)
        if !hasOutput, connection.held == nil, isDone || connection.isClosing && (connection.isDeaf || !isReading) {
            return remove(connection)
        }
        watch(connection, hasOutput: hasOutput)
        connection.isQuiet =
            !hasOutput && connection.input.isEmpty && connection.isFree && connection.watcher == nil
            && connection.isWatched && connection.interest == .readable && !connection.isClosing && !connection.isDeaf
        // A hang-up is reported for ever; who cannot be served further for now is left alone until then.
        if isHungUp, connection.interest.isEmpty, has(connection) {
            epoll.remove(connection.descriptor)
            connection.isWatched = false
        }
    }

    private func expel(_ connection: Connection, to answers: inout ByteBuffer) {
        let error = RPCError.invalidRequest(
            "a line of more than \(LineLimit.bytes) bytes",
            hint: "the connection is closed; send shorter lines"
        )
        refuse(error, to: &answers, failed: { service.statistics.count($0) })
        (connection.isClosing, connection.isQuiet) = (true, false)
        expelled(connection, "a line of more than \(LineLimit.bytes) bytes")
    }

    /// Makes a line that asks for a snapshot wait until one was taken for it.
    private func mayCarryOut(_ line: Span<UInt8>, of connection: Connection) -> Bool {
        guard connection.role == .administrator, connection.snapshot == nil else { return true }
        guard calls("server.snapshot", in: line) else { return true }
        if !connection.waitsForSnapshot {
            connection.waitsForSnapshot = true
            snapshotWanted(connection)
        }
        return false
    }

    /// The connection with this descriptor.
    subscript(descriptor: CInt) -> Connection? { connections[Int(descriptor)] }

    /// Whether a connection has not gone since.
    func has(_ connection: Connection) -> Bool { connections[Int(connection.descriptor)] === connection }

    private func watch(_ connection: Connection, hasOutput: Bool) {
        var interest: EpollSet.Events = hasOutput ? .writable : []
        let hasRoom = !hasOutput || connection.isDeaf || connection.isClosing
        if isReading, hasRoom, !connection.isAtEnd, connection.isFree {
            interest.formUnion(.readable)
        }
        guard interest != connection.interest || !connection.isWatched else { return }
        connection.interest = interest
        if connection.isWatched {
            epoll.modify(connection.descriptor, interest)
        } else if (try? epoll.add(connection.descriptor, interest)) != nil {
            connection.isWatched = true
        } else {
            // Without memory to watch it, it cannot be served.
            remove(connection)
        }
    }

    private func remove(_ connection: Connection) {
        if connection.watcher != nil { setWatcher(.end, of: connection) }
        epoll.remove(connection.descriptor)
        connections[Int(connection.descriptor)] = nil
        count -= 1
        service.statistics.connectionsOpen -= 1
    }
}
