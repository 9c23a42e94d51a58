// A disk that is memory: what the readers of state files are given, and what a conversation is written to.

@testable internal import Durability
internal import Glibc

/// The files of a directory; all of it happens on one thread.
final class MemoryDisk: Disk, @unchecked Sendable {
    var files: [String: [UInt8]] = [:]
    /// Whether nothing can be written; what was written can be read all the same.
    var isSick = false
    private var open: [CInt: (name: String, offset: Int)] = [:]
    private var next: CInt = 3

    func list() throws(SystemError) -> [String] { files.keys.sorted() }

    func create(_ name: String) throws(SystemError) -> DiskFile {
        try writing()
        files[name] = []
        return try open(name)
    }

    func open(_ name: String) throws(SystemError) -> DiskFile {
        guard files[name] != nil else { throw SystemError("open \(name)", code: ENOENT) }
        next += 1
        open[next] = (name, 0)
        return DiskFile(handle: next, name: name)
    }

    func append(_ bytes: [UInt8], to file: DiskFile) throws(SystemError) {
        try writing()
        if let name = open[file.handle]?.name { files[name, default: []] += bytes }
    }

    func read(_ file: DiskFile, limit: Int) throws(SystemError) -> [UInt8] {
        guard let (name, offset) = open[file.handle], let bytes = files[name] else { return [] }
        let piece = Array(bytes[offset...].prefix(limit))
        open[file.handle]?.offset += piece.count
        return piece
    }

    func sync(_ file: DiskFile) throws(SystemError) { try writing() }
    func close(_ file: DiskFile) { open[file.handle] = nil }

    func rename(_ name: String, to other: String) throws(SystemError) {
        try writing()
        files[other] = files.removeValue(forKey: name)
        for (handle, file) in open where file.name == name { open[handle]?.name = other }
    }

    func remove(_ name: String) throws(SystemError) {
        try writing()
        files[name] = nil
    }

    func syncDirectory() throws(SystemError) { try writing() }

    private func writing() throws(SystemError) {
        if isSick { throw SystemError("write", code: EIO) }
    }
}
