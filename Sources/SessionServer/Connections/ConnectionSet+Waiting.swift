// Answers that say that something was changed are held until the change is on the disk. Who waits is not served further,
// so that its answers stay in order; everybody else is.

internal import Durability
internal import JSONRPC

extension ConnectionSet {
    func hold(_ answers: Span<UInt8>, _ claims: Claims, of connection: Connection, _ start: Int) {
        var held = HeldAnswers(claims: claims.moved(by: -start))
        held.bytes.append(answers)
        connection.held = consume held
        connection.isQuiet = false
        waiting.append((connection, claims.sequence))
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
            connection.revise(with: .notDurable(error)) { service.statistics.count($0) }
        }
        resume(refused[...])
    }

    private func resume(_ released: ArraySlice<(connection: Connection, sequence: UInt64)>) {
        serve { round in
            for (connection, _) in released {
                guard let held = connection.held.take() else { continue }
                service.release(held.claims.calls)
                guard has(connection) else { continue }
                round.bytesWritten += send(held.bytes.bytes, to: connection)
                serve(connection, mayRead: false, &round)
                if round.answers.count >= Self.outputLimit { deliver(&round) }
            }
            deliver(&round)
        }
    }
}
