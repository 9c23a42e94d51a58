// The log: structured journal entries when stderr is the journal, plain lines with a priority in front otherwise
// (sd-daemon(3)). Each kind of event has its MESSAGE_ID and an entry in the catalog. No token is ever logged, and nothing
// is logged per request.

internal import CLinux
internal import CSystemd
internal import Durability
internal import Glibc

/// Kinds of events, by the ids under which the journal's catalog explains them.
enum LogEvent: String, CaseIterable {
    case started = "67205cfd9c6d4caeabf6429c3482f909"
    case stopping = "ea6e70eca22840b9bfa61a66bfae0069"
    case snapshotWritten = "e7b2f2174a194cfa87d6b627ed6f348c"
    case snapshotFailed = "2810cb9bb3474033b80e731bc689a527"
    case snapshotDamaged = "5015373e47bd4afb88315ec3bc09bfe0"
    case journalFailed = "5e329fa91f174c62a408f8c3a2c7d73d"
    case journalMended = "e896c7088b3f433cb9964b7c32f20174"
    case journalCut = "2735df277e854d8b8dab98bad8ff5379"
    case stateRefused = "736b1c9d723b4970b0a984ebaff9f4f4"
    case configurationReloaded = "e3aa198bfeb6483b983aaff89d241049"
    case configurationRefused = "87cfcda4e683421f9d0c0de9af3057ee"
    case connectionsExhausted = "f865caa3d0f2440b9ff3aa5e2cf866ca"
    case peerDisconnected = "addbfa28f605465db8074292023c50c6"
    case quotaExceeded = "cd59b76ee92a45e89118311ea027f932"
}

/// Where messages go.
struct Log: Sendable {
    /// How urgent a message is (syslog(3)).
    enum Priority: Int {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
    }

    private let goesToJournal: Bool

    /// Finds out whether stderr is the journal (systemd.exec(5), `$JOURNAL_STREAM`).
    init() {
        goesToJournal = Self.isStandardErrorTheJournal
    }

    /// Writes a message.
    ///
    /// - Parameters:
    ///   - event: What kind of event it is; nil for what needs no explanation.
    ///   - fields: Further journal fields, names in capitals.
    func write(_ priority: Priority, _ message: String, event: LogEvent? = nil, fields: [(String, String)] = []) {
        guard goesToJournal else {
            let line = Array("<\(priority.rawValue)>\(message)\n".utf8)
            // Nobody to tell when stderr is gone.
            _ = systemCall { unsafe line.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) } }
            return
        }
        var all = [("MESSAGE", message), ("PRIORITY", String(priority.rawValue)), ("SYSLOG_IDENTIFIER", "sessiond")]
        if let event { all.append(("MESSAGE_ID", event.rawValue)) }
        send(all + fields)
    }

    /// Stays for a moment, when the process is about to end. The journal asks the kernel which unit a message comes from when it
    /// reads it; of a process that is gone nobody knows, and `journalctl --unit` would not show why it went.
    func linger() {
        if goesToJournal { usleep(200_000) }
    }

    private func send(_ fields: [(String, String)]) {
        let lines = fields.map { Array("\($0.0)=\($0.1)".utf8) }
        let size = lines.reduce(0) { $0 + $1.count }
        // Sound: the vectors point into `memory`, which is freed after the call that reads them.
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(size, 1))
        defer { unsafe memory.deallocate() }
        var end = unsafe memory
        var vectors: [iovec] = unsafe []
        for line in lines {
            for byte in line {
                unsafe end.initialize(to: byte)
                unsafe end += 1
            }
            unsafe vectors.append(iovec(iov_base: end - line.count, iov_len: line.count))
        }
        _ = unsafe sd_journal_sendv(vectors, CInt(vectors.count))
    }

    private static var isStandardErrorTheJournal: Bool {
        guard let variable = unsafe getenv("JOURNAL_STREAM") else { return false }
        let parts = unsafe String(cString: variable).split(separator: ":")
        var status = stat()
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return false }
        guard unsafe fstat(2, &status) == 0 else { return false }
        return device == status.st_dev && inode == status.st_ino
    }
}
