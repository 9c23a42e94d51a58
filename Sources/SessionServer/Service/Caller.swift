// Who asks. The listening socket decides what a caller may do; who the process is, the kernel says.

/// What a caller may do, decided by the socket that it came through.
public enum Role: String, CaseIterable, Sendable {
    /// Web applications: everything about sessions but ending all of them.
    case application
    /// Processes that only check tokens, and never touch.
    case reader
    /// The administrator: everything.
    case administrator

    /// The name that the socket has in systemd's `FileDescriptorName=`, and its role.
    public static let socketNames: [(name: String, role: Role)] = [
        ("sessiond", .application), ("reader", .reader), ("admin", .administrator),
    ]
}

extension [Role] {
    /// Every role.
    static let everyone: [Role] = [.application, .reader, .administrator]
    /// The roles that may change sessions.
    static let writers: [Role] = [.application, .administrator]
}

/// The process at the other end, as the kernel knows it (`SO_PEERCRED`, unix(7)): who it was when it connected.
public struct Peer: Equatable, Sendable {
    /// Its process.
    public let processID: Int32
    /// Its user.
    public let userID: UInt32
    /// Its group.
    public let groupID: UInt32
}
