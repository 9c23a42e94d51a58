// Reading a snapshot: frame by frame, each one checked before it is believed. Whoever reads may use what came only when
// the closing frame has been reached; until then the file may still turn out to be damaged.

internal import Sessions

/// A cursor over the entries of a snapshot file.
struct SnapshotReader<D: Disk> {
    private var reader: StateFileReader<D>
    private var checksum: UInt32
    private var (sessions, tombstones, replaced): (UInt64, UInt64, UInt64) = (0, 0, 0)

    /// The sequence number of the last change before the snapshot was begun.
    let sequence: UInt64
    /// Whether there is a journal of the same generation, which holds what was changed since.
    let hasJournal: Bool

    /// How many bytes were read and found good.
    var offset: Int { reader.offset }

    /// Opens a snapshot and checks its header.
    init(_ name: String, on disk: D) throws(StateReadError) {
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
        let overhead = SnapshotFormat.frameOverhead
        guard let length = try reader.integer(ahead: 0, UInt32.self).map({ Int($0) }),
            let stored = try reader.integer(ahead: 4, UInt32.self)
        else { throw reader.damage("the file ends before its closing frame") }
        guard length > 0, length <= SnapshotFormat.longestFrame else {
            throw reader.damage("impossible length of a frame")
        }
        guard try reader.fill(overhead + length) else { throw reader.damage("a frame is cut short") }
        checksum = reader.checksum(0..<4, seed: checksum)
        checksum = reader.checksum(overhead..<(overhead + length), seed: checksum)
        guard stored == checksum else { throw reader.damage("wrong checksum of a frame") }
        var content = BinaryReader(reader.ahead(overhead..<(overhead + length)))
        let entry = try entry(from: &content)
        guard content.isAtEnd else { throw reader.damage("a frame with more than belongs in it") }
        reader.consume(overhead + length)
        if entry == nil, try reader.fill(1) { throw reader.damage("something after the closing frame") }
        return entry
    }

    private mutating func entry(from content: inout BinaryReader) throws(StateReadError) -> SnapshotEntry? {
        switch content.integer(UInt8.self).flatMap(SnapshotFormat.FrameKind.init(rawValue:)) {
        case .session:
            guard let sequence = content.integer(UInt64.self), let session = content.session() else {
                throw reader.damage("a frame that is no session")
            }
            sessions += 1
            return .session(session, sequence: sequence)
        case .tombstone:
            guard let sequence = content.integer(UInt64.self), let tombstone = content.tombstone() else {
                throw reader.damage("a frame that is no tombstone")
            }
            tombstones += 1
            return .tombstone(tombstone, sequence: sequence)
        case .replaced:
            guard let sequence = content.integer(UInt64.self), let token = content.replacedToken() else {
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
        _ reader: inout StateFileReader<D>
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
        defer { reader.consume(size) }
        return (sequence, hasJournal, checksum)
    }
}
