// Writing a snapshot to disk so that at every moment there is a whole one: into a temporary file, which gets its name
// only when all of it is on the disk. The generation before it is kept, older ones go.

/// What was written.
public struct SnapshotReceipt: Equatable, Sendable {
    /// The file's name in the state directory.
    public let name: String
    /// Its size.
    public let bytes: Int
}

/// A snapshot on its way to the disk.
struct SnapshotFile<D: Disk> {
    private let disk: D
    private let file: DiskFile
    private var bytes = 0
    private var unsynced = 0

    /// How much is handed to the disk before waiting for it: what a slow disk takes in well under a watchdog's patience.
    private static var syncStride: Int { 1 << 23 }

    /// Begins with an empty temporary file, in place of what an interrupted attempt may have left.
    init(on disk: D) throws(SystemError) {
        self.disk = disk
        file = try disk.create(SnapshotName.temporary)
    }

    mutating func append(_ piece: [UInt8]) throws(SystemError) {
        try disk.append(piece, to: file)
        bytes += piece.count
        unsynced += piece.count
        guard unsynced >= Self.syncStride else { return }
        try disk.sync(file)
        unsynced = 0
    }

    /// Makes the snapshot the newest generation. When this returns, it is on the disk under its name.
    func finish() throws(SystemError) -> SnapshotReceipt {
        do {
            try disk.sync(file)
        } catch {
            abandon()
            throw error
        }
        disk.close(file)
        let present = SnapshotName.all(in: try disk.list())
        let name = SnapshotName(generation: (present.last?.generation ?? 0) + 1)
        try disk.rename(SnapshotName.temporary, to: name.text)
        try disk.syncDirectory()
        // Only now may an older generation go: the new one and the one before it stay.
        for old in present.dropLast() { try disk.remove(old.text) }
        return SnapshotReceipt(name: name.text, bytes: bytes)
    }

    /// Gives up. A temporary file that cannot be removed is harmless: the next attempt empties it.
    func abandon() {
        disk.close(file)
        try? disk.remove(SnapshotName.temporary)
    }
}
