// One of the generator's callers: its socket, what it is about to send, and what it was not answered yet.

internal import CLinux
internal import Durability
internal import Glibc
internal import JSONRPC

/// A connection of the generator.
final class LoadConnection {
    /// What it is there for.
    enum Part {
        /// It asks, again and again.
        case load
        /// It is told of changes.
        case watcher
        /// It ends sessions, one when all watchers have been told of the one before.
        case ender
        /// It asks once; its answer ends the run.
        case once
    }

    /// A request that was sent.
    struct Awaited {
        let operation: Int
        /// The number of its key.
        let number: Int
    }

    let part: Part
    let dialect: Dialect
    /// What it asks, by the operations' indexes: each time one of these at random.
    let choices: [Int]
    private let descriptor: CInt
    var input = ByteBuffer()
    var output = ByteBuffer()
    var awaited: [Awaited] = []
    /// How many of those are answered.
    var answered = 0
    /// When they were sent, or should have been.
    var since: UInt64 = 0
    /// The poller waits for room to send.
    var isBlocked = false

    /// Connects.
    init(to endpoint: Endpoint, as part: Part = .load, choices: [Int] = []) throws(BenchError) {
        descriptor = try endpoint.connect()
        dialect = endpoint.dialect
        self.part = part
        self.choices = choices
    }

    deinit { close(descriptor) }

    func join(_ poller: Poller, number: Int) throws(BenchError) { try poller.add(descriptor, number: number) }

    /// Asks the poller to say when there is room, or not to any more.
    func updateInterest(_ poller: Poller, number: Int) {
        guard isBlocked == output.isEmpty else { return }
        isBlocked = !output.isEmpty
        poller.modify(descriptor, number: number, writable: isBlocked)
    }

    /// Sends once what is to be sent; what finds no room stays.
    func send() throws(BenchError) {
        let count = send(output.bytes)
        if count >= 0 { return output.consume(count) }
        guard count == -Int(EAGAIN) else { throw hangUp(CInt(-count)) }
    }

    private func send(_ bytes: Span<UInt8>) -> Int {
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        return systemCall {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
        }
    }

    /// Reads once.
    func receive() throws(BenchError) {
        let count = unsafe input.appendFromSystemCall(capacity: 1 << 16) { room in
            systemCall { unsafe recv(descriptor, room.baseAddress, room.count, CInt(MSG_DONTWAIT)) }
        }
        if count > 0 || count == -Int(EAGAIN) { return }
        throw hangUp(CInt(-count))
    }

    /// Sends a request and waits for its answer.
    func ask(_ request: String) throws(BenchError) -> String {
        output.append(utf8: request)
        let deadline = monotonicTime() + UInt64(Endpoint.patience) * 1_000_000_000
        while monotonicTime() < deadline {
            try send()
            try receive()
            switch dialect.frame(input.bytes, from: 0) {
            case .whole(let end):
                let answer = input.text(0..<end)
                input.consume(end)
                return answer
            case .malformed: throw malformed()
            case .partial: break
            }
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN | (output.isEmpty ? 0 : POLLOUT)), revents: 0)
            unsafe poll(&interest, 1, 100)
        }
        throw BenchError(.unavailable, "\(dialect) has not answered for \(Endpoint.patience) s")
    }

    /// The process that listens, as the system knows it.
    var peer: pid_t {
        var credentials = ucred(pid: 0, uid: 0, gid: 0)
        var size = socklen_t(MemoryLayout<ucred>.size)
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        return credentials.pid
    }

    func malformed() -> BenchError {
        let start = input.text(0..<min(input.count, 100))
        return BenchError(.answers, "this is not an answer of \(dialect): \(start) (is it the right socket?)")
    }

    private func hangUp(_ code: CInt) -> BenchError {
        let reason = code == 0 ? "it closed the connection" : SystemError("the connection broke", code: code).message
        let last = input.isEmpty ? "" : ", saying: \(input.text(0..<min(input.count, 200)))"
        return BenchError(
            .unavailable,
            "\(dialect) is gone: \(reason)\(last) (see its log and its limit of connections; is it the right socket?)"
        )
    }
}
