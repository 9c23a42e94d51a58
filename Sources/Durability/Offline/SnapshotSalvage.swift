// What is whole of a damaged snapshot. The checksum of each frame continues the one before it: so the frame behind a
// damaged one is proved by the checksum that the damaged one has, and reading goes on from there.

internal import Sessions

/// How many entries of each kind a snapshot has.
struct EntryCounts: Equatable {
    var sessions: UInt64 = 0
    var tombstones: UInt64 = 0
    var replaced: UInt64 = 0

    mutating func count(_ entry: SnapshotEntry) {
        switch entry {
        case .session: sessions += 1
        case .tombstone: tombstones += 1
        case .replaced: replaced += 1
        }
    }
}

/// A cursor over the entries of a snapshot that passes over what cannot be read.
struct SnapshotSalvage<D: Disk> {
    private enum Frame {
        case entry(SnapshotEntry)
        case end(EntryCounts)
    }

    let name: String
    private var reader: StateFileReader
    private var checksum: UInt32 = 0

    /// What could not be read.
    private(set) var gaps: [UnreadableBytes] = []
    /// The sequence number of the last change before the snapshot was begun, if its header is whole.
    private(set) var sequence: UInt64?
    /// Whether there is to be a journal of the same generation, if the header is whole.
    private(set) var hasJournal = false
    /// How many entries it has, by its closing frame.
    private(set) var counts: EntryCounts?
    /// How many were read.
    private(set) var found = EntryCounts()

    init(_ name: String, on disk: D) throws(StateReadError) {
        self.name = name
        reader = try StateFileReader(name, on: disk)
        do throws(StateReadError) {
            try readHeader()
        } catch {
            reader.close()
            throw error
        }
    }

    func close() { reader.close() }

    /// Whether everything was found that it had; known when `next` has returned nil.
    var isWhole: Bool { gaps.isEmpty && counts == found }

    private mutating func readHeader() throws(StateReadError) {
        let size = SnapshotFormat.headerSize
        guard try reader.fill(size) else { return }
        var fields = BinaryReader(reader.ahead(0..<size))
        let magic = fields.bytes(8)
        let version = fields.integer(UInt32.self)
        let sequence = fields.sequence()
        _ = fields.integer(Int64.self)
        let hasJournal = fields.integer(UInt8.self) == 1
        checksum = try reader.integer(ahead: size - 4, UInt32.self) ?? 0
        if magic == SnapshotFormat.magic, checksum == reader.checksum(0..<(size - 4)) {
            (self.sequence, self.hasJournal) = (sequence, hasJournal)
            if let version, version > SnapshotFormat.version {
                throw reader.foreign(version: version, known: SnapshotFormat.version)
            }
        } else {
            gaps.append(UnreadableBytes(file: name, range: 0..<size, reason: "its header"))
        }
        reader.consume(size)
    }

    /// The next entry that is whole; nil at the end.
    mutating func next() throws(StateReadError) -> SnapshotEntry? {
        while true {
            guard let (frame, size) = try frame(at: 0, after: checksum) else {
                guard try passDamage() else { return nil }
                continue
            }
            checksum = try reader.integer(ahead: 4, UInt32.self) ?? 0
            reader.consume(size)
            switch frame {
            case .entry(let entry):
                found.count(entry)
                return entry
            case .end(let counts):
                self.counts = counts
                let start = reader.offset
                reader.consume(try reader.countToEnd())
                note(from: start, "something after its closing frame")
                return nil
            }
        }
    }

    /// Passes over a damaged frame and whatever else, to one that the checksum before it proves.
    private mutating func passDamage() throws(StateReadError) -> Bool {
        let start = reader.offset
        while try reader.fill(SnapshotFormat.frameOverhead) {
            if let size = try plausibleSize(at: 0), let stored = try reader.integer(ahead: 4, UInt32.self),
                try frame(at: size, after: stored) != nil
            {
                checksum = stored
                reader.consume(size)
                note(from: start, "a damaged frame")
                return true
            }
            reader.consume(1)
        }
        reader.consume(try reader.countToEnd())
        note(from: start, "no whole frame")
        return false
    }

    private mutating func note(from start: Int, _ reason: String) {
        guard reader.offset > start else { return }
        gaps.append(UnreadableBytes(file: name, range: start..<reader.offset, reason: reason))
    }

    /// How long the frame is that may begin there, if it can be one.
    private mutating func plausibleSize(at offset: Int) throws(StateReadError) -> Int? {
        guard let length = try reader.integer(ahead: offset, UInt32.self), length > 0,
            length <= SnapshotFormat.longestFrame
        else { return nil }
        return SnapshotFormat.frameOverhead + Int(length)
    }

    /// The frame that begins there, if it is whole, and its size.
    private mutating func frame(at offset: Int, after seed: UInt32) throws(StateReadError) -> (Frame, size: Int)? {
        let overhead = SnapshotFormat.frameOverhead
        guard let size = try plausibleSize(at: offset), let stored = try reader.integer(ahead: offset + 4, UInt32.self),
            let kind = try reader.integer(ahead: offset + overhead, UInt8.self),
            SnapshotFormat.FrameKind(rawValue: kind) != nil, try reader.fill(offset + size)
        else { return nil }
        let length = reader.checksum(offset..<(offset + 4), seed: seed)
        guard stored == reader.checksum((offset + overhead)..<(offset + size), seed: length) else { return nil }
        var content = BinaryReader(reader.ahead((offset + overhead)..<(offset + size)))
        guard let frame = Self.frame(&content), content.isAtEnd else { return nil }
        return (frame, size)
    }

    private static func frame(_ content: inout BinaryReader) -> Frame? {
        guard let kind = content.integer(UInt8.self).flatMap(SnapshotFormat.FrameKind.init(rawValue:)),
            let sequence = content.sequence()
        else { return nil }
        switch kind {
        case .session: return content.session().map { .entry(.session($0, sequence: sequence)) }
        case .tombstone: return content.tombstone().map { .entry(.tombstone($0, sequence: sequence)) }
        case .replaced: return content.replacedToken().map { .entry(.replaced($0, sequence: sequence)) }
        case .end:
            guard let tombstones = content.integer(UInt64.self), let replaced = content.integer(UInt64.self) else {
                return nil
            }
            return .end(EntryCounts(sessions: sequence, tombstones: tombstones, replaced: replaced))
        }
    }
}
