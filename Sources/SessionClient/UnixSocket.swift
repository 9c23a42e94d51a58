// A Unix stream socket as a caller needs it: connecting, and words for a person when that fails. Every call that a signal
// can interrupt is made again.

internal import CLinux
internal import Glibc

/// The descriptor of a connection, closed with its owner.
struct UnixSocket: ~Copyable {
    let descriptor: CInt

    /// Connects, waiting while the other side's backlog is full.
    ///
    /// - Throws: `ClientError`: `usage`, `absent`, `permission`, `timeout` or `system`.
    init(connectedTo path: String, patience: Duration) throws(ClientError) {
        let result = connectSocket(to: path, patience: patience)
        guard result >= 0 else { throw refusal(CInt(-result), path: path) }
        descriptor = CInt(result)
    }

    deinit { close(descriptor) }

    /// Waits until there is something to read or room to write, at most until a deadline; returns false when it passes.
    func wait(for event: CInt, until deadline: ContinuousClock.Instant?) -> Bool {
        while true {
            var interest = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let count = retrying { unsafe Int(poll(&interest, 1, milliseconds(until: deadline))) }
            // Whatever is wrong with the descriptor, the next call on it says.
            if count != 0 { return true }
            if let deadline, ContinuousClock.now >= deadline { return false }
        }
    }

    private func milliseconds(until deadline: ContinuousClock.Instant?) -> CInt {
        guard let deadline else { return -1 }
        let (seconds, fraction) = (deadline - ContinuousClock.now).components
        guard seconds >= 0, fraction >= 0 else { return 0 }
        // Rounded up, or the last millisecond would be spent asking again and again.
        return CInt(min(seconds, 1_000_000) * 1000 + fraction / 1_000_000_000_000_000 + 1)
    }
}

/// Connects to a Unix stream socket, waiting while the other side's backlog is full.
///
/// - Parameter patience: How long to wait for that, a millisecond at least.
/// - Returns: A descriptor, to be closed by the caller and by exec(2), or the negated error number: of a path that no socket
///   can have, ENAMETOOLONG.
public func connectSocket(to path: String, patience: Duration) -> Int {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(path.utf8)
    guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path) else { return -Int(ENAMETOOLONG) }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let made = retrying { Int(socket(AF_UNIX, kind, 0)) }
    guard made >= 0 else { return made }
    let descriptor = CInt(made)
    // connect(2) waits for room in the backlog as long as sending may take: unix(7).
    let (seconds, fraction) = max(patience, .milliseconds(1)).components
    var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(fraction / 1_000_000_000_000))
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let result = retrying {
        unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Int(connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)))
            }
        }
    }
    if result >= 0 { return made }
    close(descriptor)
    return result
}

/// What a person is told of a path that no socket can have.
public let socketPathLimit = "the path of a socket has 1 to 107 bytes"

/// Makes a system call, again as long as a signal interrupts it; returns its result or its negated error number.
func retrying(_ body: () -> Int) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { return -Int(code) }
    }
}

/// The system's words for an error number.
func words(for code: CInt) -> String {
    var text = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func refusal(_ code: CInt, path: String) -> ClientError {
    let message = "cannot connect to \(path): \(words(for: code))"
    return switch code {
    case ENOENT: .noSocket(message, path: path)
    case ENAMETOOLONG: ClientError(.usage, "\(path): \(socketPathLimit)")
    case ECONNREFUSED:
        ClientError(.absent, message, hint: "nobody listens there any more: \(SocketPath.startHint(for: path))")
    case EACCES, EPERM: ClientError(.permission, message, hint: permissionHint(path))
    case EAGAIN: ClientError(.timeout, message, hint: "it accepts nobody; see: journalctl --catalog --unit sessiond")
    case ENOTSOCK, EPROTOTYPE: ClientError(.usage, message, hint: "that is not the socket of a daemon")
    default: ClientError(.system, message)
    }
}

extension ClientError {
    static func noSocket(_ message: String, path: String) -> ClientError {
        ClientError(.absent, message, hint: "is the daemon's socket open? \(SocketPath.startHint(for: path))")
    }
}

/// Who may open a socket.
private func permissionHint(_ path: String) -> String {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return "this user may not enter the folder of the socket" }
    guard status.st_mode & S_IWGRP != 0, let group = unsafe getgrgid(status.st_gid) else {
        return "only its owner may open it: run this with sudo"
    }
    let name = unsafe String(cString: group.pointee.gr_name)
    return """
        only members of the group \(name) may open it: run this with sudo, or join the group with \
        "sudo usermod --append --groups \(name) $USER" and log in again
        """
}
