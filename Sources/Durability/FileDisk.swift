// The real disk: one directory, held open and locked for as long as the daemon runs, so that no second daemon shares it
// and none of its files is reached by a path that could have come to mean something else.

internal import CLinux
internal import Glibc
internal import Synchronization

/// The files of a directory of the file system.
public final class FileDisk: Disk {
    /// The directory's path, for messages.
    public let path: String
    private let opened: Mutex<CInt>
    private let readCount = Atomic<Int>(0)
    private var directory: CInt { opened.withLock { $0 } }

    /// Opens and locks a directory.
    ///
    /// - Throws: When the directory cannot be opened, or with `EWOULDBLOCK` when another daemon has it.
    public convenience init(path: String) throws(SystemError) {
        try self.init(unlocked: path)
        _ = try systemCall("lock state directory \(path)") { Int(flock(directory, LOCK_EX | LOCK_NB)) }
    }

    /// Opens a directory that is only going to be read, whether or not a daemon has it.
    ///
    /// - Throws: When the directory cannot be opened.
    public init(unlocked path: String) throws(SystemError) {
        self.path = path
        opened = Mutex(try Self.open(path))
    }

    /// Whether a daemon has the directory.
    public var isLocked: Bool {
        if systemCall({ Int(flock(directory, LOCK_SH | LOCK_NB)) }) == -Int(EWOULDBLOCK) { return true }
        flock(directory, LOCK_UN)
        return false
    }

    /// How many bytes have been read from its files.
    public var bytesRead: Int { readCount.load(ordering: .relaxed) }

    deinit { Glibc.close(directory) }

    private static func open(_ path: String) throws(SystemError) -> CInt {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        return CInt(try systemCall("open state directory \(path)") { unsafe Int(Glibc.open(path, flags)) })
    }

    /// Turns to the directory that has the path now, when the one that was opened has been removed.
    ///
    /// - Returns: Whether there is one, and it is not another daemon's.
    private func turnToReplacement() -> Bool {
        var status = stat()
        guard unsafe fstat(directory, &status) == 0, status.st_nlink == 0, let replacement = try? Self.open(path) else {
            return false
        }
        guard systemCall({ Int(flock(replacement, LOCK_EX | LOCK_NB)) }) == 0 else {
            Glibc.close(replacement)
            return false
        }
        opened.withLock { directory in
            Glibc.close(directory)
            directory = replacement
        }
        return true
    }

    /// Finds out whether files can be made here, so that a daemon that could never save anything does not start.
    public func checkWritable() throws(SystemError) {
        _ = try systemCall("write to state directory \(path)") {
            unsafe Int(faccessat(directory, ".", W_OK | X_OK, AT_EACCESS))
        }
    }

    /// Reads the directory with readdir(3).
    public func list() throws(SystemError) -> [String] {
        // A descriptor of its own: reading a directory moves its offset, and closedir(3) closes it.
        let copy = try systemCall("list \(path)") {
            unsafe Int(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        guard let stream = unsafe fdopendir(CInt(copy)) else { throw SystemError("list \(path)", code: errno) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        if errno != 0 { throw SystemError("list \(path)", code: errno) }
        return names
    }

    /// Opens with mode 0600, empties what was there, and follows no symbolic link. Not with O_APPEND: what is reserved is
    /// behind the place where the next write(2) goes.
    public func create(_ name: String) throws(SystemError) -> DiskFile {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        func make() -> Int { systemCall { unsafe Int(openat(directory, name, flags, 0o600)) } }
        var handle = make()
        if handle == -Int(ENOENT), turnToReplacement() { handle = make() }
        if handle < 0 { throw SystemError("create \(name) in \(path)", code: CInt(-handle)) }
        return DiskFile(handle: CInt(handle), name: name)
    }

    /// Opens for reading and follows no symbolic link.
    public func open(_ name: String) throws(SystemError) -> DiskFile {
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC
        let handle = try systemCall("open \(name)") { unsafe Int(openat(directory, name, flags)) }
        return DiskFile(handle: CInt(handle), name: name)
    }

    /// Writes on after a short write.
    public func append(_ bytes: [UInt8], to file: DiskFile) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = systemCall {
                unsafe bytes.withUnsafeBytes { source in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: source[written...])
                    return unsafe Glibc.write(file.handle, rest.baseAddress, rest.count)
                }
            }
            if count < 0 { throw SystemError("write \(file.name)", code: CInt(-count)) }
            written += count
        }
    }

