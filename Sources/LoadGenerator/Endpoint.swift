// Where a server listens, and what to tell a person when nobody answers there.

internal import Durability
internal import Glibc
internal import SessionClient

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
        let result = connectSocket(to: path, patience: .seconds(Self.patience))
        guard result >= 0 else { throw refusal(CInt(-result)) }
        return CInt(result)
    }

    private func refusal(_ code: CInt) -> BenchError {
        let message = SystemError("cannot connect to \(path)", code: code).message
        let unit = dialect == .sessiond ? "sessiond.socket" : "redis-server"
        return switch code {
        case ENAMETOOLONG: BenchError(.usage, "\(path): \(socketPathLimit)")
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
