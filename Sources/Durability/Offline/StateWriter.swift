// Writing a whole state at once, without a daemon: a snapshot that gets its name when all of it is on the disk, so that
// one that is not finished is none.

public import Sessions

/// A state on its way to the disk.
public struct StateWriter<D: Disk> {
    private static var pieceSize: Int { 1 << 16 }

    private var file: SnapshotFile<D>
    private var encoder: SnapshotEncoder
    private var piece: [UInt8] = []
    private var isOpen = true

    /// Begins a state.
    ///
    /// - Parameters:
    ///   - generation: Greater than that of any file that is there.
    ///   - sequence: The number of the last change that it contains.
    public init(on disk: D, generation: UInt64 = 1, sequence: UInt64, now: Instant) throws(SystemError) {
        file = try SnapshotFile(generation, on: disk)
        encoder = SnapshotEncoder(sequence: sequence, writtenAt: now, hasJournal: false, to: &piece)
    }

    /// Writes an entry. After an error nothing is left of the state, as after `abandon`.
    public mutating func append(_ entry: SnapshotEntry) throws(SystemError) {
        encoder.append(entry, to: &piece)
        if piece.count >= Self.pieceSize { try flush() }
    }

    /// Ends the state. When this returns, it is on the disk, and a start takes it.
    public mutating func finish() throws(SystemError) -> SnapshotReceipt {
        encoder.finish(to: &piece)
        try flush()
        isOpen = false
        return try file.finish(removesOlder: false)
    }

    /// Removes what was written, unless an error has done so.
    public mutating func abandon() {
        if isOpen { file.abandon() }
        isOpen = false
    }

    private mutating func flush() throws(SystemError) {
        do {
            try file.append(piece)
        } catch {
            abandon()
            throw error
        }
        piece.removeAll(keepingCapacity: true)
    }
}

/// Notes which histories a state belongs to: journals without changes that have their names.
///
/// - Parameters:
///   - generation: That of the state's snapshot.
///   - epochs: Oldest first; the last one ends with the state.
public func writeEpochs(
    _ epochs: [Past.Ancestor],
    generation: UInt64,
    on disk: some Disk,
    now: Instant
) throws(SystemError) {
    var generator = SystemRandomNumberGenerator()
    for (place, epoch) in epochs.enumerated() {
        let beginning = JournalBeginning(
            generation: generation + UInt64(place),
            sequence: epoch.end,
            continues: place == 0 ? epoch.end : epochs[place - 1].end,
            at: now,
            salt: generator.next(),
            epoch: epoch.epoch,
            isMending: false
        )
        try JournalFile(beginning, on: disk).close()
    }
}
