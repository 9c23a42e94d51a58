// A state directory as a command takes hold of it: beside a daemon to read it, or instead of one to write to it.

import CLinux
import Durability
import Glibc
import Sessions

/// A directory that is open.
struct StateDirectory {
    let path: String
    let disk: FileDisk

    /// Opens a directory to look at it, whether or not a daemon has it.
    static func read(_ path: String) throws(StateFailure) -> StateDirectory {
        let directory = try StateDirectory(path) { (path) throws(SystemError) in try FileDisk(unlocked: path) }
        try directory.refuseForeign()
        return directory
    }

    /// Opens a directory whose files are to be changed, which no daemon may have.
    static func change(_ path: String) throws(StateFailure) -> StateDirectory {
        let directory = try lock(path)
        try directory.refuseForeign()
        return directory
    }

    /// Opens a directory that has no files, and makes it when there is none.
    ///
    /// - Returns: The directory, and whether it was made.
    static func empty(_ path: String) throws(StateFailure) -> (StateDirectory, isNew: Bool) {
        let made = systemCall { unsafe Int(mkdir(path, 0o700)) }
        if made == -Int(ENOENT) {
            throw StateFailure(.noState, "cannot make \(path): its parent directory is not there")
        }
        if made < 0, made != -Int(EEXIST) { throw StateFailure(SystemError("make \(path)", code: CInt(-made))) }
        let directory = try lock(path)
        do throws(SystemError) {
            if case .empty = try StateDirectoryKind(of: directory.disk) { return (directory, made == 0) }
        } catch {
            throw StateFailure(error)
        }
        throw StateFailure(.cannotCreate, "\(path) has files: load into an empty directory, or one that is not there")
    }

    private init(_ path: String, _ open: (String) throws(SystemError) -> FileDisk) throws(StateFailure) {
        self.path = path
        do { disk = try open(path) } catch { throw StateFailure(error) }
    }

    private static func lock(_ path: String) throws(StateFailure) -> StateDirectory {
        let directory: StateDirectory
        do throws(SystemError) {
            let disk = try FileDisk(path: path)
            directory = StateDirectory(path: path, disk: disk)
            try disk.checkWritable()
        } catch {
            guard error.code == EWOULDBLOCK else { throw StateFailure(error) }
            let holder = (try? FileDisk(unlocked: path))?.lockHolder.map { "process \($0)" } ?? "another process"
            let advice = "Stop the daemon that runs on it first"
            throw StateFailure(.inUse, "\(path) is in use: \(holder) has it locked. \(advice)")
        }
        directory.actAsOwner()
        return directory
    }

    private init(path: String, disk: FileDisk) {
        self.path = path
        self.disk = disk
    }

    private func refuseForeign() throws(StateFailure) {
        do throws(SystemError) {
            guard case .foreign = try StateDirectoryKind(of: disk) else { return }
        } catch {
            throw StateFailure(error)
        }
        throw StateFailure(.noState, "\(path) is not a state directory: it has files, and none of them is a state's")
    }

    /// Lets what root makes belong to whom the directory belongs to: the daemon has to be able to read it.
    private func actAsOwner() {
        var status = stat()
        guard geteuid() == 0, unsafe stat(path, &status) == 0, status.st_uid != 0 else { return }
        setegid(status.st_gid)
        seteuid(status.st_uid)
    }

    /// How many bytes its files have.
    var size: Int {
        let names = (try? disk.list()) ?? []
        return names.reduce(0) { sum, name in
            var status = stat()
            return unsafe stat("\(path)/\(name)", &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }

    /// Makes sure that the directory itself is on the disk.
    func syncParent() throws(SystemError) {
        let parent = try systemCall("open \(path)/..") {
            unsafe Int(open("\(path)/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        defer { close(CInt(parent)) }
        _ = try systemCall("sync \(path)/..") { Int(fsync(CInt(parent))) }
    }
}

/// What time it is.
func now() -> Instant {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
}
