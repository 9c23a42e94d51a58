// What durability needs of a disk, and no more: the files of one directory, written at their end. The tests put a
// simulated disk in its place that fails, tears and forgets as real ones do.

/// The files of the state directory.
///
/// Nothing is durable before `sync` (for what a file holds) or `syncDirectory` (for which files there are) has returned.
public protocol Disk: Sendable {
    /// The names of all files.
    func list() throws(SystemError) -> [String]
    /// Makes a new, empty file for appending, in place of one that may have had its name.
    func create(_ name: String) throws(SystemError) -> DiskFile
    /// Opens a file for reading from its beginning.
    func open(_ name: String) throws(SystemError) -> DiskFile
    /// Appends all of `bytes`.
    func append(_ bytes: [UInt8], to file: DiskFile) throws(SystemError)
    /// Makes room for what is going to be appended next: as many zeros as the disk sees fit, at most `count`, behind `offset`,
    /// which is where the next append writes. What does not make a file grow is synced with less to write. Nothing of it is
    /// promised, and a failure is not told: then the appends find none.
    func reserve(_ count: Int, behind offset: Int, in file: DiskFile)
    /// Takes back what is reserved behind `offset`, if it can be.
    func release(behind offset: Int, in file: DiskFile)
    /// Reads on, at most `limit` bytes; none at the end of the file.
    func read(_ file: DiskFile, limit: Int) throws(SystemError) -> [UInt8]
    /// Begins to bring a part of a file to the disk, and returns when the parts before it for which that was begun are there.
    /// A file that is brought there as it grows leaves little for `sync`, which alone promises anything.
    func flush(_ file: DiskFile, from offset: Int, count: Int) throws(SystemError)
    /// Returns when what was appended to the file is on the disk. After a failure the file is not to be trusted again.
    func sync(_ file: DiskFile) throws(SystemError)
    /// Lets go of a file; never fails, since what matters was synced before.
    func close(_ file: DiskFile)
    /// Gives a file a new name, in place of one that may have had it: wholly or not at all.
    func rename(_ name: String, to other: String) throws(SystemError)
    /// Removes a file.
    func remove(_ name: String) throws(SystemError)
    /// Returns when creations, renames and removals are on the disk.
    func syncDirectory() throws(SystemError)
}

extension Disk {
    /// Does nothing: every append makes the file grow.
    public func reserve(_ count: Int, behind offset: Int, in file: DiskFile) {}

    /// Does nothing.
    public func release(behind offset: Int, in file: DiskFile) {}

    /// Does nothing: `sync` does all.
    public func flush(_ file: DiskFile, from offset: Int, count: Int) throws(SystemError) {}
}

/// A file that a `Disk` has open.
public struct DiskFile: Hashable, Sendable {
    /// The disk's own number for it.
    public let handle: CInt
    /// Its name in the directory.
    public let name: String

    /// Notes an open file.
    public init(handle: CInt, name: String) {
        self.handle = handle
        self.name = name
    }
}
