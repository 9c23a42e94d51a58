// Reading a journal: commit by commit, each one checked before it is believed. Where the commits end, either the file
// ends, too, or a torn one follows, which was never acknowledged; that it is not damage in the midst of acknowledged
// ones shows by there being no whole commit behind it.

internal import Sessions

/// A change as a journal holds it.
struct JournalRecord: Equatable {
    let sequence: UInt64
    let change: Change
    /// When it was made and what it met; nil in a file of version 1.
    let occasion: Occasion?
}

/// A cursor over the commits of a journal.
struct JournalReader {
    /// What a journal says of itself at its beginning.
    private struct Header {
        let version: UInt32
        let start: UInt64
        let continues: UInt64
        let epoch: Epoch?
        let seed: UInt32
    }

    let name: String
    /// The number of the last change before those of this journal.
    var start: UInt64 { header.start }
    /// The last change that has to be in what came before it.
    var continues: UInt64 { header.continues }
    /// The history that its changes belong to; nil in a file of version 1.
    var epoch: Epoch? { header.epoch }
    /// The number of the last change that was read.
    private(set) var sequence: UInt64
    /// How many bytes at the end of the file are a torn commit; known when `next` has returned nil. Zeros behind it are none of
    /// it, but room for commits to come.
    private(set) var tornBytes = 0

    private var reader: StateFileReader
    /// What is ahead was read again after it had seemed to be no commit.
    private var wasReadAgain = false
    private let header: Header
    private var overhead: Int { JournalFormat.commitOverhead }

    /// How many bytes were read and found good.
    var offset: Int { reader.offset }

    /// Opens a journal and checks its header.
    init(_ name: String, on disk: any Disk) throws(StateReadError) {
        self.name = name
        var reader = try StateFileReader(name, on: disk)
        do throws(StateReadError) {
            header = try Self.readHeader(&reader)
        } catch {
            reader.close()
            throw error
        }
        self.reader = reader
        sequence = header.start
    }

    /// Opens a journal whose header is damaged, for what is whole of its commits: the header's checksum may be right
    /// still, and whether it is they will show. Where they begin is not known: `passDamage` finds it.
    ///
    /// - Parameter sequence: Only later changes are looked for.
    init(withoutHeader name: String, after sequence: UInt64, on disk: any Disk) throws(StateReadError) {
        self.name = name
        reader = try StateFileReader(name, on: disk)
        let place = JournalFormat.headerSize - 4
        do throws(StateReadError) {
            let seed = try reader.integer(ahead: place, UInt32.self) ?? 0
            header = Header(
                version: JournalFormat.version,
                start: sequence,
                continues: sequence,
                epoch: nil,
                seed: seed
            )
        } catch {
            reader.close()
            throw error
        }
        self.sequence = sequence
    }

    func close() { reader.close() }

    /// Passes over what cannot be read, to the next commit that is whole and newer than what was read.
    ///
    /// - Returns: False when there is none: then all of the file was passed.
    mutating func passDamage() throws(StateReadError) -> Bool {
        // What is no commit is passed byte by byte; one that is whole and cannot be meant, as a whole.
        if let length = try commitLength(at: 0) {
            if let number = try firstNumber(at: 0), number > sequence, number - sequence > 1 {
                sequence = number - 1
                return true
            }
            reader.consume(overhead + length)
        }
        let count = try reader.countToZeros()
        guard let (offset, number) = try nextCommit(in: 0..<count) else {
            reader.consume(count)
            return false
        }
        reader.consume(offset)
        sequence = number - 1
        return true
    }

    /// Makes sure that what was read is on the disk, and not only in the memory of a machine that has not crashed.
    func sync() throws(StateReadError) { try reader.sync() }

    /// The records of the next commit; nil at the end or at a torn commit.
    mutating func next() throws(StateReadError) -> [JournalRecord]? {
        guard let length = try commitLength(at: 0) else {
            tornBytes = try reader.countToZeros()
            // What was room when it was read may be a commit by now, and what follows it was read later.
            if tornBytes > 0, !wasReadAgain {
                wasReadAgain = true
                try reader.readAgain()
                return try next()
            }
            try refuseWholeCommitBehind()
            return nil
        }
        wasReadAgain = false
        var content = BinaryReader(reader.ahead(overhead..<(overhead + length)))
        var records: [JournalRecord] = []
        while !content.isAtEnd {
            guard let recordLength = content.integer(UInt32.self), let bytes = content.slice(Int(recordLength)) else {
                throw reader.damage("a record that is longer than its commit")
            }
            var record = BinaryReader(bytes)
            guard let number = record.integer(UInt64.self), let change = record.change() else {
                throw reader.damage("a record that is no change")
            }
            let occasion = header.version == 1 ? nil : record.occasion()
            guard record.isAtEnd, occasion != nil || header.version == 1 else {
                throw reader.damage("a record that is no change")
            }
            guard number > sequence, number - sequence == 1 else {
                throw reader.damage("change \(number) follows change \(sequence)")
            }
            sequence = number
            records.append(JournalRecord(sequence: number, change: change, occasion: occasion))
        }
        reader.consume(overhead + length)
        return records
    }

