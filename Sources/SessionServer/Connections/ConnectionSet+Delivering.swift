// Delivering: the answers of a round are sent, each connection's with one write(2); and each connection that is not as it
// was when it came is looked at: does it go on, wait for something, or go?

internal import Durability
internal import JSONRPC

extension ConnectionSet {
    /// Sends the answers of the round.
    func deliver(_ round: inout Round) {
        let held = round.waits.isEmpty ? nil : takeSpareRound()
        for index in round.shares.indices {
            let share = round.shares[index]
            guard let connection = connections[Int(share.descriptor)] else { continue }
            if let place = share.wait, let held {
                // What more it sends is noticed once, and then left until it is released.
                let answers = round.answers.bytes
                hold(share.start..<share.end, of: answers, round.waits[place], in: held, for: connection)
                if connection.unfinished != nil, mayGoOn(connection) { enqueue(connection) }
                continue
            }
            let taken = send(round.answers.bytes.extracting(share.start..<share.end), to: connection)
            round.bytesWritten += taken
            if !connection.isQuiet { settle(connection, isHungUp: share.isHungUp) }
        }
        round.shares.removeAll(keepingCapacity: true)
        round.waits.removeAll(keepingCapacity: true)
        service.forgetClaims()
        round.answers.reset(keeping: spareBufferLimit)
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
    func settle(_ connection: Connection, isHungUp: Bool = false) {
        let hasOutput = !connection.output.isEmpty
        if !hasOutput { connection.output.reset(keeping: 0) }
        if isHungUp { connection.hasHungUp = true }
        if connection.isClosing, !hasOutput, connection.held == 0 { connection.shutDown() }
        let isAnswered = connection.isAtEnd && connection.input.isEmpty
        // A watcher that asks nothing more is still told; when it has hung up it is not.
        let isDone = isAnswered && (connection.watcher == nil || connection.isDeaf || connection.hasHungUp)
        if !hasOutput, connection.held == 0, isDone || connection.isClosing && (connection.isDeaf || !isReading) {
            return remove(connection)
        }
        if connection.held == 0, !chargeMemory(of: connection) { return expelGreedy(connection) }
        let hasMore = connection.hasLines || connection.hasNews && !connection.isDeaf && !connection.isClosing
        let goesOn = hasMore && !hasOutput && mayGoOn(connection) && !connection.waitsForSnapshot
        // Who waits for its turn already goes on resting.
        if goesOn { enqueue(connection) } else if !connection.isQueued { watch(connection, hasOutput: hasOutput) }
        connection.isQuiet =
            !hasOutput && connection.input.isEmpty && connection.isFree && connection.watcher == nil
            && connection.isWatched && connection.interest == .readable && !connection.isClosing && !connection.isDeaf
        // A hang-up is reported for ever; who cannot be served further for now is left alone until then.
        if isHungUp, connection.interest.isEmpty, has(connection) {
            epoll.remove(connection.descriptor)
            connection.isWatched = false
        }
    }

    private func watch(_ connection: Connection, hasOutput: Bool) {
        var interest: EpollSet.Events = hasOutput ? .writable : []
        let hasRoom = !hasOutput || connection.isDeaf || connection.isClosing
        if isReading, hasRoom, !connection.isAtEnd, connection.isFree {
            interest.formUnion(.readable)
        }
        watch(connection, for: interest)
    }

    /// Has the epoll set watch a connection for something else.
    func watch(_ connection: Connection, for interest: EpollSet.Events) {
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
}
