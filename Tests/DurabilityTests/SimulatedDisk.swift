// A disk in memory that fails and forgets as real ones do. What was not synced is lost in a crash, or kept in part;
// names are lost unless their directory was synced. Every operation is counted, so that a test can fail or crash the
// n-th one, for every n.

import Durability
import Glibc
import Synchronization

/// The files of a directory that exists only in this test.
final class SimulatedDisk: Disk {
    /// What happens to what was not synced when the machine crashes.
    enum Fate: CaseIterable {
        case dropped
        case kept
        case cutShort
    }

    /// Thrown by every operation of a machine that has crashed.
    static let crashed = SystemError("crash", code: EIO)

    private struct Content {
        var bytes: [UInt8] = []
        var syncedCount = 0
    }

    private struct State {
        var contents: [Int: Content] = [:]
        var names: [String: Int] = [:]
        var syncedNames: [String: Int] = [:]
        var handles: [CInt: (content: Int, offset: Int)] = [:]
        var nextContent = 0
        var nextHandle: CInt = 3
        var operations = 0
        var failure: (at: Int, code: CInt, persistent: Bool)?
        var crashAt: Int?
    }

    private let state = Mutex(State())

    /// How many operations there were.
    var operations: Int { state.withLock { $0.operations } }

    /// Makes the n-th operation from now fail, and all after it if the failure is persistent.
    func fail(operation number: Int, code: CInt, persistently: Bool = false) {
        state.withLock { $0.failure = ($0.operations + number, code, persistently) }
    }

    /// Makes the machine crash at the n-th operation from now: it has no effect, and neither has any after it.
    func crash(atOperation number: Int) {
        state.withLock { $0.crashAt = $0.operations + number }
    }

    /// The disk as it is found when the machine is started again.
    func restarted(_ fate: Fate) -> SimulatedDisk {
        let old = state.withLock { $0 }
        let disk = SimulatedDisk()
        disk.state.withLock { fresh in
            for (name, number) in fate == .dropped ? old.syncedNames : old.names {
                var content = old.contents[number] ?? Content()
                switch fate {
                case .dropped: content.bytes.removeLast(content.bytes.count - content.syncedCount)
                case .kept: break
                case .cutShort:
                    let unsynced = content.bytes.count - content.syncedCount
                    content.bytes.removeLast(unsynced - unsynced / 2)
                }
                content.syncedCount = content.bytes.count
                fresh.contents[fresh.nextContent] = content
                fresh.names[name] = fresh.nextContent
                fresh.syncedNames[name] = fresh.nextContent
                fresh.nextContent += 1
            }
        }
        return disk
    }

    /// What a file holds now.
    func content(of name: String) -> [UInt8]? {
        state.withLock { state in state.names[name].flatMap { state.contents[$0]?.bytes } }
    }

    /// Puts a file there, synced.
    func setContent(of name: String, to bytes: [UInt8]) {
        state.withLock { state in
            state.contents[state.nextContent] = Content(bytes: bytes, syncedCount: bytes.count)
            state.names[name] = state.nextContent
            state.syncedNames[name] = state.nextContent
            state.nextContent += 1
        }
    }

    func list() throws(SystemError) -> [String] {
        try operation("list") { state in Array(state.names.keys) }
    }

    func create(_ name: String) throws(SystemError) -> DiskFile {
        try operation("create \(name)") { state in
            let number = state.nextContent
            state.nextContent += 1
            state.contents[number] = Content()
            state.names[name] = number
            return Self.handle(name, to: number, &state)
        }
    }

    func open(_ name: String) throws(SystemError) -> DiskFile {
        let file = try operation("open \(name)") { state in
            state.names[name].map { Self.handle(name, to: $0, &state) }
        }
        guard let file else { throw SystemError("open \(name)", code: ENOENT) }
        return file
    }

    func append(_ bytes: [UInt8], to file: DiskFile) throws(SystemError) {
        try operation("write \(file.name)") { state in
            guard let handle = state.handles[file.handle] else { return }
            state.contents[handle.content]?.bytes += bytes
        }
    }

    func read(_ file: DiskFile, limit: Int) throws(SystemError) -> [UInt8] {
        try operation("read \(file.name)") { state in
            guard let handle = state.handles[file.handle], let content = state.contents[handle.content] else {
                return []
            }
            let piece = Array(content.bytes.dropFirst(handle.offset).prefix(limit))
            state.handles[file.handle] = (handle.content, handle.offset + piece.count)
            return piece
        }
    }

    func sync(_ file: DiskFile) throws(SystemError) {
        try operation("sync \(file.name)") { state in
            guard let handle = state.handles[file.handle], let content = state.contents[handle.content] else { return }
            state.contents[handle.content]?.syncedCount = content.bytes.count
        }
    }

    func close(_ file: DiskFile) {
        state.withLock { $0.handles[file.handle] = nil }
    }

    func rename(_ name: String, to other: String) throws(SystemError) {
        try operation("rename \(name)") { state in
            state.names[other] = state.names.removeValue(forKey: name)
        }
    }

    func remove(_ name: String) throws(SystemError) {
        try operation("remove \(name)") { state in state.names[name] = nil }
    }

    func syncDirectory() throws(SystemError) {
        try operation("sync directory") { state in state.syncedNames = state.names }
    }

    private static func handle(_ name: String, to content: Int, _ state: inout State) -> DiskFile {
        let handle = state.nextHandle
        state.nextHandle += 1
        state.handles[handle] = (content, 0)
        return DiskFile(handle: handle, name: name)
    }

    private func operation<Result: Sendable>(
        _ name: String,
        _ body: (inout sending State) -> sending Result
    ) throws(SystemError) -> Result {
        let result: Swift.Result<Result, SystemError> = state.withLock { state in
            state.operations += 1
            if let crashAt = state.crashAt, state.operations >= crashAt { return .failure(Self.crashed) }
            if let failure = state.failure,
                state.operations == failure.at || (failure.persistent && state.operations > failure.at)
            {
                return .failure(SystemError(name, code: failure.code))
            }
            return .success(body(&state))
        }
        return try result.get()
    }
}
