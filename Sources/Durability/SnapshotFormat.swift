// The bytes of a snapshot: a header, one frame for each session and tombstone, and a closing frame that counts them.
// Each frame's checksum continues the one before it, so that a frame that is changed, missing, doubled or out of place
// is noticed wherever it is.

internal import Sessions

/// How state files are laid out. All integers are little-endian.
enum SnapshotFormat {
    /// What a snapshot begins with.
    static let magic: [UInt8] = Array("SESSIOND".utf8)
    /// The version that this daemon writes and the newest that it reads.
    static let version: UInt32 = 1
    /// Magic, version, sequence number, time of writing, checksum of these.
    static let headerSize = 8 + 4 + 8 + 8 + 4
    /// Length and checksum in front of a frame's content.
    static let frameOverhead = 8
    /// The longest content of a frame: a session with everything at its limit, and room to spare.
    static let longestFrame = 1 << 18

    enum FrameKind: UInt8 {
        case session = 1
        case tombstone = 2
        case end = 255
    }
}

/// Turns entries into the bytes of a snapshot, piece by piece.
struct SnapshotEncoder {
    private var checksum: UInt32
    private(set) var sessions: UInt64 = 0
    private(set) var tombstones: UInt64 = 0

    /// Begins a snapshot: appends its header.
    init(sequence: UInt64, writtenAt: Instant, to output: inout [UInt8]) {
        let start = output.count
        output += SnapshotFormat.magic
        output.append(integer: SnapshotFormat.version)
        output.append(integer: sequence)
        output.append(integer: writtenAt.milliseconds)
        checksum = CRC32C.checksum(output.span.extracting(start...))
        output.append(integer: checksum)
    }

    /// Appends the frame of one record.
    mutating func append(_ entry: SnapshotEntry, to output: inout [UInt8]) {
        switch entry {
        case .session(let session, let sequence):
            sessions += 1
            frame(.session, to: &output) { content in
                content.append(integer: sequence)
                content.append(session)
            }
        case .tombstone(let tombstone, let sequence):
            tombstones += 1
            frame(.tombstone, to: &output) { content in
                content.append(integer: sequence)
                content.append(tombstone)
            }
        }
    }

    /// Appends the closing frame.
    mutating func finish(to output: inout [UInt8]) {
        let (sessions, tombstones) = (sessions, tombstones)
        frame(.end, to: &output) { content in
            content.append(integer: sessions)
            content.append(integer: tombstones)
        }
    }

    private mutating func frame(
        _ kind: SnapshotFormat.FrameKind,
        to output: inout [UInt8],
        _ content: (inout [UInt8]) -> Void
    ) {
        let start = output.count
        output.append(integer: UInt32(0))
        output.append(integer: UInt32(0))
        output.append(kind.rawValue)
        content(&output)
        let length = UInt32(output.count - start - SnapshotFormat.frameOverhead)
        for offset in 0..<4 { output[start + offset] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(offset))) }
        checksum = CRC32C.checksum(output.span.extracting(start..<(start + 4)), seed: checksum)
        checksum = CRC32C.checksum(output.span.extracting((start + 8)...), seed: checksum)
        for offset in 0..<4 { output[start + 4 + offset] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(offset))) }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ session: Session) {
        append(contentsOf: session.tokenHash.bytes)
        let id = session.id.bytes
        for index in id.indices { append(id[index]) }
        for instant in [
            session.createdAt, session.authenticatedAt, session.touchedAt, session.expiresAt, session.lifetimeEndsAt,
        ] {
            append(integer: instant.milliseconds)
        }
        append(integer: session.ttl.count)
        append(integer: session.version)
        append(string: session.userID?.bytes ?? [])
        append(string: session.ip)
        append(string: session.userAgent)
        append(string: session.data)
    }

    fileprivate mutating func append(_ tombstone: Tombstone) {
        append(contentsOf: tombstone.tokenHash.bytes)
        let id = tombstone.id.bytes
        for index in id.indices { append(id[index]) }
        append(integer: tombstone.expiresAt.milliseconds)
        append(integer: tombstone.revokedAt.milliseconds)
        append(string: tombstone.cause)
    }
}

extension BinaryReader {
    private mutating func tokenHash() -> TokenHash? {
        guard let bytes = bytes(TokenHash.byteCount) else { return nil }
        return TokenHash(bytes: bytes.span)
    }

    private mutating func sessionID() -> SessionID? {
        guard let bytes = bytes(SessionID.byteCount) else { return nil }
        return SessionID(bytes: bytes.span)
    }

    private mutating func instant() -> Instant? {
        integer(Int64.self).map(Instant.init(milliseconds:))
    }

    mutating func session() -> Session? {
        guard let tokenHash = tokenHash(), let id = sessionID(), let createdAt = instant(),
            let authenticatedAt = instant(), let touchedAt = instant(), let expiresAt = instant(),
            let lifetimeEndsAt = instant(), let ttl = integer(Int64.self), let version = integer(UInt32.self),
            let user = string(limit: UserID.longest), let ip = string(limit: SessionLimit.ip),
            let userAgent = string(limit: SessionLimit.userAgent), let data = string(limit: SessionLimit.data)
        else { return nil }
        return Session(
            id: id,
            tokenHash: tokenHash,
            userID: UserID(user),
            createdAt: createdAt,
            authenticatedAt: authenticatedAt,
            touchedAt: touchedAt,
            expiresAt: expiresAt,
            lifetimeEndsAt: lifetimeEndsAt,
            ttl: Milliseconds(ttl),
            version: version,
            ip: ip,
            userAgent: userAgent,
            data: data
        )
    }

    mutating func tombstone() -> Tombstone? {
        guard let tokenHash = tokenHash(), let id = sessionID(), let expiresAt = instant(), let revokedAt = instant(),
            let cause = string(limit: SessionLimit.cause)
        else { return nil }
        return Tombstone(id: id, tokenHash: tokenHash, expiresAt: expiresAt, revokedAt: revokedAt, cause: cause)
    }
}
