// What a caller may not do to others, and what the log and its error say of it.

internal import JSONRPC

/// Something for which a caller is refused or disconnected.
enum Offence: String, CaseIterable, Sendable {
    /// Its uid has its share of connections.
    case connections
    /// Its uid has its share of the memory for what is read and answered.
    case memory
    /// Its uid has its share of watchers.
    case watchers
    /// Its uid has its share of answers that wait for the disk.
    case waiting
    /// The sessions take all the memory that they may, and it wants more.
    case sessions
    /// A line that is longer than lines may be.
    case longLine
    /// A line that was begun and not finished in time.
    case slowLine

    /// Whether it was too much of something that is shared; otherwise a rule about lines was broken.
    var isOverQuota: Bool {
        switch self {
        case .connections, .memory, .watchers, .waiting, .sessions: true
        case .longLine, .slowLine: false
        }
    }

    /// What it is in the log.
    var event: LogEvent { isOverQuota ? .quotaExceeded : .peerDisconnected }

    /// Whether it costs the caller the connection; otherwise only the request.
    var disconnects: Bool {
        switch self {
        case .connections, .memory, .longLine, .slowLine: true
        case .watchers, .waiting, .sessions: false
        }
    }
}

/// A caller that has done such a thing.
struct Offender: Sendable {
    let offence: Offence
    let peer: Peer
    /// What it did, for the log.
    let reason: String
}
