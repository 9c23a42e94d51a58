// Writing a snapshot to disk so that at every moment there is a whole one: into a temporary file, which gets its name
// only when all of it is on the disk. The snapshot before it is kept with every journal since, older files go.

/// What was written.
public struct SnapshotReceipt: Equatable, Sendable {
    /// The file's name in the state directory.
    public let name: String
    /// Its size.
    public let bytes: Int

    /// Notes what was written.
    public init(name: String, bytes: Int) {
        self.name = name
        self.bytes = bytes
    }
}

/// A snapshot on its way to the disk.
struct SnapshotFile<D: Disk> {
    private let disk: D
    private let file: DiskFile
    private let generation: UInt64
    private var bytes = 0
    private var unflushed = 0

    /// How much is handed to the disk before waiting for what was handed to it before: a slow disk takes that in well under
    /// a watchdog's patience, and on a fast one nobody else is kept waiting by much at a time.
    private static var flushStride: Int { 1 << 20 }

    /// Begins with an empty temporary file, in place of what an interrupted attempt may have left.
    init(_ generation: UInt64, on disk: D) throws(SystemError) {
        self.disk = disk
        self.generation = generation
        file = try disk.create(StateFileName.Kind.snapshot.temporary)
    }

    mutating func append(_ piece: [UInt8]) throws(SystemError) {
        try disk.append(piece, to: file)
        bytes += piece.count
        unflushed += piece.count
        guard unflushed >= Self.flushStride else { return }
        try disk.flush(file, from: bytes - unflushed, count: unflushed)
        unflushed = 0
    }

    /// Makes the snapshot the newest generation. When this returns, it is on the disk under its name.
    func finish(removesOlder: Bool = true) throws(SystemError) -> SnapshotReceipt {
        do {
            try disk.sync(file)
        } catch {
            abandon()
            throw error
        }
        disk.close(file)
        let name = StateFileName(.snapshot, generation)
        let names = try disk.list()
        try disk.rename(StateFileName.Kind.snapshot.temporary, to: name.text)
        try disk.syncDirectory()
        if removesOlder { removeFiles(olderThan: StateFileName.all(.snapshot, in: names).last, from: names) }
        return SnapshotReceipt(name: name.text, bytes: bytes)
    }

    /// Removes what neither the new snapshot nor the one before it needs. What cannot be removed takes room and does no
    /// harm; the next snapshot tries again.
    private func removeFiles(olderThan previous: StateFileName?, from names: [String]) {
        guard let previous else { return }
        for kind in [StateFileName.Kind.snapshot, .journal] {
            for old in StateFileName.all(kind, in: names) where old < previous { try? disk.remove(old.text) }
        }
    }

    /// Gives up. A temporary file that cannot be removed is harmless: the next attempt empties it.
    func abandon() {
        disk.close(file)
        try? disk.remove(StateFileName.Kind.snapshot.temporary)
    }
}
