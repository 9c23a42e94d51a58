// What connections hold between turns, accounted to their uids; and who is sent away. Nothing is asked of a connection
// that holds nothing.

internal import JSONRPC
internal import Sessions

extension ConnectionSet {
    /// Notes how much of a resource a connection holds from now on.
    func charge(_ connection: Connection, _ amount: Int, of resource: Resource) {
        let more = amount - connection.charged[resource]
        guard more != 0 else { return }
        connection.charged[resource] = amount
        service.quotas.pool(of: connection.role).add(more, of: resource, to: connection.account)
    }

    /// Notes the memory that a connection holds from now on.
    ///
    /// - Returns: Whether its uid may have so much.
    func chargeMemory(of connection: Connection) -> Bool {
        let memory = connection.memory
        let more = memory - connection.charged.memory
        guard more != 0 else { return true }
        let pool = service.quotas.pool(of: connection.role)
        if more > 0, !pool.hasRoom(for: more, of: .memory, connection.peer.userID) {
            service.quotas.note(.memory, by: connection.peer, pool)
            return false
        }
        charge(connection, memory, of: .memory)
        return true
    }

    /// Notes that answers wait for the disk. They were given already: who may not have more is refused the next change.
    func beginWaiting(_ connection: Connection, _ wait: Wait, bytes: Int) {
        connection.heldBytes += bytes
        charge(connection, connection.charged.waiting + wait.claims.count, of: .waiting)
        charge(connection, connection.memory, of: .memory)
    }

    /// Notes that they wait no longer.
    func endWaiting(_ connection: Connection, _ answers: borrowing HeldAnswers) {
        connection.held -= 1
        connection.heldBytes -= answers.heldBytes
        charge(connection, connection.charged.waiting - answers.heldClaims, of: .waiting)
    }

    /// Gives everything back that a connection held.
    func settleAccount(of connection: Connection) {
        for resource in Resource.allCases { charge(connection, 0, of: resource) }
        service.quotas.pool(of: connection.role).close(connection.account)
    }

    /// Answers a line that is too long, after which nothing more is heard of its caller.
    func expelLong(_ connection: Connection, to answers: inout ByteBuffer) {
        let what = "a line of more than \(LineLimit.bytes) bytes"
        let error = RPCError.invalidRequest(what, hint: "the connection is closed; send shorter lines")
        refuse(error, to: &answers, failed: { service.statistics.count($0) })
        (connection.isClosing, connection.isQuiet) = (true, false)
        service.quotas.note(.longLine, by: connection.peer, what)
    }

    /// Sends away who has begun a line and does not finish it.
    func expelSlow(_ connection: Connection, _ timeout: Milliseconds) {
        let what = "a line that was not finished within \(DurationText.format(timeout))"
        service.quotas.note(.slowLine, by: connection.peer, what)
        expel(connection, .invalidRequest(what, hint: "the connection is closed; send whole lines"))
    }

    /// Sends away who holds more than its uid may.
    func expelGreedy(_ connection: Connection) {
        let hint = "the connection is closed; finish lines, and take answers"
        expel(connection, .overShare("memory for lines and answers", hint))
    }

    /// Tells a caller why it is sent away, if it has taken all else, and forgets what it has sent.
    private func expel(_ connection: Connection, _ error: RPCError) {
        connection.input.reset(keeping: 0)
        (connection.isClosing, connection.isQuiet, connection.hasLines) = (true, false, false)
        guard connection.output.isEmpty else {
            // It does not take what it has been told already.
            service.statistics.count(error)
            return remove(connection)
        }
        var line = ByteBuffer()
        if let unfinished = connection.unfinished.take() {
            unfinished.batch.breakOff(error, to: &line) { service.statistics.count($0) }
        } else {
            refuse(error, to: &line, failed: { service.statistics.count($0) })
        }
        service.statistics.bytesWritten += Int64(send(line.bytes, to: connection))
        settle(connection)
    }
}

extension Connection {
    /// How much memory it holds between turns, in bytes.
    fileprivate var memory: Int { input.memory + output.memory + heldBytes }
}
