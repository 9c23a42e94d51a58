// The bytes of a snapshot: a header, one frame for each session, tombstone and replaced token, and a closing frame that counts them.
// Each frame's checksum continues the one before it, so that a frame that is changed, missing, doubled or out of place
// is noticed wherever it is.

internal import Sessions

/// How snapshots are laid out. All integers are little-endian.
enum SnapshotFormat {
    /// What a snapshot begins with.
    static let magic: [UInt8] = Array("SESSIOND".utf8)
    /// The version that this daemon writes and the newest that it reads.
    static let version: UInt32 = 1
    /// Magic, version, sequence number, time of writing, whether a journal was begun before, checksum of these.
    static let headerSize = 8 + 4 + 8 + 8 + 1 + 4
    /// Length and checksum in front of a frame's content.
    static let frameOverhead = 8
    /// The longest content of a frame: a session with everything at its limit, and room to spare.
    static let longestFrame = 1 << 18

    enum FrameKind: UInt8 {
        case session = 1
        case tombstone = 2
        case replaced = 3
        case end = 255
    }
}

/// Turns entries into the bytes of a snapshot, piece by piece.
struct SnapshotEncoder {
    private var checksum: UInt32
    private(set) var sessions: UInt64 = 0
    private(set) var tombstones: UInt64 = 0
    private(set) var replaced: UInt64 = 0

    /// Begins a snapshot: appends its header.
    ///
    /// - Parameter hasJournal: Whether a journal of the same generation was begun before it.
    init(sequence: UInt64, writtenAt: Instant, hasJournal: Bool, to output: inout [UInt8]) {
        let start = output.count
        output += SnapshotFormat.magic
        output.append(integer: SnapshotFormat.version)
        output.append(integer: sequence)
        output.append(integer: writtenAt.milliseconds)
        output.append(hasJournal ? 1 : 0)
        checksum = CRC32C.checksum(output.span.extracting(start...))
        output.append(integer: checksum)
    }

    /// Appends the frame of a session that lies in a store.
    mutating func append(_ session: borrowing SessionView, sequence: UInt64, to output: inout [UInt8]) {
        sessions += 1
        let start = output.count
        output.append(integer: UInt64(0))
        output.append(SnapshotFormat.FrameKind.session.rawValue)
        output.append(integer: sequence)
        output.append(session)
        seal(&output, from: start)
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
        case .replaced(let token, let sequence):
            replaced += 1
            frame(.replaced, to: &output) { content in
                content.append(integer: sequence)
                content.append(token)
            }
        }
    }

    /// Appends the closing frame.
    mutating func finish(to output: inout [UInt8]) {
        let (sessions, tombstones, replaced) = (sessions, tombstones, replaced)
        frame(.end, to: &output) { content in
            content.append(integer: sessions)
            content.append(integer: tombstones)
            content.append(integer: replaced)
        }
    }

    private mutating func frame(
        _ kind: SnapshotFormat.FrameKind,
        to output: inout [UInt8],
        _ content: (inout [UInt8]) -> Void
    ) {
        let start = output.count
        output.append(integer: UInt64(0))
        output.append(kind.rawValue)
        content(&output)
        seal(&output, from: start)
    }

    /// Puts length and checksum in front of the frame that is the rest of the output, where room was left for them.
    private mutating func seal(_ output: inout [UInt8], from start: Int) {
        let length = UInt32(output.count - start - SnapshotFormat.frameOverhead)
        output.overwrite(at: start, with: length)
        checksum = CRC32C.checksum(output.span.extracting(start..<(start + 4)), seed: checksum)
        checksum = CRC32C.checksum(output.span.extracting((start + 8)...), seed: checksum)
        output.overwrite(at: start + 4, with: checksum)
    }
}
