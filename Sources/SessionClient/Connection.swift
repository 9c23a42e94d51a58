// A connection to the daemon that waits for each answer: write a line, read a line. What a watcher is told comes on the
// same connection, between answers, and is kept until somebody asks for it.

internal import CLinux
internal import Glibc
internal import JSONRPC

/// A connection to the daemon. Not for use by several threads at once.
public final class Connection {
    /// How long the daemon may take to answer unless something else is said.
    public static let patience = Duration.seconds(30)
    /// No answer is longer than this: a page of a list has at most some 1000 sessions of 64 KiB.
    private static let longestLine = 1 << 27

    /// Where it leads.
    public let path: String
    private let socket: UnixSocket
    private let patience: Duration
    private var input = ByteBuffer()
    /// How much of the input has no line feed in it.
    private var searched = 0
    private var lastID = 0
    private var notifications: [Notification] = []

    /// A line that answers nothing: what a watcher is told.
    public struct Notification: Sendable {
        /// The line as it came, without its line feed.
        public let line: String
        /// What it says: `method` and `params`.
        public let message: JSONTree
    }

    /// Connects.
    ///
    /// - Parameter patience: How long connecting, and each answer, may take.
    /// - Throws: `ClientError`: `usage`, `absent`, `permission`, `timeout` or `system`.
    public init(to path: String, patience: Duration = Connection.patience) throws(ClientError) {
        socket = try UnixSocket(connectedTo: path, patience: patience)
        self.path = path
        self.patience = patience
    }

    /// For poll(2) beside other descriptors: it is readable when `notification` may have something to say.
    public var descriptor: CInt { socket.descriptor }

    /// Asks, and waits for the answer.
    ///
    /// - Throws: `ClientError` when no answer came: `timeout`, `closed` or `notUnderstood`. An error that the daemon
    ///   answered is the answer's.
    public func ask(_ call: Call) throws(ClientError) -> Answer {
        lastID += 1
        let deadline = ContinuousClock.now + patience
        let isSent = try send(call.line(id: lastID), until: deadline)
        while let line = try receive(until: deadline, isSent: isSent) {
            let message = try Self.read(line)
            if message["method"] != .null {
                notifications.append(Notification(line: line, message: message))
                continue
            }
            // An answer that was given up comes late. What the daemon says before it sends a caller away has no id.
            let id = message["id"]
            if let id = id.integer, id < lastID { continue }
            let answer = try Answer(line, message)
            guard id.integer == Int64(lastID) || id == .null && answer.isError else { throw .notAnAnswer(line) }
            return answer
        }
        throw ClientError(
            .timeout,
            "sessiond has not answered \(call.method) for \(patience)",
            hint: "see: systemctl status sessiond"
        )
    }

    /// Asks, and waits for the result.
    ///
    /// - Throws: `ClientError`, also for an error that the daemon answered, as `refused`.
    public func result(of call: Call) throws(ClientError) -> JSONTree { try ask(call).result() }

    /// What a watcher is told next.
    ///
    /// - Parameter time: How long to wait for it; nil for as long as it takes.
    /// - Returns: nil when nothing came in this time.
    /// - Throws: `ClientError`: `closed` or `notUnderstood`.
    public func notification(within time: Duration? = nil) throws(ClientError) -> Notification? {
        if !notifications.isEmpty { return notifications.removeFirst() }
        guard let line = try receive(until: time.map { ContinuousClock.now + $0 }) else { return nil }
        let message = try Self.read(line)
        if message["method"] != .null { return Notification(line: line, message: message) }
        // What the daemon says before it sends a caller away answers nothing, but says why.
        _ = try Answer(line, message).result()
        throw .notAnAnswer(line)
    }

    /// Sends a line; returns whether all of it could be sent before the other side closed.
    private func send(_ line: String, until deadline: ContinuousClock.Instant) throws(ClientError) -> Bool {
        var rest = ByteBuffer()
        rest.append(utf8: line)
        rest.append(UInt8(ascii: "\n"))
        while !rest.isEmpty {
            let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
            let count = send(rest.bytes, flags)
            if count >= 0 {
                rest.consume(count)
            } else if count == -Int(EAGAIN) {
                guard socket.wait(for: CInt(POLLOUT), until: deadline) else { return true }
            } else if count == -Int(EPIPE) || count == -Int(ECONNRESET) {
                return false
            } else {
                throw ClientError(.system, "cannot send to \(path): \(words(for: CInt(-count)))")
            }
        }
        return true
    }

    private func send(_ bytes: Span<UInt8>, _ flags: CInt) -> Int {
        unsafe bytes.withUnsafeBytes { bytes in
            retrying { unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags) }
        }
    }

    /// The next line; nil when the deadline passes before it has come.
    private func receive(until deadline: ContinuousClock.Instant?, isSent: Bool = true) throws(ClientError) -> String? {
        while true {
            if let line = takeLine() { return line }
            guard input.count < Self.longestLine else { throw .notAnAnswer(input.text(0..<100)) }
            guard socket.wait(for: CInt(POLLIN), until: deadline) else { return nil }
            let count = unsafe input.appendFromSystemCall(capacity: 1 << 16) { room in
                retrying { unsafe recv(descriptor, room.baseAddress, room.count, CInt(MSG_DONTWAIT)) }
            }
            if count > 0 || count == -Int(EAGAIN) { continue }
            let reason = count == 0 || !isSent ? "" : ": \(words(for: CInt(-count)))"
            throw ClientError(
                .closed,
                "sessiond closed the connection\(reason)",
                hint: "it was stopped, or there are too many callers; see: journalctl --catalog --unit sessiond"
            )
        }
    }

    private func takeLine() -> String? {
        guard let end = input.lineFeed(from: searched) else {
            searched = input.count
            return nil
        }
        let line = input.text(0..<end)
        input.consume(end + 1)
        searched = 0
        return line
    }

    private static func read(_ line: String) throws(ClientError) -> JSONTree {
        do {
            return try JSONTree(parsing: line)
        } catch {
            throw .notAnAnswer(line)
        }
    }
}

extension ByteBuffer {
    /// Bytes as text.
    func text(_ range: Range<Int>) -> String {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The place of the first line feed from `start` on.
    fileprivate func lineFeed(from start: Int) -> Int? {
        let bytes = bytes
        return (start..<bytes.count).first { bytes[$0] == UInt8(ascii: "\n") }
    }
}
