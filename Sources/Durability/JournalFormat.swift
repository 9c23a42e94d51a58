// The bytes of a journal: a header, then commits. A commit is what was written and synced at once: its length, its
// checksum, and the records of its changes, each with its own length and sequence number. What lies behind the last sync
// of a file is thus one commit at most, whole or torn; everything before it was acknowledged. Zeros may follow,
// which are room for commits to come.

internal import Sessions

/// How journals are laid out. All integers are little-endian.
enum JournalFormat {
    /// What a journal begins with.
    static let magic: [UInt8] = Array("SESSIONJ".utf8)
    /// The version that this daemon writes and the newest that it reads.
    static let version: UInt32 = 2
    /// Magic, version, sequence number, sequence number that it continues, time of writing, salt, checksum of these.
    static let headerSize = 8 + 4 + 8 + 8 + 8 + 8 + 4
    /// What follows it since version 2: epoch, checksum of it.
    static let epochSize = 16 + 4
    /// Length and checksum in front of a commit's records.
    static let commitOverhead = 8
    /// Length, sequence number and kind of a record; since version 2 its occasion follows.
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

    enum CircumstanceKind: UInt8 {
        case plain = 0
        case session = 1
        case tombstone = 2
        case few = 3
        case many = 4
    }

    /// The bytes of a header, with the epoch behind it.
    ///
    /// - Parameters:
    ///   - sequence: The number of the last change before those of this journal.
    ///   - continues: The change up to which everything is needed of what came before: `sequence`, unless that is a
    ///     number that a snapshot ran ahead to.
    ///   - salt: Goes into every checksum of the file, so that no caller can choose bytes that look like a commit, and
    ///     no piece of another file is taken for one.
    static func header(
        sequence: UInt64,
        continues: UInt64,
        writtenAt: Instant,
        salt: UInt64,
        epoch: Epoch
    ) -> [UInt8] {
        var header = magic
        header.append(integer: version)
        header.append(integer: sequence)
        header.append(integer: continues)
        header.append(integer: writtenAt.milliseconds)
        header.append(integer: salt)
        let checksum = CRC32C.checksum(header.span)
        header.append(integer: checksum)
        header += epoch.bytes
        header.append(integer: CRC32C.checksum(epoch.bytes.span, seed: checksum))
        return header
    }

    /// What the checksums of a file's commits begin with: that of its header, which has the salt.
    static func seed(of header: Span<UInt8>) -> UInt32 {
        // Without its checksum: over both together the result is the same for every header.
        CRC32C.checksum(header.extracting(..<(headerSize - 4)))
    }
}

/// The records of changes that wait to be written together.
struct CommitBuffer {
    /// The records, behind room for the length and the checksum of their commit.
    private var bytes = [UInt8](repeating: 0, count: JournalFormat.commitOverhead)

    var isEmpty: Bool { bytes.count == JournalFormat.commitOverhead }
    var count: Int { bytes.count }

    /// Appends the record of a change.
    ///
    /// - Parameter occasion: When it was made and what it met.
    mutating func append(_ change: Change, sequence: UInt64, occasion: Occasion) {
        let start = bytes.count
        bytes.append(integer: UInt32(0))
        bytes.append(integer: sequence)
        bytes.append(change)
        bytes.append(occasion)
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
