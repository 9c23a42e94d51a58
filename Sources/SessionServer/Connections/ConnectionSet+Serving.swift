// A connection's turn: whole lines of what it has sent are answered, for as long as the turn lasts.

internal import Durability
internal import JSONRPC
internal import Sessions

extension ConnectionSet {
    /// How much is read from a connection in one turn.
    static let readSize = 1 << 14
    /// How many bytes of lines and answers together a turn of a connection ends with.
    static let turnLimit = 1 << 14
    /// The same for those who have sent more than that and are answered behind the others: about as long as two lookups of
    /// one take that ask singly, so that these hardly notice.
    private static let lateTurnLimit = 1 << 13
    /// What a turn costs whatever it does, as bytes of that work: mostly a read and a write.
    static let turnCost = 1 << 12

    /// Gives a connection a turn whose lines were read already.
    func answer(
        _ share: Arrivals.Share,
        of arrivals: borrowing Arrivals,
        from connection: Connection,
        now: Instant,
        _ round: inout Round
    ) {
        let start = round.answers.count
        let limit = share.range.count > Self.readSize / 2 ? 0 : Self.turnLimit
        let bytes = arrivals.bytes.bytes
        var next = share.range.lowerBound
        for index in share.lookups where next - share.range.lowerBound + round.answers.count - start < limit {
            let line = bytes.extracting(arrivals.lookups[index].line)
            service.answer(
                arrivals.lookups[index].request,
                in: line,
                from: connection.role,
                now: now,
                to: &round.answers
            )
            next = arrivals.lookups[index].next
        }
        var work = next - share.range.lowerBound
        if next < share.range.upperBound {
            let used = work + round.answers.count - start
            let rest = bytes.extracting(next..<share.range.upperBound)
            let turn = answerLines(of: connection, in: rest, limit: limit - used, now: now, to: &round.answers)
            next += turn.consumed
            work += turn.work
            if turn.consumed < rest.count, !connection.isClosing {
                connection.isQuiet = false
                connection.ticksInLine = 0
                connection.input.append(rest.extracting(turn.consumed...))
            }
        }
        round.work += work + Self.turnCost
        addShare(of: connection, from: start, &round)
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

    /// Gives a connection a turn: reads what it has sent and answers whole lines; `deliver` sends the answers.
    ///
    /// - Parameter isLate: Whether the others of the round have had theirs. Who has sent much waits for that.
    func serve(
        _ connection: Connection,
        mayRead: Bool,
        isHungUp: Bool = false,
        isLate: Bool = false,
        _ round: inout Round
    ) {
        let start = round.answers.count
        connection.isQuiet = false
        if !connection.output.isEmpty { round.bytesWritten += connection.write(&connection.output) }
        if mayGoOn(connection), connection.output.isEmpty || connection.isDeaf || connection.isClosing {
            let isInLine = !connection.input.isEmpty
            var input = take(&connection.input, orElse: &round.spareInput)
            if mayRead, isReading, !connection.isAtEnd, connection.isFree, !connection.hasLines {
                switch connection.read(into: &input, limit: Self.readSize) {
                case .bytes(let count): round.bytesRead += count
                case .nothingYet: break
                case .end: connection.isAtEnd = true
                }
            }
            let limit = isLate ? Self.lateTurnLimit : input.count > Self.readSize / 2 ? 0 : Self.turnLimit
            let turn = answerLines(of: connection, in: input.bytes, limit: limit, now: clock(), to: &round.answers)
            input.consume(turn.consumed)
            if connection.isClosing { input.truncate(to: 0) }
            round.work += turn.work + Self.turnCost
            if input.isEmpty {
                round.spareInput = input
            } else {
                if turn.consumed > 0 || !isInLine { connection.ticksInLine = 0 }
                giveBack(input, to: &connection.input, orTo: &round.spareInput)
            }
        }
        addShare(of: connection, from: start, isHungUp: isHungUp, &round)
    }

    /// Ends a connection's turn: what it is told, and what came of its lines, is sent, or waits.
    ///
    /// - Parameter start: Where its answers begin.
    func addShare(of connection: Connection, from start: Int, isHungUp: Bool = false, _ round: inout Round) {
        let effects = service.takeEffects()
        if let request = effects?.watchRequest { setWatcher(request, of: connection) }
        // After the answers: who asks to watch is told that it does before it is told anything else.
        if !connection.isQuiet, connection.held == 0, connection.output.isEmpty, connection.unfinished == nil,
            !connection.isDeaf, !connection.isClosing
        {
            tellWatcher(connection, limit: Self.turnLimit - (round.answers.count - start), to: &round.answers)
        }
        var wait = effects?.wait
        if wait == nil, connection.held > 0, round.answers.count > start {
            // These do not wait for the disk, but for those before them.
            wait = Wait(sequence: connection.heldUpTo, claims: 0..<0, calls: WaitingCalls())
        }
        if let wait { beginWaiting(connection, wait, bytes: round.answers.count - start) }
        round.work += round.answers.count - start
        let share = Round.Share(
            descriptor: connection.descriptor,
            start: start,
            end: round.answers.count,
            isHungUp: isHungUp,
            wait: wait.map { round.note($0) }
        )
        round.shares.append(share)
    }

    /// Answers whole lines until there is none left, the turn is over, or a line has to wait.
    ///
    /// - Returns: How many bytes of input that were, and how many of work beyond the answers.
    private func answerLines(
        of connection: Connection,
        in input: Span<UInt8>,
        limit: Int,
        now: Instant,
        to answers: inout ByteBuffer
    ) -> (consumed: Int, work: Int) {
        let mark = answers.count
        let began = isShared ? service.ticks() : 0
        var (consumed, work) = (0, 0)
        connection.hasLines = false
        while !connection.isClosing, mayGoOn(connection) {
            let next = nextLine(in: input.extracting(consumed...), isAtEnd: connection.isAtEnd)
            guard case .line(let content, let end) = next else {
                if case .tooLong = next {
                    expelLong(connection, to: &answers)
                    consumed = input.count
                }
                break
            }
            let used = work + answers.count - mark
            guard used < limit else {
                connection.hasLines = true
                break
            }
            let line = input.extracting((consumed + content.lowerBound)..<(consumed + content.upperBound))
            guard mayCarryOut(line, of: connection) else { break }
            let caller = Caller(
                role: connection.role,
                peer: connection.peer,
                snapshot: connection.snapshot,
                isWatching: !connection.isQuiet && connection.watcher != nil
            )
            let answered = service.answer(
                line,
                goingOnWith: connection.unfinished,
                limit: limit - used,
                from: caller,
                now: now,
                to: &answers
            )
            connection.unfinished = answered.rest
            work += answered.work
            if connection.isDeaf {
                answers.truncate(to: mark)
                service.takeBackClaims()
            }
            if answered.rest != nil {
                connection.hasLines = true
                break
            }
            connection.snapshot = nil
            work += end - content.count
            consumed += end
        }
        if isShared, work + answers.count - mark >= Self.longWork { restIfNeeded(connection.account, since: began) }
        return (consumed, work)
    }

    /// Makes a line that asks for a snapshot wait until one was taken for it.
    private func mayCarryOut(_ line: Span<UInt8>, of connection: Connection) -> Bool {
        guard connection.role == .administrator, connection.snapshot == nil, connection.unfinished == nil else {
            return true
        }
        guard calls("server.snapshot", in: line) else { return true }
        if !connection.waitsForSnapshot {
            connection.waitsForSnapshot = true
            snapshotWanted(connection)
        }
        return false
    }
}
