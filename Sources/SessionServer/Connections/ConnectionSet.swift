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
    private static let outputLimit = 1 << 20

    /// How often the set is asked again before other events have their turn: going through the outer loop costs as much
    /// as answering a request.
    private static let rounds = 4

    /// Readable when a connection is ready.
    var descriptor: CInt { epoll.descriptor }
    /// How many callers there are.
    private(set) var count = 0
    /// Told of a connection whose next line asks for a snapshot; `resume` goes on with it.
    var snapshotWanted: (Connection) -> Void = { _ in }
    /// Told of each new caller.
    var added: (Connection) -> Void = { _ in }
    /// Told of a caller that was sent away, with the reason.
    var expelled: (Connection, String) -> Void = { _, _ in }

    private let service: SessionService
    private let clock: () -> Instant
    private let epoll: EpollSet
    /// By descriptor.
    private var connections: [Connection?] = []
    // Lent to the connection that is being served, so that idle ones need no memory of their own.
    private var spareInput = ByteBuffer()
    private var spareOutput = ByteBuffer()
    private var isReading = true

    /// Whether everything that was read is answered, and every answer has been taken.
    var isDrained: Bool {
        connections.allSatisfy { $0.map { $0.output.isEmpty && !$0.waitsForSnapshot } ?? true }
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

    /// Serves every connection that is ready now, and those that become ready meanwhile, for a bounded number of rounds.
    func serveReady() {
        for _ in 0..<Self.rounds where serveRound() == 0 { return }
    }

    private func serveRound() -> Int {
        epoll.forEachReady { ready in
            // A descriptor cannot have come to mean another caller since: accepting happens in other turns.
            guard let connection = connections[Int(ready.descriptor)] else { return }
            let isHungUp = !ready.events.isDisjoint(with: .hungUp)
            if isHungUp, connection.interest.isDisjoint(with: .readable) {
                // It takes no more answers, or it would still have a reader; what it has sent is carried out.
                connection.isDeaf = true
                connection.output.truncate(to: 0)
            }
            serve(connection, mayRead: isHungUp || !ready.events.isDisjoint(with: .readable))
            // A hang-up is reported for ever; who cannot be served further for now is left alone until then.
            if isHungUp, connection.interest.isEmpty, connections[Int(connection.descriptor)] === connection {
                epoll.remove(connection.descriptor)
                connection.isWatched = false
            }
        }
    }

    /// Goes on with a connection that waited for a snapshot.
    func resume(_ connection: Connection, with outcome: SnapshotOutcome) {
        connection.waitsForSnapshot = false
        connection.snapshot = outcome
        guard connections[Int(connection.descriptor)] === connection else { return }
        serve(connection, mayRead: false)
    }

    /// Reads no more from anyone; what was read is answered, and answers can still be taken.
    func stopReading() {
        isReading = false
        for case let connection? in connections { serve(connection, mayRead: false) }
    }

    /// Closes who was sent away and has not gone by itself; called about once a second.
    func tick() {
        for case let connection? in connections where connection.isClosing {
            if connection.hadNotice { remove(connection) } else { connection.hadNotice = true }
        }
    }

    private func serve(_ connection: Connection, mayRead: Bool) {
        var input = take(&connection.input, orElse: &spareInput)
        var output = take(&connection.output, orElse: &spareOutput)
        service.statistics.bytesWritten += Int64(connection.write(&output))
        if output.isEmpty || connection.isDeaf || connection.isClosing {
            if mayRead, isReading, !connection.isAtEnd, !connection.waitsForSnapshot {
                switch connection.read(into: &input, limit: Self.readSize) {
                case .bytes(let count): service.statistics.bytesRead += Int64(count)
                case .nothingYet: break
                case .end: connection.isAtEnd = true
                }
            }
            answerLines(of: connection, from: &input, to: &output)
        }
        if connection.isClosing {
            input.truncate(to: 0)
            if output.isEmpty { connection.shutDown() }
        }
        let isDone = connection.isAtEnd && input.isEmpty || connection.isClosing && (connection.isDeaf || !isReading)
        if isDone, output.isEmpty {
            remove(connection)
        } else {
            watch(connection, hasOutput: !output.isEmpty)
        }
        giveBack(input, to: &connection.input, orTo: &spareInput)
        giveBack(output, to: &connection.output, orTo: &spareOutput)
    }

    /// Answers whole lines and writes the answers, until there is no whole line left, the caller has to take its answers
    /// first, or a line has to wait.
    private func answerLines(of connection: Connection, from input: inout ByteBuffer, to output: inout ByteBuffer) {
        let now = clock()
        var goesOn = true
        while goesOn {
            goesOn = false
            var consumed = 0
            while output.count < Self.outputLimit, !connection.isClosing {
                switch nextLine(in: input.bytes.extracting(consumed...), isAtEnd: connection.isAtEnd) {
                case .line(let content, let next):
                    let line = input.bytes.extracting((consumed + content.lowerBound)..<(consumed + content.upperBound))
                    guard mayCarryOut(line, of: connection) else { break }
                    let caller = Caller(role: connection.role, peer: connection.peer, snapshot: connection.snapshot)
                    service.answer(line, from: caller, now: now, to: &output)
                    connection.snapshot = nil
                    if connection.isDeaf { output.truncate(to: 0) }
                    consumed += next
                    continue
                case .tooLong:
                    expel(connection, to: &output)
                    consumed = input.count
                case .none: break
                }
                break
            }
            let isFull = output.count >= Self.outputLimit
            input.consume(consumed)
            service.statistics.bytesWritten += Int64(connection.write(&output))
            // Everything was taken at once: there may be more lines that were left for fear of the limit.
            goesOn = isFull && output.isEmpty
        }
    }

    private func expel(_ connection: Connection, to output: inout ByteBuffer) {
        let error = RPCError.invalidRequest(
            "a line of more than \(LineLimit.bytes) bytes",
            hint: "the connection is closed; send shorter lines"
        )
        refuse(error, to: &output, failed: { service.statistics.count($0) })
        connection.isClosing = true
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

    private func watch(_ connection: Connection, hasOutput: Bool) {
        var interest: EpollSet.Events = hasOutput ? .writable : []
        let hasRoom = !hasOutput || connection.isDeaf || connection.isClosing
        if isReading, hasRoom, !connection.isAtEnd, !connection.waitsForSnapshot {
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
        epoll.remove(connection.descriptor)
        connections[Int(connection.descriptor)] = nil
        count -= 1
        service.statistics.connectionsOpen -= 1
    }
}

/// The buffer of a connection that holds something, or else the spare one.
private func take(_ own: inout ByteBuffer, orElse spare: inout ByteBuffer) -> ByteBuffer {
    var taken = ByteBuffer()
    if own.isEmpty { swap(&taken, &spare) } else { swap(&taken, &own) }
    return taken
}

/// How much memory the spare buffers keep between turns.
private let spareBufferLimit = 1 << 18

/// What is left of a connection's input or output is copied out of the spare buffer when it is no longer than this, so
/// that many callers with half a line each do not hold a large buffer each.
private let copyLimit = 1 << 12

/// Keeps what is left in a buffer for its connection; the buffer becomes the spare one again when it can.
private func giveBack(_ buffer: consuming ByteBuffer, to own: inout ByteBuffer, orTo spare: inout ByteBuffer) {
    guard buffer.count <= copyLimit else {
        own = buffer
        return
    }
    var rest = ByteBuffer()
    rest.append(buffer.bytes)
    own = rest
    buffer.reset(keeping: spareBufferLimit)
    spare = buffer
}
