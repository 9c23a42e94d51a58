// Reading a snapshot: frame by frame, each one checked before it is believed. Whoever reads may use what came only when
// the closing frame has been reached; until then the file may still turn out to be damaged.

internal import Sessions

/// What is wrong with a state file, and where.
public struct Damage: Error, Equatable, Sendable {
    /// The file's name in the state directory.
    public let file: String
    /// The offset at which it was noticed.
    public let offset: Int
    /// What is wrong there.
    public let reason: String

    /// A sentence for a person.
    public var message: String { "\(file): \(reason) at byte \(offset)" }
}

/// Why a snapshot could not be read.
enum SnapshotReadError: Error {
    case damaged(Damage)
    case disk(SystemError)
}

/// A cursor over the entries of a snapshot file.
struct SnapshotReader<D: Disk> {
    private static var chunkSize: Int { 1 << 18 }

    private let disk: D
    private let file: DiskFile
    private var buffer: [UInt8] = []
    private var position = 0
    private var bufferOffset = 0
    private var checksum: UInt32 = 0
    private var (sessions, tombstones): (UInt64, UInt64) = (0, 0)

    /// The sequence number of the last change before the snapshot was begun.
    private(set) var sequence: UInt64 = 0

    /// How many bytes were read and found good.
    var offset: Int { bufferOffset + position }

    /// Opens a snapshot and checks its header.
    init(_ name: String, on disk: D) throws(SnapshotReadError) {
        self.disk = disk
        do { file = try disk.open(name) } catch { throw .disk(error) }
        do {
            try readHeader()
        } catch {
            disk.close(file)
            throw error
        }
    }

    func close() { disk.close(file) }

    /// The next entry; nil when the closing frame was found to agree with what came before and to be the end.
    mutating func next() throws(SnapshotReadError) -> SnapshotEntry? {
        let length = Int(try header(SnapshotFormat.frameOverhead, "the file ends before its closing frame") ?? 0)
        guard length > 0, length <= SnapshotFormat.longestFrame else { throw damage("impossible length of a frame") }
        guard try fill(SnapshotFormat.frameOverhead + length) else { throw damage("a frame is cut short") }
        let content = (position + SnapshotFormat.frameOverhead)..<(position + SnapshotFormat.frameOverhead + length)
        var stored = BinaryReader(buffer[(position + 4)..<(position + 8)])
        checksum = CRC32C.checksum(buffer.span.extracting(position..<(position + 4)), seed: checksum)
        checksum = CRC32C.checksum(buffer.span.extracting(content), seed: checksum)
        guard stored.integer() == checksum else { throw damage("wrong checksum of a frame") }
        var reader = BinaryReader(buffer[content])
        let kind = reader.integer(UInt8.self).flatMap(SnapshotFormat.FrameKind.init(rawValue:))
        let entry: SnapshotEntry?
        switch kind {
        case .session:
            guard let sequence = reader.integer(UInt64.self), let session = reader.session() else {
                throw damage("a frame that is no session")
            }
            sessions += 1
            entry = .session(session, sequence: sequence)
        case .tombstone:
            guard let sequence = reader.integer(UInt64.self), let tombstone = reader.tombstone() else {
                throw damage("a frame that is no tombstone")
            }
            tombstones += 1
            entry = .tombstone(tombstone, sequence: sequence)
        case .end:
            guard reader.integer() == sessions, reader.integer() == tombstones else {
                throw damage("the closing frame counts other entries than there are")
            }
            entry = nil
        case nil: throw damage("a frame of a kind that is not known")
        }
        guard reader.isAtEnd else { throw damage("a frame with more than belongs in it") }
        position += SnapshotFormat.frameOverhead + length
        if entry == nil, try fill(1) { throw damage("something after the closing frame") }
        return entry
    }

    private mutating func readHeader() throws(SnapshotReadError) {
        let size = SnapshotFormat.headerSize
        guard try fill(size) else { throw damage("the file ends in its header") }
        var reader = BinaryReader(buffer[0..<size])
        guard reader.bytes(8) == SnapshotFormat.magic else { throw damage("this is not a sessiond snapshot") }
        let version = reader.integer(UInt32.self) ?? 0
        let sequence = reader.integer(UInt64.self) ?? 0
        _ = reader.integer(Int64.self)
        checksum = CRC32C.checksum(buffer.span.extracting(0..<(size - 4)))
        guard reader.integer() == checksum else { throw damage("wrong checksum of the header") }
        guard version == SnapshotFormat.version else {
            throw damage("format version \(version), and this daemon reads \(SnapshotFormat.version)")
        }
        self.sequence = sequence
        position = size
    }

    /// The first integer of a fixed-size header, which is left in place.
    private mutating func header(_ size: Int, _ problem: String) throws(SnapshotReadError) -> UInt32? {
        guard try fill(size) else { throw damage(problem) }
        var reader = BinaryReader(buffer[position..<(position + 4)])
        return reader.integer()
    }

    /// Makes sure that `count` bytes lie ahead in the buffer; false when the file ends before.
    private mutating func fill(_ count: Int) throws(SnapshotReadError) -> Bool {
        while buffer.count - position < count {
            let more: [UInt8]
            do { more = try disk.read(file, limit: Self.chunkSize) } catch { throw .disk(error) }
            if more.isEmpty { return false }
            bufferOffset += position
            buffer.removeFirst(position)
            position = 0
            buffer += more
        }
        return true
    }

    private func damage(_ reason: String) -> SnapshotReadError {
        .damaged(Damage(file: file.name, offset: offset, reason: reason))
    }
}
