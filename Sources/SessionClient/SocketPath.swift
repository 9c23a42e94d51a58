// Where the daemon's sockets are: those that systemd opens for the whole machine, and those of a daemon that a user runs
// for themselves with systemd/run.

internal import Glibc

/// The places of the daemon's sockets, by the role that each gives a caller.
public enum SocketPath {
    /// For web applications: everything but revoking everyone's sessions and taking a snapshot.
    public static let application = "/run/sessiond/sessiond.sock"
    /// For processes that only check tokens.
    public static let reader = "/run/sessiond/reader.sock"
    /// For the administrator: everything.
    public static let administrator = "/run/sessiond/admin.sock"

    /// Who has to be let in.
    public enum Need: Sendable {
        /// Anyone: what readers may ask.
        case anyone
        /// Whoever may change sessions.
        case application
        /// The administrator.
        case administrator
    }

    /// The sockets of one daemon, in the order in which they are tried.
    struct Daemon {
        let administrator: String
        let application: String
        let reader: String

        func candidates(_ need: Need) -> [String] {
            switch need {
            case .administrator: [administrator]
            case .application: [administrator, application]
            case .anyone: [administrator, application, reader]
            }
        }
    }

    static let machine = Daemon(administrator: administrator, application: application, reader: reader)

    /// The socket to use: the one that is named, else `$SESSIOND_SOCKET`, else the first that this user may open of the
    /// machine's daemon, or, where that has none, of the user's own.
    ///
    /// - Returns: A path at which nobody need be listening.
    public static func choose(named: String? = nil, for need: Need = .application) -> String {
        if let named { return named }
        if let variable = environment("SESSIOND_SOCKET") { return variable }
        return choose(for: need, among: [machine] + (ofThisUser().map { [$0] } ?? []))
    }

    static func choose(for need: Need, among daemons: [Daemon]) -> String {
        for daemon in daemons {
            let candidates = daemon.candidates(need)
            if let usable = candidates.first(where: { unsafe access($0, R_OK | W_OK) == 0 }) { return usable }
            // One that is there but closed to this user is the one to tell of.
            let present = daemon.candidates(.anyone).contains { isThere($0) }
            if present { return need == .administrator ? daemon.administrator : daemon.application }
        }
        return need == .administrator ? administrator : application
    }

    /// The sockets that systemd/run opens; nil where their folder is not the user's own. Anybody could have made it.
    private static func ofThisUser() -> Daemon? {
        let named = environment("XDG_RUNTIME_DIR")
        let folder = named.flatMap { isDirectory($0) ? $0 : nil } ?? "/tmp/sessiond-\(getuid())"
        return isDirectory(folder, own: true) ? ofUser(in: folder) : nil
    }

    static func ofUser(in folder: String) -> Daemon {
        Daemon(
            administrator: "\(folder)/sessiond-admin.sock",
            application: "\(folder)/sessiond.sock",
            reader: "\(folder)/sessiond-reader.sock"
        )
    }

    /// How the socket at a path comes to be open.
    static func startHint(for path: String) -> String {
        let unit: String? =
            switch path {
            case administrator: "sessiond-admin.socket"
            case application: "sessiond.socket"
            case reader: "sessiond-reader.socket"
            default: nil
            }
        guard let unit else { return "start the daemon, or name another socket with --socket" }
        return "is \(unit) started? sudo systemctl start \(unit); a socket elsewhere is named with --socket"
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
        return unsafe String(cString: value)
    }

    private static func isThere(_ path: String) -> Bool {
        var status = stat()
        // What lies in a folder that may not be entered may be there.
        return unsafe lstat(path, &status) == 0 || errno == EACCES
    }

    private static func isDirectory(_ path: String, own: Bool = false) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        return !own || status.st_uid == getuid()
    }
}
