// Rounds: when the set is readable, one epoll_wait(2) takes up to 256 connections; each of them is read once, its whole
// lines are answered into one buffer, and that is written once. What one uid is given in a round is bounded; what is left goes
// on in the next round, in turn.

internal import Durability
internal import JSONRPC
internal import Sessions

extension ConnectionSet {
    /// With how much work an account has had its part of a round, when others ask, too. What is read already is still
    /// answered up to twice as much.
    private static let accountLimit = 1 << 15
    /// The same when no other has asked for a while: as much as fifty lookups. Another one that begins to ask waits for one
    /// such round, and perhaps a second.
    private static let loneAccountLimit = 1 << 18
    /// For how many rounds that has to be so.
    private static let roundsToBeAlone = 128
    /// How often the set is asked again before other events have their turn: going through the outer loop costs as much
    /// as answering a request.
    private static let rounds = 4

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
        roundNumber += 1
        var isAwake = false
        let count = epoll.forEachReady { ready in
            if ready.descriptor == wake { isAwake = true }
            if ready.descriptor == timer { return stopAlarm() }
            if let attended, ready.descriptor == attended.descriptor { return attended.isReadable() }
            // A descriptor cannot have come to mean another caller since: accepting happens in other turns.
            guard let connection = connections[Int(ready.descriptor)] else { return }
            let isHungUp = !ready.events.isDisjoint(with: .hungUp)
            // Its turn comes below.
            if connection.isQueued, !isHungUp { return }
            let mayHaveTurn =
                !isShared
                || connection.account.hasTurn(in: roundNumber, limit: accountLimit) && !isResting(connection.account)
            guard mayHaveTurn, !connection.account.isBehind else { return enqueue(connection) }
            if isHungUp, connection.interest.isDisjoint(with: [.readable, .resting]) {
                // It takes no more answers, or it would still have a reader; what it has sent is carried out.
                connection.isDeaf = true
                connection.output.truncate(to: 0)
            }
            let mayRead = isHungUp || !ready.events.isDisjoint(with: .readable)
            if connection.isQuiet, mayRead, isReading, !isHungUp {
                read(connection, &round)
                if round.arrivals.isFull { answerArrivals(&round) }
                return
            }
            let work = round.work
            serve(connection, mayRead: mayRead, isHungUp: isHungUp, &round)
            endTurn(of: connection, from: work, &round)
        }
        answerArrivals(&round)
        deliver(&round)
        // Watchers that are still to be told something are told after the rounds.
        guard !queues.isEmpty else { return isAwake ? count - 1 : count }
        serveQueues(&round)
        return count
    }

    private var accountLimit: Int { isContended ? Self.accountLimit : Self.loneAccountLimit }

    private func spend(_ work: Int, for account: Account) {
        if account !== lastAccount { (lastAccount, contendedUntil) = (account, roundNumber + Self.roundsToBeAlone) }
        account.spend(work, in: roundNumber)
    }

    private func endTurn(of connection: Connection, from work: Int, _ round: inout Round) {
        if isShared { spend(round.work - work, for: connection.account) }
        if round.answers.count >= Self.outputLimit { deliver(&round) }
        // The disk works on the first changes of a long round while the others are made.
        service.journal.commitIfDue(isIdle: false)
    }

    /// Reads what a connection has sent that holds nothing; `answerArrivals` answers it.
    private func read(_ connection: Connection, _ round: inout Round) {
        if isShared { spend(Self.turnCost, for: connection.account) }
        switch round.arrivals.read(connection, limit: Self.readSize) {
        case .bytes(let count): round.bytesRead += count
        case .nothingYet: break
        case .end:
            (connection.isAtEnd, connection.isQuiet) = (true, false)
            addShare(of: connection, from: round.answers.count, &round)
        }
    }

    /// Answers what was read, in its order.
    private func answerArrivals(_ round: inout Round) {
        guard !round.arrivals.shares.isEmpty else { return }
        var arrivals = Arrivals()
        swap(&arrivals, &round.arrivals)
        service.prefetch(arrivals.hashes)
        let now = clock()
        for share in arrivals.shares {
            guard let connection = connections[Int(share.descriptor)] else { continue }
            let work = round.work
            if isShared, !connection.account.hasTurn(in: roundNumber, limit: 2 * accountLimit) {
                putOff(share, of: arrivals, for: connection, &round)
            } else {
                answer(share, of: arrivals, from: connection, now: now, &round)
            }
            // What a turn costs in any case was noted when it was read.
            endTurn(of: connection, from: work + Self.turnCost, &round)
        }
        arrivals.removeAll()
        swap(&arrivals, &round.arrivals)
    }

    /// Lets a connection whose account has had its part of the round meanwhile have its turn in the next.
    private func putOff(
        _ share: Arrivals.Share,
        of arrivals: borrowing Arrivals,
        for connection: Connection,
        _ round: inout Round
    ) {
        connection.input.append(arrivals.bytes.bytes.extracting(share.range))
        (connection.hasLines, connection.isQuiet, connection.ticksInLine) = (true, false, 0)
        round.work += Self.turnCost
        addShare(of: connection, from: round.answers.count, &round)
    }

    /// Gives those another turn who have more to be answered than one turn takes, account by account: no more in a round for
    /// many than for one, or whoever asks singly would wait for them all.
    private func serveQueues(_ round: inout Round) {
        let (accounts, start) = (queues, round.work)
        var visited = 0
        while visited < accounts.count, round.work - start < Self.accountLimit {
            let account = accounts[visited]
            visited += 1
            if isResting(account) { continue }
            let limit = round.work + Self.accountLimit / accounts.count
            var served = 0
            while served < account.queue.count, served == 0 || round.work + Self.turnCost < limit {
                let connection = account.queue[served]
                served += 1
                connection.isQueued = false
                account.queuedBytes -= connection.queuedBytes
                connection.queuedBytes = 0
                if has(connection) { serve(connection, mayRead: true, isLate: true, &round) }
                if round.answers.count >= Self.outputLimit { break }
            }
            account.queue.removeFirst(served)
            // While a uid is behind, who has more of what was read goes on before others are read.
            account.firstPlace = 0
            deliver(&round)
            account.firstPlace = nil
            service.journal.commitIfDue(isIdle: false)
        }
        queues = queues[visited...] + accounts[..<visited].filter { !$0.queue.isEmpty }
        stayAwakeAsNeeded()
    }

    /// Lets a connection have another turn in the next round. Until then the epoll set does not report it: who is ready and
    /// known to be so would stand before those who have just become ready.
    func enqueue(_ connection: Connection) {
        guard !connection.isQueued else { return }
        watch(connection, for: .resting)
        guard has(connection) else { return }
        (connection.isQueued, connection.isQuiet) = (true, false)
        let account = connection.account
        connection.queuedBytes = connection.input.count
        account.queuedBytes += connection.queuedBytes
        if !queues.contains(where: { $0 === account }) {
            queues.append(account)
            stayAwakeAsNeeded()
        }
        if let place = account.firstPlace, connection.hasLines, account.isBehind {
            account.queue.insert(connection, at: place)
            account.firstPlace = place + 1
        } else {
            account.queue.append(connection)
        }
    }
}
