// Answers that say that something was changed are held until the change is on the disk. Who waits is not served further,
// so that its answers stay in order; everybody else is.

internal import Durability
internal import JSONRPC

extension ConnectionSet {
    /// How many rounds of answers are kept to be used again: one is on its way to the disk, and one gathers.
    private static let spareRoundLimit = 4

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
        connection.held = held.hold(share, of: answers, wait, among: service.claims)
        connection.isQuiet = false
        waiting.append((connection, wait.sequence))
    }

    /// Sends the answers that waited for changes up to this one, and goes on with who waited.
    func release(upTo sequence: UInt64) {
        let count = waiting.prefix { $0.sequence <= sequence }.count
        resume(waiting[..<count])
        waiting.removeFirst(count)
    }

    /// Answers everyone who waits for the disk with an error; only revocations have taken place.
    func refuseWaiting(_ error: SystemError) {
        let refused = waiting
        waiting = []
        for (connection, _) in refused {
            connection.held?.revise(with: .notDurable(error)) { service.statistics.count($0) }
        }
        resume(refused[...])
    }

    private func resume(_ released: ArraySlice<(connection: Connection, sequence: UInt64)>) {
        serve { round in
            for (connection, _) in released {
                guard var held = connection.held.take() else { continue }
                service.release(held.calls)
                if has(connection) {
                    round.bytesWritten += held.withBytes { send($0, to: connection) }
                    goOn(with: connection, &round)
                }
                if isKnownUniquelyReferenced(&held.round), spareRounds.count < Self.spareRoundLimit {
                    held.round.reset()
                    spareRounds.append(held.round)
                }
                if round.answers.count >= Self.outputLimit { deliver(&round) }
            }
            deliver(&round)
        }
    }

    /// Goes on with a connection that has waited; most have sent nothing since, and take their answer at once.
    private func goOn(with connection: Connection, _ round: inout Round) {
        if connection.input.isEmpty, connection.output.isEmpty, connection.watcher == nil, !connection.isDeaf {
            endWaiting(connection)
            settle(connection)
        } else {
            serve(connection, mayRead: false, &round)
        }
    }
}
