// Where the daemon's sockets are when systemd has opened them.

/// A socket of the daemon, by the role that it gives a caller.
public enum SocketPath {
    /// For web applications: everything but revoking everyone's sessions and taking a snapshot.
    public static let application = "/run/sessiond/sessiond.sock"
    /// For processes that only check tokens.
    public static let reader = "/run/sessiond/reader.sock"
    /// For the administrator: everything.
    public static let administrator = "/run/sessiond/admin.sock"
}
