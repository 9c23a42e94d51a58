// Starting: configuration, state directory, sockets, recovery, in this order; each failure ends the start with one line
// that says what to do, and an exit code of sysexits(3).

internal import CLinux
internal import Durability
internal import Glibc
internal import Sessions

/// The exit codes of the daemon (sysexits(3)).
public enum ExitCode {
    /// All went well.
    public static let success: CInt = 0
    /// The command line asks for something impossible: EX_USAGE.
    public static let usage: CInt = 64
    /// The state files are damaged: EX_DATAERR.
    public static let damagedState: CInt = 65
    /// The system refused something: EX_OSERR.
    public static let system: CInt = 71
    /// The state directory cannot be used: EX_CANTCREAT.
    public static let stateDirectory: CInt = 73
    /// The last snapshot could not be written: EX_IOERR.
    public static let ioError: CInt = 74
    /// The configuration was refused: EX_CONFIG.
    public static let configuration: CInt = 78
}

/// What the command line says.
public struct DaemonOptions: Sendable {
    /// Where to bind the application's socket, if it is not passed by systemd.
    public var socket: String?
    /// Where to bind the reader's socket.
    public var readerSocket: String?
    /// Where to bind the administrator's socket.
    public var adminSocket: String?
    /// Where journals and snapshots are kept.
    public var stateDirectory: String?
    /// The configuration file; when none is named, the default one if it exists.
    public var configuration: String?

    /// No options.
    public init() {}
}

/// The version of the daemon.
public let daemonVersion = "0.1.0"

/// Runs the daemon until it is told to stop.
///
/// - Returns: The exit code.
public func runDaemon(_ options: DaemonOptions) -> CInt {
    let log = Log()
    let clock = Clock()
    do throws(StartError) {
        if !forbid_dumps() { log.write(.warning, "core files cannot be forbidden: LimitCORE=0 would") }
        blockSignals()
        let state = try start(options, clock: clock, log: log)
        do throws(SystemError) {
            return try Daemon(state, options: options, log: log, clock: clock).run()
        } catch {
            throw StartError(ExitCode.system, error.message)
        }
    } catch {
        log.write(.error, error.message, event: error.event)
        log.linger()
        return error.code
    }
}

/// The configuration that the options name.
///
/// - Returns: The configuration and its file; no file when the defaults apply.
public func loadConfiguration(_ named: String?) throws(ConfigurationError) -> (Configuration, path: String?) {
    if let named { return (try Configuration(path: named), named) }
    guard unsafe access(Configuration.defaultPath, F_OK) == 0 else { return (Configuration(), nil) }
    return (try Configuration(path: Configuration.defaultPath), Configuration.defaultPath)
}

/// Why the daemon did not start.
struct StartError: Error {
    let code: CInt
    let message: String
    let event: LogEvent?

    init(_ code: CInt, _ message: String, event: LogEvent? = nil) {
        self.code = code
        self.message = message
        self.event = event
    }
}

/// All that the daemon is made of.
struct StartedState: ~Copyable {
    let configuration: Configuration
    let connectionLimit: Int
    let listeners: [Listener]
    let disk: FileDisk
    let facts: ServiceFacts
    /// The greatest generation of any state file.
    let generation: UInt64
    /// The change up to which the files hold everything.
    let complete: UInt64
    let store: SessionStore
    /// What watchers may have missed.
    let past: Past
}

private func start(_ options: DaemonOptions, clock: Clock, log: Log) throws(StartError) -> StartedState {
    let configuration: Configuration
    do {
        (configuration, _) = try loadConfiguration(options.configuration)
    } catch {
        throw StartError(ExitCode.configuration, error.message, event: .configurationRefused)
    }
    let limit = connectionLimit(wanted: configuration.maxConnections, log: log)
    let directory = try stateDirectory(options)
    let disk: FileDisk
    do {
        disk = try FileDisk(path: directory)
        try disk.checkWritable()
    } catch {
        var hint = "it must exist and belong to the user that sessiond runs as"
        if error.code == EWOULDBLOCK {
            let holder = (try? FileDisk(unlocked: directory))?.lockHolder.map { ": process \($0) has it" } ?? ""
            hint = "is another sessiond running on it?\(holder)"
        }
        throw StartError(ExitCode.stateDirectory, "\(error.message) (\(hint))", event: .stateRefused)
    }
    let listeners = try listen(options)
    let startedAt = clock.now()
    let recovered: RecoveredState
    do {
        recovered = try recover(
            from: disk,
            policy: configuration.policy,
            now: startedAt,
            watchHistory: configuration.watchHistory
        ) {
            ServiceManager.extendTimeout(seconds: 30)
        }
    } catch {
        throw StartError(error, directory: directory)
    }
    for damage in recovered.report.damaged {
        let instead = recovered.report.snapshot.map { "\($0) and the journals since" } ?? "the journals"
        let message = "\(directory)/\(damage.message): passed over for \(instead), which hold the same"
        log.write(.error, message, event: .snapshotDamaged)
    }
    do {
        try setAside(recovered.report.damaged, on: disk)
    } catch {
        log.write(.error, "cannot set a damaged snapshot aside: \(error.message)", event: .snapshotDamaged)
    }
    if let cut = recovered.report.cut {
        let message = """
            \(directory)/\(cut.file): left out \(cut.bytes) bytes behind byte \(cut.offset), a write that was interrupted \
            before it was acknowledged
            """
        log.write(.notice, message, event: .journalCut)
    }
    let facts = ServiceFacts(
        version: daemonVersion,
        processID: getpid(),
        startedAt: startedAt,
        stateDirectory: directory,
        recovery: RecoveryFacts(recovered.report, took: clock.now().since(startedAt))
    )
    let past = recovered.past
    return StartedState(
        configuration: configuration,
        connectionLimit: limit,
        listeners: listeners,
        disk: disk,
        facts: facts,
        generation: recovered.generation,
        complete: recovered.complete,
        store: recovered.takeStore(),
        past: past
    )
}

