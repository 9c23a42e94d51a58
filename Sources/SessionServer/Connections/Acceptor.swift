// Letting callers in: from every listening socket, as many as their uids may have. A caller too many is told so with one
// line and let go; when descriptors run out, a spare one serves to tell that, and when that is gone, accepting pauses.

internal import Durability
internal import Glibc
internal import JSONRPC

/// The listening sockets and whoever comes through them.
final class Acceptor {
    private static let pauseMicroseconds: UInt64 = 100_000

    private let connections: ConnectionSet
    private let service: SessionService
    private let log: Log
    private var listeners: [Listener]
    private var sources: [EventSource] = []
    private var resumption: EventSource?
    private var spare: CInt = -1
    private var hasWarned = false

    init(listeners: [Listener], connections: ConnectionSet, service: SessionService, log: Log) {
        self.listeners = listeners
        self.connections = connections
        self.service = service
        self.log = log
    }

    deinit { close(spare) }

    /// Begins to let callers in.
    func start(on loop: EventLoop) throws(SystemError) {
        takeSpare()
        resumption = try loop.onTimer { [unowned self] in
            takeSpare()
            for source in sources { source.enable() }
        }
        for listener in listeners {
            sources.append(try loop.onReadable(listener.descriptor) { [unowned self] in acceptOne(from: listener) })
        }
    }

    /// Lets nobody in any more; sockets that we bound ourselves are removed.
    func stop() {
        sources = []
        listeners = []
        resumption = nil
    }

    /// Lets one caller in, or sends one away, before other work has its turn. What is left of closed sockets is freed by the
    /// kernel on this processor: with four at a time, who only came and went made others wait five times as long.
    private func acceptOne(from listener: Listener) {
        switch listener.accept() {
        case .nobody: return
        case .exhausted(let error):
            warn(error.message)
            if !sendAwayOne(from: listener) { pause() }
        case .caller(let socket, let peer):
            if let error = refusal(of: peer, as: listener.role) { return sendAway(socket, error) }
            do {
                try connections.add(socket, role: listener.role, peer: peer)
                hasWarned = hasWarned && connections.count > service.quotas.limits.connections / 2
            } catch {
                warn(error.message)
            }
        }
    }

    private var whoHasMost: String {
        let most = service.quotas.held(.connections).max { $0.amount < $1.amount }
        return most.map { "; uid \($0.uid) has the most of them: \($0.amount)" } ?? ""
    }

    /// Why a caller is not let in; nil when it is.
    private func refusal(of peer: Peer, as role: Role) -> RPCError? {
        let pool = service.quotas.pool(of: role)
        let limit = pool.totals.connections
        if pool.held.connections >= limit {
            warn("the limit of \(limit) connections is reached\(whoHasMost)")
            return .tooManyConnections
        }
        guard !service.quotas.grants(.connections, to: peer, as: role) else { return nil }
        return .overShare("connections", "close connections that are not needed")
    }

    /// Uses the spare descriptor to tell a caller that there is none for it.
    ///
    /// - Returns: Whether that worked and can be done again.
    private func sendAwayOne(from listener: Listener) -> Bool {
        close(spare)
        spare = -1
        guard case .caller(let socket, _) = listener.accept() else { return false }
        sendAway(socket, .tooManyConnections)
        takeSpare()
        return spare >= 0
    }

    private func pause() {
        for source in sources { source.disable() }
        resumption?.schedule(afterMicroseconds: Self.pauseMicroseconds)
    }

    private func takeSpare() {
        if spare < 0 { spare = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
    }

    private func sendAway(_ socket: CInt, _ error: RPCError) {
        service.statistics.connectionsRefused += 1
        var output = ByteBuffer()
        refuse(error, to: &output, failed: { service.statistics.count($0) })
        // Fits into the empty buffer of a new socket; who has gone already needs no answer.
        _ = systemCall {
            unsafe output.bytes.withUnsafeBytes { unsafe send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        }
        close(socket)
    }

    /// Says it once, until things have calmed down.
    private func warn(_ reason: @autoclosure () -> String) {
        guard !hasWarned else { return }
        hasWarned = true
        log.write(.warning, "callers are sent away: \(reason())", event: .connectionsExhausted)
    }
}

extension RPCError {
    /// All connections that there may be are taken.
    fileprivate static var tooManyConnections: RPCError {
        let hint = "close connections that are not needed, or raise maxConnections and restart"
        return .quota("too many connections", hint: hint)
    }
}
