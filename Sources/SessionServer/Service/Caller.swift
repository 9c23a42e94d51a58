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

/// Who may call a method.
struct RoleSet: OptionSet, Sendable {
    let rawValue: UInt8

    static let application = RoleSet(.application)
    static let reader = RoleSet(.reader)
    static let administrator = RoleSet(.administrator)
    /// Every role.
    static let everyone: RoleSet = [.application, .reader, .administrator]
    /// The roles that may change sessions.
    static let writers: RoleSet = [.application, .administrator]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    private init(_ role: Role) { rawValue = 1 << role.place }

    func contains(_ role: Role) -> Bool { rawValue & 1 << role.place != 0 }
}

extension Role {
    fileprivate var place: UInt8 {
        switch self {
        case .application: 0
        case .reader: 1
        case .administrator: 2
        }
    }
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

/// Who sent a line, and what was done for it beforehand.
struct Caller: Sendable {
    let role: Role
    let peer: Peer
    /// The snapshot that was taken for a line that asks for one.
    var snapshot: SnapshotOutcome?
    /// Its connection is told of changes already.
    var isWatching = false
}
