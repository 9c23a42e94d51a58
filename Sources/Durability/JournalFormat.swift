// The bytes of a journal: a header, then commits. A commit is what was written and synced at once: its length, its
// checksum, and the records of its changes, each with its own length and sequence number. What lies behind the last sync
// of a file is thus one commit at most, whole or torn; everything before it was acknowledged.

internal import Sessions

/// How journals are laid out. All integers are little-endian.
enum JournalFormat {
    /// What a journal begins with.
    static let magic: [UInt8] = Array("SESSIONJ".utf8)
    /// The version that this daemon writes and the newest that it reads.
    static let version: UInt32 = 1
    /// Magic, version, sequence number, sequence number that it continues, time of writing, salt, checksum of these.
    static let headerSize = 8 + 4 + 8 + 8 + 8 + 8 + 4
    /// Length and checksum in front of a commit's records.
    static let commitOverhead = 8
    /// Length, sequence number and kind of a record.
    static let recordOverhead = 4 + 8 + 1
    /// The longest records of a commit together; far more than a loop that writes again and again lets come together.
    static let longestCommit = 1 << 28

    enum RecordKind: UInt8 {
        case created = 1
        case updated = 2
        case touched = 3
        case revoked = 4
        case expired = 5
        case rotated = 6
    }

    enum ScopeKind: UInt8 {
        case session = 1
        case user = 2
        case everyone = 3
    }

    /// The bytes of a header.
    ///
    /// - Parameters:
    ///   - sequence: The number of the last change before those of this journal.
    ///   - continues: The change up to which everything is needed of what came before: `sequence`, unless that is a
    ///     number that a snapshot ran ahead to.
    ///   - salt: Goes into every checksum of the file, so that no caller can choose bytes that look like a commit, and
    ///     no piece of another file is taken for one.
    static func header(sequence: UInt64, continues: UInt64, writtenAt: Instant, salt: UInt64) -> [UInt8] {
        var header = magic
        header.append(integer: version)
        header.append(integer: sequence)
        header.append(integer: continues)
        header.append(integer: writtenAt.milliseconds)
        header.append(integer: salt)
        header.append(integer: CRC32C.checksum(header.span))
        return header
    }
}

/// The records of changes that wait to be written together.
struct CommitBuffer {
    /// The records, behind room for the length and the checksum of their commit.
    private var bytes = [UInt8](repeating: 0, count: JournalFormat.commitOverhead)

    var isEmpty: Bool { bytes.count == JournalFormat.commitOverhead }
    var count: Int { bytes.count }

    /// Appends the record of a change.
    mutating func append(_ change: Change, sequence: UInt64) {
        let start = bytes.count
        bytes.append(integer: UInt32(0))
        bytes.append(integer: sequence)
        bytes.append(change)
        bytes.overwrite(at: start, with: UInt32(bytes.count - start - 4))
    }

    /// The records, to be sealed and written; the buffer is empty then.
    mutating func take() -> [UInt8] {
        var taken = [UInt8](repeating: 0, count: JournalFormat.commitOverhead)
        // The next one is likely to become as long.
        taken.reserveCapacity(bytes.count)
        swap(&taken, &bytes)
        return taken
    }

    /// Makes a commit of records that were taken: fills in their length and their checksum.
    static func seal(_ commit: inout [UInt8], seed: UInt32) {
        let length = UInt32(commit.count - JournalFormat.commitOverhead)
        commit.overwrite(at: 0, with: length)
        commit.overwrite(at: 4, with: checksum(of: commit.span.extracting(8...), length: length, seed: seed))
    }

    /// The checksum of a commit's records and their length.
    static func checksum(of records: Span<UInt8>, length: UInt32, seed: UInt32) -> UInt32 {
        var lengthBytes: [UInt8] = []
        lengthBytes.append(integer: length)
        return CRC32C.checksum(records, seed: CRC32C.checksum(lengthBytes.span, seed: seed))
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ change: Change) {
        switch change {
        case .created(let session):
            append(JournalFormat.RecordKind.created.rawValue)
            append(session)
        case .updated(let session):
            append(JournalFormat.RecordKind.updated.rawValue)
            append(session)
        case .touched(let touch):
            append(JournalFormat.RecordKind.touched.rawValue)
            append(touch.id)
            append(integer: touch.touchedAt.milliseconds)
            append(integer: touch.expiresAt.milliseconds)
            append(integer: touch.ttl.count)
        case .revoked(let revocation):
            append(JournalFormat.RecordKind.revoked.rawValue)
            append(revocation)
        case .expired(let id):
            append(JournalFormat.RecordKind.expired.rawValue)
            append(id)
        case .rotated(let rotation):
            append(JournalFormat.RecordKind.rotated.rawValue)
            append(rotation.replaced)
            append(rotation.session)
        }
    }

    private mutating func append(_ revocation: Revocation) {
        append(integer: revocation.at.milliseconds)
        append(string: revocation.cause)
        switch revocation.scope {
        case .session(let id):
            append(JournalFormat.ScopeKind.session.rawValue)
            append(id)
        case .user(let user, let except):
            append(JournalFormat.ScopeKind.user.rawValue)
            append(string: user.bytes)
            append(except == nil ? 0 : 1)
            if let except { append(except) }
        case .everyone:
            append(JournalFormat.ScopeKind.everyone.rawValue)
        }
    }
}

extension BinaryReader {
    /// Reads what `append(_: Change)` wrote; nil when it is none.
    mutating func change() -> Change? {
        switch integer(UInt8.self).flatMap(JournalFormat.RecordKind.init(rawValue:)) {
        case .created: return session().map { .created($0) }
        case .updated: return session().map { .updated($0) }
        case .touched:
            guard let id = sessionID(), let touchedAt = instant(), let expiresAt = instant(),
                let ttl = integer(Int64.self)
            else { return nil }
            return .touched(Touch(id: id, touchedAt: touchedAt, expiresAt: expiresAt, ttl: Milliseconds(ttl)))
        case .revoked:
            guard let instant = instant(), let cause = string(limit: SessionLimit.cause), let scope = scope() else {
                return nil
            }
            return .revoked(Revocation(scope: scope, at: instant, cause: cause))
        case .expired: return sessionID().map { .expired($0) }
        case .rotated:
            guard let replaced = replacedToken(), let session = session() else { return nil }
            return .rotated(Rotation(session: session, replaced: replaced))
        case nil: return nil
        }
    }

    private mutating func scope() -> Revocation.Scope? {
        switch integer(UInt8.self).flatMap(JournalFormat.ScopeKind.init(rawValue:)) {
        case .session: return sessionID().map { .session($0) }
        case .user:
            guard let user = string(limit: UserID.longest).flatMap({ UserID($0) }) else { return nil }
            switch integer(UInt8.self) {
            case 0: return .user(user, except: nil)
            case 1: return sessionID().map { .user(user, except: $0) }
            default: return nil
            }
        case .everyone: return .everyone
        case nil: return nil
        }
    }
}