    /// How long the records of the commit that begins `offset` bytes ahead are; nil when no whole one begins there.
    ///
    /// - Parameter sums: The checksums of pieces of what is ahead, where they were computed for many such questions.
    private mutating func commitLength(
        at offset: Int,
        by sums: PieceChecksums? = nil
    ) throws(StateReadError) -> Int? {
        guard let length = try reader.integer(ahead: offset, UInt32.self),
            (UInt32(JournalFormat.recordOverhead)...UInt32(JournalFormat.longestCommit)).contains(length),
            let stored = try reader.integer(ahead: offset + 4, UInt32.self)
        else { return nil }
        let start = offset + overhead
        guard try reader.fill(start + Int(length)) else { return nil }
        let lengthSum = reader.checksum(offset..<(offset + 4), seed: header.seed)
        let records = start..<(start + Int(length))
        let sum = reader.checksum(records, seed: lengthSum, by: sums)
        return stored == sum ? Int(length) : nil
    }

    /// Throws when a later commit stands behind bytes that are none: then these are damage, not a torn end.
    private mutating func refuseWholeCommitBehind() throws(StateReadError) {
        guard tornBytes > overhead else { return }
        guard try nextCommit(in: 1..<tornBytes) != nil else { return }
        throw reader.damage("a commit with a wrong checksum or length, with whole ones behind it")
    }

    /// Where the next commit begins that is whole and later than what was read, and the number of its first record; nil when
    /// none begins in these bytes ahead.
    ///
    /// A number tells nearly always that no commit begins there. Callers can put what may be one into their texts, as often
    /// as it fits in.
    private mutating func nextCommit(in places: Range<Int>) throws(StateReadError) -> (offset: Int, number: UInt64)? {
        let count = try reader.countToEnd()
        var sums: PieceChecksums?
        for offset in places {
            guard let number = try firstNumber(at: offset) else { return nil }
            guard number > sequence, number - sequence < 1 << 32 else { continue }
            if sums == nil { sums = reader.checksums(ahead: count) }
            if try commitLength(at: offset, by: sums) != nil { return (offset, number) }
        }
        return nil
    }

    /// The number of the first record of what may be a commit; nil where the file ends before it.
    private mutating func firstNumber(at offset: Int) throws(StateReadError) -> UInt64? {
        try reader.integer(ahead: offset + overhead + 4, UInt64.self)
    }

    private static func readHeader(_ reader: inout StateFileReader) throws(StateReadError) -> Header {
        let size = JournalFormat.headerSize
        guard try reader.fill(size) else { throw reader.damage("the file ends in its header") }
        var fields = BinaryReader(reader.ahead(0..<size))
        guard fields.bytes(8) == JournalFormat.magic else { throw reader.damage("this is not a sessiond journal") }
        let version = fields.integer(UInt32.self) ?? 0
        let start = fields.integer(UInt64.self) ?? 0
        let continues = fields.integer(UInt64.self) ?? 0
        _ = fields.bytes(16)
        let checksum = reader.checksum(0..<(size - 4))
        guard fields.integer() == checksum else { throw reader.damage("wrong checksum of the header") }
        guard (1...JournalFormat.version).contains(version) else {
            throw reader.foreign(version: version, known: JournalFormat.version)
        }
        let epoch = version == 1 ? nil : try readEpoch(&reader, seed: checksum)
        reader.consume(size + (version == 1 ? 0 : JournalFormat.epochSize))
        return Header(version: version, start: start, continues: continues, epoch: epoch, seed: checksum)
    }

    /// Reads what follows a header since version 2.
    private static func readEpoch(_ reader: inout StateFileReader, seed: UInt32) throws(StateReadError) -> Epoch? {
        let start = JournalFormat.headerSize
        let end = start + JournalFormat.epochSize
        guard try reader.fill(end) else { throw reader.damage("the file ends in its epoch") }
        var fields = BinaryReader(reader.ahead(start..<end))
        let epoch = Epoch(bytes: fields.bytes(16) ?? [])
        guard fields.integer() == reader.checksum(start..<(end - 4), seed: seed) else {
            throw reader.damage("wrong checksum of the epoch")
        }
        return epoch
    }
}
