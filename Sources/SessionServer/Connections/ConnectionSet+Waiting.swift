// Answers that say that something was changed are held until the change is on the disk. Who waits is served no further than
// to the end of its batch, and its answers stay in order; everybody else is.

internal import Durability
internal import JSONRPC

extension ConnectionSet {
    /// How many rounds of answers are kept to be used again: one is on its way to the disk, and one gathers.
    private static let spareRoundLimit = 4

    /// How many bytes of answers to a connection wait at most while it goes on with a batch.
    private static let heldAhead = 1 << 16

    /// Whether lines of a connection can be answered: no answer to it waits, or they are the rest of a batch, and there is
    /// room for more that waits.
    func mayGoOn(_ connection: Connection) -> Bool {
        guard connection.held > 0 else { return true }
        let pool = service.quotas.pool(of: connection.role)
        return connection.unfinished != nil && connection.heldBytes < Self.heldAhead
            && pool.hasRoom(of: .memory, connection.peer.userID)
    }

    /// A round to hold answers in.
    func takeSpareRound() -> HeldRound { spareRounds.popLast() ?? HeldRound() }

    /// Overwrites lines and answers that are done with, and are still in memory that is used again; called about once a
    /// second, between rounds.
    func wipe() {
        round.wipe()
        for held in spareRounds { held.wipe() }
        for case let connection? in connections where !connection.isQuiet {
            connection.input.wipeConsumed()
            connection.output.wipeConsumed()
        }
    }

    /// Holds a connection's answers until what they say is on the disk.
    func hold(
        _ share: Range<Int>,
        of answers: Span<UInt8>,
        _ wait: Wait,
        in held: HeldRound,
        for connection: Connection
    ) {
        waiting.append((connection, held.hold(share, of: answers, wait, among: service.claims)))
        connection.held += 1
        connection.heldUpTo = wait.sequence
        connection.isQuiet = false
    }

    /// Sends the answers that waited for changes up to this one, and goes on with who waited.
    func release(upTo sequence: UInt64) {
        let count = waiting.prefix { $0.answers.sequence <= sequence }.count
        var released = Array(waiting[..<count])
        waiting.removeFirst(count)
        // Of a batch, what waits for an earlier part of its answer may be behind what waits for a later change.
        if waiting.contains(where: { $0.answers.sequence <= sequence }) {
            released += waiting.filter { $0.answers.sequence <= sequence }
            waiting.removeAll { $0.answers.sequence <= sequence }
        }
        resume(released)
    }

    /// Answers everyone who waits for the disk with an error; only revocations have taken place.
    func refuseWaiting(_ error: SystemError) {
        var refused = waiting
        waiting = []
        for index in refused.indices {
            refused[index].answers.revise(with: .notDurable(error)) { service.statistics.count($0) }
        }
        resume(refused)
    }

    private func resume(_ released: consuming [(connection: Connection, answers: HeldAnswers)]) {
        serve { round in
            released.reverse()
            while var next = released.popLast() {
                let connection = next.connection
                service.release(next.answers.calls)
                if has(connection) {
                    endWaiting(connection, next.answers)
                    round.bytesWritten += next.answers.withBytes { send($0, to: connection) }
                    if connection.held == 0 {
                        goOn(with: connection, &round)
                    } else if connection.unfinished != nil || !connection.output.isEmpty {
                        settle(connection)
                    }
                }
                if isKnownUniquelyReferenced(&next.answers.round), spareRounds.count < Self.spareRoundLimit {
                    next.answers.round.reset()
                    spareRounds.append(next.answers.round)
                }
                if round.answers.count >= Self.outputLimit { deliver(&round) }
            }
            deliver(&round)
        }
    }

    /// Goes on with a connection that has waited; most have sent nothing since, and take their answer at once.
    private func goOn(with connection: Connection, _ round: inout Round) {
        // The rest of its batch has its turn.
        if connection.isQueued { return }
        if connection.input.isEmpty, connection.output.isEmpty, connection.watcher == nil, !connection.isDeaf {
            settle(connection)
        } else {
            serve(connection, mayRead: false, &round)
        }
    }
}
