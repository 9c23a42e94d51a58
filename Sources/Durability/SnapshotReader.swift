// Reading a snapshot: frame by frame, each one checked before it is believed. Whoever reads may use what came only when
// the closing frame has been reached; until then the file may still turn out to be damaged.

internal import Sessions

/// A cursor over the entries of a snapshot file.
struct SnapshotReader {
    private var reader: StateFileReader
    private var checksum: UInt32
    private var (sessions, tombstones, replaced): (UInt64, UInt64, UInt64) = (0, 0, 0)

    /// The sequence number of the last change before the snapshot was begun.
    let sequence: UInt64
    /// Whether there is a journal of the same generation, which holds what was changed since.
    let hasJournal: Bool

    /// How many bytes were read and found good.
    var offset: Int { reader.offset }

    /// Opens a snapshot and checks its header.
    init(_ name: String, on disk: any Disk) throws(StateReadError) {
        var reader = try StateFileReader(name, on: disk)
        do throws(StateReadError) {
            (sequence, hasJournal, checksum) = try Self.readHeader(&reader)
        } catch {
            reader.close()
            throw error
        }
        self.reader = reader
    }

    func close() { reader.close() }

    /// The next entry; nil when the closing frame was found to agree with what came before and to be the end.
    mutating func next() throws(StateReadError) -> SnapshotEntry? {
        try next(in: try frame())
    }

    private mutating func next(in frame: Range<Int>) throws(StateReadError) -> SnapshotEntry? {
        var content = BinaryReader(reader.ahead(frame))
        let entry = try entry(from: &content)
        guard content.isAtEnd else { throw reader.damage("a frame with more than belongs in it") }
        reader.consume(frame.upperBound)
        if entry == nil, try reader.fill(1) { throw reader.damage("something after the closing frame") }
        return entry
    }

    /// Puts the next entry into a store; false when the closing frame was found, as by `next`.
    mutating func restoreNext(into store: inout SessionStore) throws(StateReadError) -> Bool {
        let frame = try frame()
        if try Self.restoreSession(in: frame, of: reader, into: &store) {
            sessions += 1
            reader.consume(frame.upperBound)
            return true
        }
        switch try next(in: frame) {
        case .session(let session, let sequence)?: store.restore(session, sequence: sequence)
        case .tombstone(let tombstone, let sequence)?: store.restore(tombstone, sequence: sequence)
        case .replaced(let token, let sequence)?: store.restore(token, sequence: sequence)
        case nil: return false
        }
        return true
    }

    /// Copies a session from the file's bytes straight to where it stays; false when the frame holds something else.
    private static func restoreSession(
        in frame: Range<Int>,
        of reader: borrowing StateFileReader,
        into store: inout SessionStore
    ) throws(StateReadError) -> Bool {
        var content = ByteCursor(reader.view(ahead: frame))
        guard content.integer() == SnapshotFormat.FrameKind.session.rawValue else { return false }
        guard let sequence = content.sequence(), let session = content.session() else {
            throw reader.damage("a frame that is no session")
        }
        guard content.isAtEnd else { throw reader.damage("a frame with more than belongs in it") }
        store.restore(session, sequence: sequence)
        return true
    }

    /// Where the content of the next frame lies ahead, after checking it.
    private mutating func frame() throws(StateReadError) -> Range<Int> {
        let overhead = SnapshotFormat.frameOverhead
        guard let length = try reader.integer(ahead: 0, UInt32.self).map({ Int($0) }),
            let stored = try reader.integer(ahead: 4, UInt32.self)
        else { throw reader.damage("the file ends before its closing frame") }
        guard length > 0, length <= SnapshotFormat.longestFrame else {
            throw reader.damage("impossible length of a frame")
        }
        let content = overhead..<(overhead + length)
        guard try reader.fill(content.upperBound) else { throw reader.damage("a frame is cut short") }
        let lengthSum = reader.checksum(0..<4, seed: checksum)
        guard stored == reader.checksum(content, seed: lengthSum) else {
            throw reader.damage("wrong checksum of a frame")
        }
        // The same number as was computed; but the next frame's can be begun before this one's is known.
        checksum = stored
        return content
    }

    private mutating func entry(from content: inout BinaryReader) throws(StateReadError) -> SnapshotEntry? {
        switch content.integer(UInt8.self).flatMap(SnapshotFormat.FrameKind.init(rawValue:)) {
        case .session:
            guard let sequence = content.sequence(), let session = content.session() else {
                throw reader.damage("a frame that is no session")
            }
            sessions += 1
            return .session(session, sequence: sequence)
        case .tombstone:
            guard let sequence = content.sequence(), let tombstone = content.tombstone() else {
                throw reader.damage("a frame that is no tombstone")
            }
            tombstones += 1
            return .tombstone(tombstone, sequence: sequence)
        case .replaced:
            guard let sequence = content.sequence(), let token = content.replacedToken() else {
                throw reader.damage("a frame that is no replaced token")
            }
            replaced += 1
            return .replaced(token, sequence: sequence)
        case .end:
            guard content.integer() == sessions, content.integer() == tombstones, content.integer() == replaced else {
                throw reader.damage("the closing frame counts other entries than there are")
            }
            return nil
        case nil: throw reader.damage("a frame of a kind that is not known")
        }
    }

    private static func readHeader(
        _ reader: inout StateFileReader
    ) throws(StateReadError) -> (sequence: UInt64, hasJournal: Bool, checksum: UInt32) {
        let size = SnapshotFormat.headerSize
        guard try reader.fill(size) else { throw reader.damage("the file ends in its header") }
        var fields = BinaryReader(reader.ahead(0..<size))
        guard fields.bytes(8) == SnapshotFormat.magic else { throw reader.damage("this is not a sessiond snapshot") }
        let version = fields.integer(UInt32.self) ?? 0
        let sequence = fields.integer(UInt64.self) ?? 0
        _ = fields.integer(Int64.self)
        let hasJournal = fields.integer(UInt8.self) == 1
        let checksum = reader.checksum(0..<(size - 4))
        guard fields.integer() == checksum else { throw reader.damage("wrong checksum of the header") }
        guard version == SnapshotFormat.version else {
            throw reader.foreign(version: version, known: SnapshotFormat.version)
        }
        guard sequence <= greatestSequence else { throw reader.damage("impossible sequence number") }
        defer { reader.consume(size) }
        return (sequence, hasJournal, checksum)
    }
}
