// Reading a state file from its beginning, a chunk at a time, with every byte's offset known: what snapshots and journals
// are read through.

/// What is wrong with a state file, and where.
public struct Damage: Error, Equatable, Sendable {
    /// The file's name in the state directory.
    public let file: String
    /// The offset at which it was noticed.
    public let offset: Int
    /// What is wrong there.
    public let reason: String
    /// Set when the file has a version of the format that only a newer daemon reads.
    public internal(set) var isNewer = false

    /// A sentence for a person.
    public var message: String { "\(file): \(reason) at byte \(offset)" }
}

/// Why a state file could not be read.
enum StateReadError: Error {
    case damaged(Damage)
    case disk(SystemError)
}

/// The greatest number of a change that is read from a snapshot. No daemon makes so many changes; of what is beyond, nothing is
/// left to count on with.
public let greatestSequence = UInt64(1) << 62

/// The bytes of a file that lie ahead.
struct StateFileReader {
    private static let chunkSize = 1 << 18

    private let disk: any Disk
    private var file: DiskFile
    private var buffer: [UInt8] = []
    private var position = 0
    private var bufferOffset = 0

    /// How many bytes were consumed.
    var offset: Int { bufferOffset + position }

    init(_ name: String, on disk: any Disk) throws(StateReadError) {
        self.disk = disk
        do { file = try disk.open(name) } catch { throw .disk(error) }
    }

    func close() { disk.close(file) }

    func sync() throws(StateReadError) {
        do { try disk.sync(file) } catch { throw .disk(error) }
    }

    /// Makes sure that `count` bytes lie ahead in the buffer; false when the file ends before.
    mutating func fill(_ count: Int) throws(StateReadError) -> Bool {
        while buffer.count - position < count {
            let more: [UInt8]
            do { more = try disk.read(file, limit: Self.chunkSize) } catch { throw .disk(error) }
            if more.isEmpty { return false }
            bufferOffset += position
            if position == buffer.count {
                buffer = more
            } else {
                buffer.removeFirst(position)
                buffer += more
            }
            position = 0
        }
        return true
    }

    /// Bytes ahead, from the next one to be consumed; they were filled before.
    func ahead(_ range: Range<Int>) -> ArraySlice<UInt8> {
        buffer[(position + range.lowerBound)..<(position + range.upperBound)]
    }

    /// The same without copying.
    @inline(__always)
    @_lifetime(borrow self)
    func view(ahead range: Range<Int>) -> Span<UInt8> {
        buffer.span.extracting((position + range.lowerBound)..<(position + range.upperBound))
    }

    /// The integer that lies `offset` bytes ahead, if the file has it.
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(ahead offset: Int, _: Value.Type)
        throws(StateReadError) -> Value?
    {
        let size = MemoryLayout<Value>.size
        return try fill(offset + size) ? filledInteger(ahead: offset) : nil
    }

    private func filledInteger<Value: FixedWidthInteger & BitwiseCopyable>(ahead offset: Int) -> Value? {
        var cursor = ByteCursor(view(ahead: offset..<(offset + MemoryLayout<Value>.size)))
        return cursor.integer()
    }

    /// The checksum of bytes ahead; they were filled before.
    func checksum(_ range: Range<Int>, seed: UInt32 = 0) -> UInt32 {
        CRC32C.checksum(view(ahead: range), seed: seed)
    }

    /// The same, by what `checksums` has computed, if it has.
    func checksum(_ range: Range<Int>, seed: UInt32, by sums: PieceChecksums?) -> UInt32 {
        guard let sums else { return checksum(range, seed: seed) }
        return sums.checksum(range, seed: seed, of: view(ahead: 0..<sums.count))
    }

    /// What gives the checksum of any piece of so many bytes ahead, until some are consumed; they were filled before.
    func checksums(ahead count: Int) -> PieceChecksums { PieceChecksums(of: view(ahead: 0..<count)) }

    /// How many bytes there are ahead, after reading all of them.
    mutating func countToEnd() throws(StateReadError) -> Int {
        while try fill(buffer.count - position + 1) {}
        return buffer.count - position
    }

    /// How many bytes there are ahead without the zeros at the end of the file, after reading all of them.
    mutating func countToZeros() throws(StateReadError) -> Int {
        var count = try countToEnd()
        while count > 0, buffer[position + count - 1] == 0 { count -= 1 }
        return count
    }

    /// Reads again what is ahead, if the file has its name still: a daemon that runs may have written there since.
    mutating func readAgain() throws(StateReadError) {
        guard let opened = try? disk.open(file.name) else { return }
        disk.close(file)
        file = opened
        (buffer, position, bufferOffset) = ([], 0, offset)
        var passed = 0
        while passed < offset {
            let piece: [UInt8]
            do { piece = try disk.read(file, limit: min(Self.chunkSize, offset - passed)) } catch { throw .disk(error) }
            if piece.isEmpty { return }
            passed += piece.count
        }
    }

    mutating func consume(_ count: Int) { position += count }

    func damage(_ reason: String) -> StateReadError {
        .damaged(Damage(file: file.name, offset: offset, reason: reason))
    }

    /// What is wrong with a whole header of another version of the format.
    func foreign(version: UInt32, known: UInt32) -> StateReadError {
        let reason = "format version \(version), and this daemon reads \(known)"
        var damage = Damage(file: file.name, offset: offset, reason: reason)
        damage.isNewer = version > known
        return .damaged(damage)
    }
}
