// A journal on the disk, as the writer appends to it. It gets its name when its header is on the disk, so a file with
// that name always has one; and it is given up for good when the first write or sync to it fails, because what a disk
// says about a file after that cannot be believed.

internal import Sessions

/// What has to be known of a journal before it can be begun.
public struct JournalBeginning: Equatable, Sendable {
    /// Its generation.
    public let generation: UInt64
    /// The number of the last change before those of this journal.
    let sequence: UInt64
    /// The last change that is in the files before it, which may be less when a snapshot ran ahead of its journal.
    let continues: UInt64
    /// When it is begun.
    let at: Instant
    /// A random number; see `JournalFormat.header`.
    let salt: UInt64
    /// The history that its changes belong to.
    public let epoch: Epoch
    /// Whether it follows a snapshot that was taken because the journal before it failed. Any other one follows the
    /// commits before it, and must not be begun when these are not on the disk.
    let isMending: Bool
}

/// A journal that is being written.
struct JournalFile<D: Disk> {
    private let disk: D
    private let file: DiskFile
    private let seed: UInt32
    /// How many bytes are on the disk, and up to where the file has room for more.
    private var written: Int
    private var reserved = 0

    /// How much room is made at once: as much as there is already, within these bounds. What a short journal does not use is
    /// little then, and a long one is seldom kept waiting.
    private static var room: ClosedRange<Int> { 1 << 16...1 << 18 }

    /// Makes the file. When this returns, it is on the disk under its name.
    init(_ beginning: JournalBeginning, on disk: D) throws(SystemError) {
        let temporary = StateFileName.Kind.journal.temporary
        let name = StateFileName(.journal, beginning.generation).text
        let header = JournalFormat.header(
            sequence: beginning.sequence,
            continues: beginning.continues,
            writtenAt: beginning.at,
            salt: beginning.salt,
            epoch: beginning.epoch
        )
        let created = try disk.create(temporary)
        do throws(SystemError) {
            try disk.append(header, to: created)
            try disk.sync(created)
            try disk.rename(temporary, to: name)
            try disk.syncDirectory()
        } catch {
            disk.close(created)
            // Whichever name it has: a journal that was never written to must not be found by a recovery.
            try? disk.remove(temporary)
            try? disk.remove(name)
            throw error
        }
        self.disk = disk
        file = DiskFile(handle: created.handle, name: name)
        seed = JournalFormat.seed(of: header.span)
        written = header.count
    }

    /// Writes records that belong together and waits until they are on the disk.
    ///
    /// - Parameter records: What a `CommitBuffer` gave out.
    mutating func commit(_ records: consuming [UInt8]) throws(SystemError) {
        CommitBuffer.seal(&records, seed: seed)
        let end = written + records.count
        try disk.append(records, to: file)
        if end > reserved {
            let room = min(max(end, Self.room.lowerBound), Self.room.upperBound)
            disk.reserve(room, behind: end, in: file)
            reserved = end + room
        }
        try disk.sync(file)
        written = end
    }

    /// Lets go of the file after its last commit, and of the room that it did not need.
    ///
    /// - Parameter isWhole: Whether no write or sync has failed; else the file is left as it is.
    func close(isWhole: Bool = true) {
        if isWhole, reserved > written { disk.release(behind: written, in: file) }
        disk.close(file)
    }
}
