// A socket that callers connect to, opened by the service manager or by ourselves, and what it takes to accept from it
// when descriptors run out: a caller that cannot be served is told so, instead of being left to wait.

internal import CLinux
internal import Durability
internal import Glibc

/// A listening socket.
final class Listener {
    let descriptor: CInt
    let role: Role
    /// The path that we bound ourselves, to be removed at the end.
    private let ownPath: String?

    /// Takes over a socket that the service manager opened; it is never shut down or removed by us.
    init(inherited descriptor: CInt, role: Role) {
        self.descriptor = descriptor
        self.role = role
        ownPath = nil
        // Passed sockets may be blocking, and one that another process accepted from meanwhile would block us.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        Self.refuseDescriptors(descriptor)
    }

    /// Binds a socket at `path`, in place of one that nobody answers at any more.
    init(path: String, role: Role) throws(SystemError) {
        self.role = role
        let operation = "cannot bind \(path)"
        let address = try Self.address(path)
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = CInt(try systemCall(operation) { Int(socket(AF_UNIX, type, 0)) })
        do throws(SystemError) {
            switch Self.connect(descriptor, address) {
            case 0...: throw SystemError(operation, code: EADDRINUSE)
            case -Int(ECONNREFUSED): if Self.isSocket(path) { unsafe unlink(path) }
            default: break
            }
            // The file gets the mode of the socket: nobody may connect between bind and chmod who could not afterwards.
            _ = try systemCall(operation) { Int(fchmod(descriptor, 0)) }
            _ = try systemCall(operation) { Self.bind(descriptor, address) }
            let mode: mode_t = role == .administrator ? 0o600 : 0o660
            _ = try systemCall(operation) { unsafe Int(chmod(path, mode)) }
            Self.refuseDescriptors(descriptor)
            _ = try systemCall(operation) { Int(listen(descriptor, 4096)) }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        ownPath = path
    }

    deinit {
        close(descriptor)
        if let ownPath { unsafe unlink(ownPath) }
    }

    /// Lets nobody who connects pass descriptors along with what is sent. We would close them unseen, and closing one can
    /// take as long as its sender likes: a TCP connection with SO_LINGER. Kernels before Linux 6.16 do not know this.
    private static func refuseDescriptors(_ socket: CInt) {
        var none: CInt = 0
        unsafe setsockopt(socket, SOL_SOCKET, SO_PASSRIGHTS, &none, socklen_t(MemoryLayout<CInt>.size))
    }

    /// How accepting went.
    enum Acceptance {
        case caller(CInt, Peer)
        case nobody
        /// There is no descriptor left for a caller (EMFILE, ENFILE) or no memory.
        case exhausted(SystemError)
    }

    /// Accepts one caller.
    func accept() -> Acceptance {
        let flags = CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        while true {
            let result = systemCall { Int(accept4(descriptor, nil, nil, flags)) }
            if result >= 0 { return .caller(CInt(result), Self.peer(of: CInt(result))) }
            switch CInt(-result) {
            // The caller has gone already.
            case ECONNABORTED: continue
            case EAGAIN: return .nobody
            default: return .exhausted(SystemError("accept a caller", code: CInt(-result)))
            }
        }
    }

    private static func peer(of socket: CInt) -> Peer {
        var credentials = ucred(pid: 0, uid: .max, gid: .max)
        var size = socklen_t(MemoryLayout<ucred>.size)
        // Cannot fail for a connected Unix socket; if it did, the peer would be shown as nobody.
        unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        return Peer(processID: credentials.pid, userID: credentials.uid, groupID: credentials.gid)
    }

    /// Connecting to a file that is no socket is refused, too, and such a file is not ours to remove.
    private static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    private static func address(_ path: String) throws(SystemError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let isTooLong = bytes.count >= MemoryLayout.size(ofValue: address.sun_path)
        if isTooLong { throw SystemError("cannot bind \(path)", code: ENAMETOOLONG) }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }

    private static func bind(_ descriptor: CInt, _ address: sockaddr_un) -> Int {
        unsafe withGeneric(address) { unsafe Int(Glibc.bind(descriptor, $0, $1)) }
    }

    private static func connect(_ descriptor: CInt, _ address: sockaddr_un) -> Int {
        unsafe withGeneric(address) { pointer, size in
            systemCall { unsafe Int(Glibc.connect(descriptor, pointer, size)) }
        }
    }

    private static func withGeneric(
        _ address: sockaddr_un,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int
    ) -> Int {
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