    /// Writes zeros with pwrite(2), where that helps: on ext4 and XFS, which write over what is there. An extent that is only
    /// allocated, by fallocate(2), would be noted as written by the sync that follows. Other file systems write elsewhere.
    public func reserve(_ count: Int, behind offset: Int, in file: DiskFile) {
        guard Self.writesOver(file) else { return }
        let zeros = [UInt8](repeating: 0, count: count)
        var written = 0
        while written < count {
            let more = systemCall {
                unsafe zeros.withUnsafeBytes { source in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: source[written...])
                    return unsafe pwrite(file.handle, rest.baseAddress, rest.count, offset + written)
                }
            }
            if more <= 0 { return }
            written += more
        }
    }

    /// Whether the file system writes over what is there, as ext4 and XFS do; statfs(2) has their numbers.
    static func writesOver(_ file: DiskFile) -> Bool {
        var system = statfs()
        return unsafe fstatfs(file.handle, &system) == 0 && [0xEF53, 0x5846_5342].contains(system.f_type)
    }

    /// Calls ftruncate(2).
    public func release(behind offset: Int, in file: DiskFile) {
        _ = systemCall { Int(ftruncate(file.handle, offset)) }
    }

    /// Reads once.
    public func read(_ file: DiskFile, limit: Int) throws(SystemError) -> [UInt8] {
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            result = systemCall { unsafe Glibc.read(file.handle, buffer.baseAddress, limit) }
            count = max(result, 0)
        }
        if result < 0 { throw SystemError("read \(file.name)", code: CInt(-result)) }
        readCount.add(bytes.count, ordering: .relaxed)
        return bytes
    }

    /// Calls sync_file_range(2), which leaves the file system's own journal alone; where it cannot be called, fdatasync(2).
    public func flush(_ file: DiskFile, from offset: Int, count: Int) throws(SystemError) {
        let result = systemCall {
            let begun = Int(sync_file_range(file.handle, offset, count, UInt32(SYNC_FILE_RANGE_WRITE)))
            // A count of zero would mean all of the file.
            guard begun == 0, offset > 0 else { return begun }
            return Int(sync_file_range(file.handle, 0, offset, UInt32(SYNC_FILE_RANGE_WAIT_BEFORE)))
        }
        if result == -Int(ENOSYS) || result == -Int(EPERM) { return try sync(file) }
        // This is the only time that an error is told.
        if result < 0 { throw SystemError("write \(file.name)", code: CInt(-result)) }
    }

    /// Calls fdatasync(2), which leaves out only what reading does not need, such as the time of the last change.
    ///
    /// - Throws: Also when the file was removed meanwhile: then what it holds is nowhere.
    public func sync(_ file: DiskFile) throws(SystemError) {
        _ = try systemCall("sync \(file.name)") { Int(fdatasync(file.handle)) }
        var status = stat()
        if unsafe fstat(file.handle, &status) == 0, status.st_nlink == 0 {
            throw SystemError("sync \(path)/\(file.name), which was removed", code: ENOENT)
        }
    }

    /// Calls close(2).
    public func close(_ file: DiskFile) {
        Glibc.close(file.handle)
    }

    /// Calls renameat(2).
    public func rename(_ name: String, to other: String) throws(SystemError) {
        _ = try systemCall("rename \(name) to \(other)") {
            unsafe Int(renameat(directory, name, directory, other))
        }
    }

    /// Calls unlinkat(2).
    public func remove(_ name: String) throws(SystemError) {
        _ = try systemCall("remove \(name)") { unsafe Int(unlinkat(directory, name, 0)) }
    }

    /// Calls fsync(2) on the directory.
    public func syncDirectory() throws(SystemError) {
        _ = try systemCall("sync \(path)") { Int(fsync(directory)) }
    }
}