extension StartError {
    init(_ error: RecoveryError, directory: String) {
        switch error {
        case .disk(let error):
            self.init(ExitCode.stateDirectory, "cannot read \(directory): \(error.message)", event: .stateRefused)
        case .damaged(let damaged):
            let files = damaged.map(\.message).joined(separator: "; ")
            if damaged.contains(where: { $0.isNewer }) {
                let message = """
                    the state in \(directory) is a newer sessiond's: \(files). Run that one, or restore a copy of the \
                    directory that was made before it ran
                    """
                self.init(ExitCode.damagedState, message, event: .stateRefused)
                return
            }
            let message = """
                the state in \(directory) is damaged: \(files). Restore the directory from a backup, or go on with what can \
                be read: `sessionctl state repair \(directory)` (`sessionctl state check` shows what there is)
                """
            self.init(ExitCode.damagedState, message, event: .stateRefused)
        }
    }
}

extension RecoveryFacts {
    init(_ report: RecoveryReport, took: Milliseconds) {
        self.init(
            snapshot: report.snapshot,
            journals: report.journals,
            damaged: report.damaged.map(\.message),
            sessions: report.sessions,
            tombstones: report.tombstones,
            changes: report.changes,
            bytes: report.bytes,
            cutBytes: report.cut?.bytes ?? 0,
            took: took
        )
    }
}

/// The signals that the loop takes; they are blocked before any thread is started, so that all threads have them blocked.
private func blockSignals() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, signal) }
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
}

/// Raises the limit on open files as far as is allowed, makes room for as many, and says how many connections that are.
private func connectionLimit(wanted: Int, log: Log) -> Int {
    /// What the daemon needs besides: sockets, the state directory and its files, event descriptors, and the connections
    /// that are kept for administrators.
    let own = 32 + QuotaLimits.administrators.connections
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let possible = max(Int(clamping: limit.rlim_cur) - own, 1)
    if possible < wanted {
        log.write(
            .warning,
            "maxConnections is \(wanted), but the limit on open files allows \(possible) (LimitNOFILE=)"
        )
    }
    makeRoomForDescriptors(min(wanted, possible) + own)
    return min(wanted, possible)
}

/// Has the kernel make its table of descriptors as large as it may get. A process with threads waits for all processors
/// whenever its table grows (`expand_fdtable` in Linux's fs/file.c), for 10 ms and more, in which nobody is answered; until
/// now there is one thread.
private func makeRoomForDescriptors(_ count: Int) {
    let lowest = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    let highest = fcntl(lowest, F_DUPFD_CLOEXEC, CInt(clamping: count - 1))
    // Where that fails the table grows later.
    for descriptor in [lowest, highest] where descriptor >= 0 { close(descriptor) }
}

/// - Parameter makesDefault: Whether the default directory is made if it is not there.
func stateDirectory(_ options: DaemonOptions, makesDefault: Bool = true) throws(StartError) -> String {
    if let directory = options.stateDirectory { return directory }
    if let directories = environment("STATE_DIRECTORY") {
        return directories.split(separator: ":").first.map { String($0) } ?? directories
    }
    guard let base = environment("XDG_STATE_HOME") ?? environment("HOME").map({ "\($0)/.local/state" }) else {
        throw StartError(ExitCode.stateDirectory, "no state directory: give --state-directory DIR")
    }
    let directory = "\(base)/sessiond"
    if !makesDefault { return directory }
    // Only the default is made; a directory that was named and is not there is more likely a mistake.
    var path = ""
    for part in directory.split(separator: "/") {
        path += "/\(part)"
        unsafe mkdir(path, 0o700)
    }
    return directory
}

private func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}

private func listen(_ options: DaemonOptions) throws(StartError) -> [Listener] {
    do throws(SystemError) {
        var listeners: [Listener] = []
        for socket in try ServiceManager.sockets() {
            listeners.append(try inherited(socket.descriptor, name: socket.name))
        }
        let own = [
            (options.socket, Role.application), (options.readerSocket, .reader), (options.adminSocket, .administrator),
        ]
        for case (let path?, let role) in own { listeners.append(try Listener(path: path, role: role)) }
        if !listeners.isEmpty { return listeners }
    } catch {
        let hint = error.code == EADDRINUSE ? " (is sessiond.socket active, or another sessiond running?)" : ""
        throw StartError(ExitCode.system, error.message + hint)
    }
    throw StartError(ExitCode.usage, "no socket: start sessiond.socket, or give --socket PATH")
}

private func inherited(_ descriptor: CInt, name: String) throws(SystemError) -> Listener {
    // systemd-socket-activate(1) names its sockets only when it is told to.
    let roles = Role.socketNames + [("unknown", .application)]
    guard let role = roles.first(where: { $0.name == name })?.role else {
        let known = Role.socketNames.map(\.name).joined(separator: ", ")
        throw SystemError(
            "socket \"\(name)\" from the service manager (FileDescriptorName= must be one of \(known))",
            code: EINVAL
        )
    }
    guard ServiceManager.isListeningSocket(descriptor) else {
        throw SystemError(
            "socket \"\(name)\" from the service manager is not a listening Unix stream socket",
            code: ENOTSOCK
        )
    }
    return Listener(inherited: descriptor, role: role)
}
