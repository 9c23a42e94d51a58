// Unix stream sockets by path, as any program makes them: the other side of what the daemon binds.

import Glibc

/// A new socket.
func newSocket(_ type: __socket_type = SOCK_STREAM, flags: __socket_type...) -> CInt {
    socket(AF_UNIX, CInt(type.rawValue) | flags.reduce(0) { $0 | CInt($1.rawValue) }, 0)
}

/// Binds a socket to a path, as bind(2) does.
func bind(_ descriptor: CInt, to path: String) -> CInt {
    unsafe withAddress(path) { unsafe Glibc.bind(descriptor, $0, $1) }
}

/// Connects a socket to a path, as connect(2) does.
func connect(_ descriptor: CInt, to path: String) -> CInt {
    unsafe withAddress(path) { unsafe Glibc.connect(descriptor, $0, $1) }
}

private func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    return unsafe withUnsafePointer(to: address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
