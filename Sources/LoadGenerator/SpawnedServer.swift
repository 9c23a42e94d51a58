// A server that was started for a measurement: on sockets of its own, in a folder of its own, in its own process group, so
// that Ctrl-C reaches the generator first. It ends with its owner.

internal import CLinux
internal import FoundationEssentials
internal import Glibc

/// A server of ours to start and stop.
final class SpawnedServer {
    let endpoint: Endpoint
    let admin: Endpoint?
    private let command: [String]
    /// Where its files are.
    private let state: String
    private let log: String
    private var process: pid_t?

    /// Prepares a server; `state` is made.
    init(_ command: [String], endpoint: Endpoint, admin: Endpoint? = nil, state: String) throws(BenchError) {
        self.command = command
        self.endpoint = endpoint
        self.admin = admin
        self.state = state
        log = state + ".log"
        try makeFolder(state)
    }

    deinit { kill() }

    /// Starts it.
    ///
    /// - Returns: How long it took until it answered, in milliseconds.
    @discardableResult
    func start(_ interruption: Interruption) throws(BenchError) -> Double {
        let begin = monotonicTime()
        process = try spawn(command, output: log)
        try awaitAnswer(interruption)
        return Double(monotonicTime() - begin) / 1e6
    }

    /// Starts what listens for it, and is its first caller.
    ///
    /// - Returns: How long it took from the call to the answer, in milliseconds.
    func startByCaller(_ interruption: Interruption) throws(BenchError) -> Double {
        process = try spawn(command, output: log)
        let limit = monotonicTime() + 10_000_000_000
        while unsafe access(endpoint.path, F_OK) != 0, monotonicTime() < limit {
            try checkRunning()
            pause(milliseconds: 1)
        }
        // Its file is there a moment before it listens.
        pause(milliseconds: 20)
        let begin = monotonicTime()
        try awaitAnswer(interruption)
        return Double(monotonicTime() - begin) / 1e6
    }

    /// The same server, started by its first caller.
    func activated() throws(BenchError) -> SpawnedServer {
        let path = endpoint.path + ".activated"
        unsafe unlink(path)
        let state = "\(state).activated"
        try removeFolder(state)
        let activator = ["systemd-socket-activate", "--listen=\(path)", command[0], "--state-directory", state]
        return try SpawnedServer(activator, endpoint: Endpoint(.sessiond, path: path), state: state)
    }

    /// Stops it as a service manager would.
    func stop() throws(BenchError) {
        guard let process else { return }
        _ = Glibc.kill(process, SIGTERM)
        let limit = monotonicTime() + 120_000_000_000
        while monotonicTime() < limit {
            if hasEnded() { return }
            pause(milliseconds: 2)
        }
        throw BenchError(.unavailable, "\(command[0]) does not stop")
    }

    /// Ends it at once.
    func kill() {
        guard let process, !hasEnded() else { return }
        _ = Glibc.kill(process, SIGKILL)
        var status: CInt = 0
        unsafe waitpid(process, &status, 0)
        self.process = nil
    }

    /// Ends it and forgets what it has kept.
    func wipe() throws(BenchError) {
        kill()
        try removeFolder(state)
        try makeFolder(state)
    }

    private func hasEnded() -> Bool {
        guard let process else { return true }
        var status: CInt = 0
        guard unsafe waitpid(process, &status, WNOHANG) == process else { return false }
        self.process = nil
        return true
    }

    private func checkRunning() throws(BenchError) {
        guard hasEnded() else { return }
        let words = readSmallFile(log, limit: 1 << 20)?.split(separator: "\n").suffix(5).joined(separator: "\n") ?? ""
        throw BenchError(.unavailable, "\(command.joined(separator: " ")) has ended: \(words)")
    }

    private func awaitAnswer(_ interruption: Interruption) throws(BenchError) {
        let (request, expected) =
            endpoint.dialect == .sessiond
            ? (#"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"# + "\n", #""pong":true"#)
            : ("*1\r\n$4\r\nPING\r\n", "+PONG")
        let limit = monotonicTime() + 120_000_000_000
        var connection: LoadConnection?
        while monotonicTime() < limit {
            try interruption.check()
            try checkRunning()
            do throws(BenchError) {
                if connection == nil { connection = try LoadConnection(to: endpoint) }
                // Redis answers while it loads that it loads.
                if try connection?.ask(request).contains(expected) == true { return }
            } catch {
                // There is no socket yet, or nobody who listens.
                guard error.kind == .unavailable else { throw error }
                connection = nil
            }
            pause(milliseconds: 1)
        }
        throw BenchError(.unavailable, "\(command.joined(separator: " ")) does not answer")
    }
}

/// Lets others run for a while.
func pause(milliseconds: CInt) { _ = poll(nil, 0, milliseconds) }

func makeFolder(_ path: String) throws(BenchError) {
    do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
        throw BenchError(.system, "cannot make \(path): \(error)")
    }
}

/// Removes a folder with all that is in it, if it is there.
func removeFolder(_ path: String) throws(BenchError) {
    guard unsafe access(path, F_OK) == 0 else { return }
    do {
        try FileManager.default.removeItem(atPath: path)
    } catch {
        throw BenchError(.system, "cannot remove \(path): \(error)")
    }
}

/// Starts a program, looked for in PATH, with no input, its output in a file, default signals, in a group of its own.
private func spawn(_ command: [String], output: String) throws(BenchError) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    let arguments = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var process: pid_t = 0
    let code = unsafe posix_spawnp(&process, command[0], &actions, &attributes, arguments, environ)
    if code == ENOENT {
        throw BenchError(.unavailable, "there is no \(command[0]) in PATH: install it (Debian: redis-server, systemd)")
    }
    guard code == 0 else { throw BenchError(.system, "cannot start \(command[0]): error \(code)") }
    return process
}
