// Where a server listens, and what to tell a person when nobody answers there.

internal import CLinux
internal import Durability
internal import Glibc

/// A server's Unix socket.
public struct Endpoint: Sendable {
    /// What is spoken there.
    public let dialect: Dialect
    /// Where it is.
    public let path: String

    /// Names a server's socket.
    public init(_ dialect: Dialect, path: String) {
        self.dialect = dialect
        self.path = path
    }

    /// For how long a server may leave a caller waiting, in seconds.
    static let patience = 30

    /// Connects, waiting while the server's backlog is full.
    ///
    /// - Returns: A descriptor, to be closed by the caller.
    func connect() throws(BenchError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw BenchError(.usage, "\(path): the path of a socket has 1 to 107 bytes")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let descriptor = CInt(systemCall { Int(socket(AF_UNIX, SocketType.stream, 0)) })
        guard descriptor >= 0 else {
            throw BenchError(.system, SystemError("make a socket", code: -descriptor).message)
        }
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = systemCall {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Int(Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)))
                }
            }
        }
        guard result >= 0 else {
            close(descriptor)
            throw refusal(CInt(-result))
        }
        return descriptor
    }

    private func refusal(_ code: CInt) -> BenchError {
        let message = SystemError("cannot connect to \(path)", code: code).message
        let unit = dialect == .sessiond ? "sessiond.socket" : "redis-server"
        return switch code {
        case ENOENT: BenchError(.unavailable, "\(message) (is \(unit) started? Or start servers with --spawn)")
        case ECONNREFUSED: BenchError(.unavailable, "\(message) (nobody listens there any more: start \(unit))")
        case EACCES, EPERM: BenchError(.permission, "\(message) (\(groupHint))")
        case EAGAIN: BenchError(.unavailable, "\(message) (it accepts nobody: see its log)")
        default: BenchError(.system, message)
        }
    }

    /// Which group lets a user in.
    private var groupHint: String {
        var status = stat()
        guard unsafe stat(path, &status) == 0, let group = unsafe getgrgid(status.st_gid) else {
            return "this user may not enter the folder of the socket"
        }
        return unsafe "become a member of the group \(String(cString: group.pointee.gr_name)), or run this with sudo"
    }
}

/// What kind of socket is made: not inherited by the servers that are started.
private enum SocketType {
    static let stream = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
}
