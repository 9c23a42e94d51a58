// Sockets that the daemon binds by itself: who may connect, by their mode; what is found at their path; and who is at the
// other end. One after the other: binding changes the mask of the whole process for a moment.

import Durability
import Glibc
import TestSupport
import Testing

@testable import SessionServer

@Suite("Listening sockets", .serialized)
struct ListenerTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("test.sock")
    }

    /// Type and mode of the file at a path; nil when there is none.
    private func mode(of path: String) -> mode_t? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status.st_mode : nil
    }

    /// A socket bound at the path by somebody else; it listens if asked.
    private func bindOther(listens: Bool, type: __socket_type = SOCK_STREAM) throws -> CInt {
        let descriptor = newSocket(type)
        try #require(bind(descriptor, to: path) == 0)
        if listens { try #require(listen(descriptor, 1) == 0) }
        return descriptor
    }

    /// Connects to the path; negative when that fails.
    private func connectTo() -> CInt {
        let descriptor = newSocket()
        guard connect(descriptor, to: path) == 0 else {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    private func failure(_ path: String) throws -> SystemError {
        try #require(#expect(throws: SystemError.self) { try Listener(path: path, role: .application) })
    }

    @Test(
        "a socket's mode follows from its role",
        arguments: [
            (Role.application, 0o660), (.reader, 0o660), (.administrator, 0o600),
        ] as [(Role, mode_t)]
    )
    func modes(_ role: Role, _ expected: mode_t) throws {
        let mask = umask(0o022)
        defer { umask(mask) }
        let listener = try Listener(path: path, role: role)
        #expect(mode(of: path) == S_IFSOCK | expected)
        #expect(listener.role == role)
        #expect(umask(0o022) == 0o022, "the mask is as it was")
    }

    @Test(
        "a caller gets through, and is who the kernel says that it is",
        .rule("Who it is, the kernel says (`SO_PEERCRED`)")
    )
    func peer() throws {
        let listener = try Listener(path: path, role: .application)
        guard case .nobody = listener.accept() else {
            Issue.record("a caller before anybody called")
            return
        }
        let caller = connectTo()
        try #require(caller >= 0)
        defer { close(caller) }
        guard case .caller(let socket, let peer) = listener.accept() else {
            Issue.record("the caller was not let in")
            return
        }
        defer { close(socket) }
        #expect(peer == Peer(processID: getpid(), userID: getuid(), groupID: getgid()))
        #expect(fcntl(socket, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(socket, F_GETFL) & O_NONBLOCK != 0)
    }

    @Test("a socket that nobody answers at any more is replaced")
    func stale() throws {
        close(try bindOther(listens: true))
        #expect(connectTo() < 0)
        let listener = try Listener(path: path, role: .administrator)
        #expect(mode(of: path) == S_IFSOCK | 0o600)
        let caller = connectTo()
        #expect(caller >= 0)
        close(caller)
        withExtendedLifetime(listener) {}
    }

    @Test("a socket that somebody answers at is left alone")
    func live() throws {
        let other = try bindOther(listens: true)
        defer { close(other) }
        let error = try failure(path)
        #expect(error.code == EADDRINUSE)
        #expect(error.message == "cannot bind \(path): Address already in use")
        let caller = connectTo()
        #expect(caller >= 0)
        close(caller)
    }

    @Test("a socket whose queue of callers is full is somebody's too")
    func busy() throws {
        let other = try bindOther(listens: true)
        defer { close(other) }
        var callers: [CInt] = []
        defer { for caller in callers { close(caller) } }
        for _ in 0..<10 {
            let caller = newSocket(flags: SOCK_NONBLOCK)
            callers.append(caller)
            if connect(caller, to: path) < 0 { break }
        }
        #expect(try failure(path).code == EADDRINUSE)
        #expect(mode(of: path) != nil)
    }

    @Test("two daemons cannot have one socket, and the first keeps it")
    func twoListeners() throws {
        let first = try Listener(path: path, role: .application)
        #expect(try failure(path).code == EADDRINUSE)
        // What the second one tried is a caller who has gone.
        while case .caller(let socket, _) = first.accept() { close(socket) }
        let caller = connectTo()
        #expect(caller >= 0)
        defer { close(caller) }
        guard case .caller(let socket, _) = first.accept() else {
            Issue.record("the first listener lost its socket")
            return
        }
        close(socket)
    }

    @Test("what is no socket is never removed", arguments: ["file", "link", "folder"])
    func noSocket(_ kind: String) throws {
        try directory.write(Array("precious".utf8), to: "precious")
        switch kind {
        case "file": try directory.write(Array("precious".utf8), to: "test.sock")
        case "link": unsafe symlink(directory.file("precious"), path)
        default: unsafe mkdir(path, 0o700)
        }
        let before = try #require(mode(of: path))
        #expect(try failure(path).code == EADDRINUSE)
        #expect(mode(of: path) == before)
        #expect(mode(of: directory.file("precious")) != nil)
        unsafe rmdir(path)
    }

    @Test("a datagram socket is left alone")
    func datagram() throws {
        let other = try bindOther(listens: false, type: SOCK_DGRAM)
        defer { close(other) }
        #expect(try failure(path).code == EADDRINUSE)
        #expect(mode(of: path) != nil)
    }

    @Test("a path that is too long is refused by name", arguments: [108, 109, 4096])
    func tooLong(_ length: Int) throws {
        let long = directory.file(String(repeating: "x", count: length - directory.path.utf8.count - 1))
        let error = try failure(long)
        #expect(error.code == ENAMETOOLONG)
        #expect(error.message == "cannot bind \(long): File name too long")
    }

    @Test("the longest path is taken")
    func longest() throws {
        let long = directory.file(String(repeating: "x", count: 107 - directory.path.utf8.count - 1))
        let listener = try Listener(path: long, role: .reader)
        #expect(mode(of: long) == S_IFSOCK | 0o660)
        withExtendedLifetime(listener) {}
    }

    @Test("a folder that is not there is an error that names the path")
    func noFolder() throws {
        let missing = directory.file("none/test.sock")
        let error = try failure(missing)
        #expect(error.message == "cannot bind \(missing): No such file or directory")
    }

    @Test("an empty path is refused")
    func empty() throws {
        #expect(throws: SystemError.self) { try Listener(path: "", role: .application) }
    }

    @Test("a socket that we bound goes with its listener; one that was passed to us stays")
    func removal() throws {
        var listener: Listener? = try Listener(path: path, role: .application)
        #expect(listener != nil && mode(of: path) != nil)
        listener = nil
        #expect(mode(of: path) == nil)
        listener = Listener(inherited: try bindOther(listens: true), role: .reader)
        guard case .nobody = listener?.accept() else {
            Issue.record("accepting from a socket that was passed must not block")
            return
        }
        listener = nil
        #expect(mode(of: path) != nil)
    }

    @Test("the names of sockets in units stand for the roles")
    func names() {
        let names = Role.socketNames.map { "\($0.name)=\($0.role.rawValue)" }
        #expect(names == ["sessiond=application", "reader=reader", "admin=administrator"])
    }
}
