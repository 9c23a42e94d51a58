// A disk in memory that fails and forgets as real ones do. Every operation is counted and, if wanted, remembered with
// what the disk held at that moment, so that a test can fail or crash the n-th one, for every n.

import Durability
import Glibc
import Synchronization
import TestSupport

/// The files of a directory that exists only in this test.
final class SimulatedDisk: Disk {
    /// A moment at which the machine may crash.
    struct CrashPoint: Sendable {
        /// How many operations had been done before.
        let operations: Int
        /// The operation that is being done.
        let name: String
        /// What there is while it is being done: all of its effect, and nothing of that safe.
        let image: DiskImage
    }

    /// Thrown by every operation of a machine that has crashed.
    static let crashed = SystemError("crash", code: EIO)

    /// Everything that is done to a disk while journals and snapshots are written, without the generations.
    static let operationsOfJournalsAndSnapshots = [
        "create journal.tmp", "write journal.tmp", "sync journal.tmp", "rename journal.tmp", "sync directory",
        "write journal", "sync journal", "create snapshot.tmp", "write snapshot.tmp", "sync snapshot.tmp", "list",
        "rename snapshot.tmp", "remove journal", "remove snapshot",
    ]

    private struct Failure {
        let first: Int
        let code: CInt
        let isPersistent: Bool
        /// Draws how much of what was to be appended is; without one, nothing is.
        var prefix: SplitMix64?

        func concerns(_ operation: Int) -> Bool { operation == first || (isPersistent && operation > first) }
    }

    private struct State {
        var image = DiskImage()
        var handles: [CInt: (content: Int, offset: Int)] = [:]
        var nextHandle: CInt = 3
        var operations = 0
        var failure: Failure?
        var failures: [String] = []
        var crashAt: Int?
        var crashPoints: [CrashPoint]?
    }

    private let state = Mutex(State())
    /// How many zeros are reserved behind what is appended, at most.
    private let room: Int

    init(_ image: DiskImage = DiskImage(), room: Int = 0) {
        self.room = room
        state.withLock { $0.image = image }
    }

    /// How many operations there were.
    var operations: Int { state.withLock { $0.operations } }

    /// What is there now.
    var image: DiskImage { state.withLock { $0.image } }

    /// Every operation since `rememberCrashPoints` was called.
    var crashPoints: [CrashPoint] { state.withLock { $0.crashPoints ?? [] } }

    /// What was being done when the disk failed.
    var failures: [String] { state.withLock { $0.failures } }

    /// Remembers from now on what there is at every operation.
    func rememberCrashPoints() {
        state.withLock { $0.crashPoints = [] }
    }

    /// Makes the n-th operation from now fail, and all after it if the failure is persistent.
    ///
    /// - Parameter prefix: The seed of how much is appended by an append that fails; without one, nothing is.
    func fail(operation number: Int, code: CInt, persistently: Bool = false, prefix: UInt64? = nil) {
        state.withLock { state in
            state.failure = Failure(
                first: state.operations + number,
                code: code,
                isPersistent: persistently,
                prefix: prefix.map { SplitMix64(seed: $0) }
            )
        }
    }

    /// Makes everything succeed again.
    func repair() {
        state.withLock { $0.failure = nil }
    }

    /// Makes the machine crash at the n-th operation from now: it has no effect, and neither has any after it.
    func crash(atOperation number: Int) {
        state.withLock { $0.crashAt = $0.operations + number }
    }

    /// The disk as it is found when the machine is started again.
    func restarted(_ fate: DiskImage.Fate) -> SimulatedDisk {
        var generator = SplitMix64(seed: UInt64(operations))
        return SimulatedDisk(image.crashed(fate, using: &generator))
    }

    /// What a file holds now.
    func content(of name: String) -> [UInt8]? { image.content(of: name) }

    /// Puts a file there, synced.
    func setContent(of name: String, to bytes: [UInt8]) {
        state.withLock { state in
            _ = state.image.add(name, DiskImage.Content(bytes: bytes, syncedCount: bytes.count))
        }
    }

    /// Takes a file away for good.
    func removeContent(of name: String) {
        state.withLock { state in
            state.image.change(.removed(name))
            state.image.syncDirectory()
        }
    }
}

extension SimulatedDisk {
    func list() throws(SystemError) -> [String] {
        try operation("list") { state in Array(state.image.names.keys) }
    }

    func create(_ name: String) throws(SystemError) -> DiskFile {
        try operation("create \(name)") { state in
            let number = state.image.add(name, isSynced: false)
            return Self.handle(name, to: number, &state)
        }
    }

    func open(_ name: String) throws(SystemError) -> DiskFile {
        let file = try operation("open \(name)") { state in
            state.image.names[name].map { Self.handle(name, to: $0, &state) }
        }
        guard let file else { throw SystemError("open \(name)", code: ENOENT) }
        return file
    }

    func append(_ bytes: [UInt8], to file: DiskFile) throws(SystemError) {
        try operation("write \(file.name)") { state in
            guard let number = state.handles[file.handle]?.content else { return }
            state.image[content: number].bytes += bytes
        } failing: { state, failure in
            guard let number = state.handles[file.handle]?.content else { return }
            let count = failure.prefix == nil ? 0 : Int.random(in: 0...bytes.count, using: &failure.prefix!)
            state.image[content: number].bytes += bytes.prefix(count)
        }
    }

    /// No operation by itself: a crash while it is done is one while the next sync is, and a disk at which that fails comes to
    /// the half of it.
    func reserve(_ count: Int, behind offset: Int, in file: DiskFile) {
        state.withLock { state in
            guard room > 0, state.operations + 1 < state.crashAt ?? .max else { return }
            guard let number = state.handles[file.handle]?.content else { return }
            let isFailing = state.failure?.concerns(state.operations + 1) ?? false
            state.image[content: number].reserve(min(count, room) / (isFailing ? 2 : 1), behind: offset)
        }
    }

    func release(behind offset: Int, in file: DiskFile) {
        state.withLock { state in
            guard state.operations + 1 < state.crashAt ?? .max else { return }
            guard let number = state.handles[file.handle]?.content else { return }
            state.image[content: number].release(behind: offset)
        }
    }

    func read(_ file: DiskFile, limit: Int) throws(SystemError) -> [UInt8] {
        try operation("read \(file.name)") { state in
            guard let handle = state.handles[file.handle] else { return [] }
            let piece = Array(state.image[content: handle.content].all.dropFirst(handle.offset).prefix(limit))
            state.handles[file.handle] = (handle.content, handle.offset + piece.count)
            return piece
        }
    }

    func sync(_ file: DiskFile) throws(SystemError) {
        try operation("sync \(file.name)", isSync: true) { state in
            if let number = state.handles[file.handle]?.content { state.image.sync(number) }
        } failing: { state, _ in
            if let number = state.handles[file.handle]?.content { state.image.failToSync(number) }
        }
    }

    func close(_ file: DiskFile) {
        state.withLock { $0.handles[file.handle] = nil }
    }

    func rename(_ name: String, to other: String) throws(SystemError) {
        let wasThere = try operation("rename \(name)") { state in
            guard let number = state.image.names[name] else { return false }
            state.image.change(.renamed(name, to: other, content: number))
            return true
        }
        if !wasThere { throw SystemError("rename \(name)", code: ENOENT) }
    }

    func remove(_ name: String) throws(SystemError) {
        let wasThere = try operation("remove \(name)") { state in
            guard state.image.names[name] != nil else { return false }
            state.image.change(.removed(name))
            return true
        }
        if !wasThere { throw SystemError("remove \(name)", code: ENOENT) }
    }

    func syncDirectory() throws(SystemError) {
        try operation("sync directory", isSync: true) { state in state.image.syncDirectory() }
    }

    private static func handle(_ name: String, to content: Int, _ state: inout State) -> DiskFile {
        let handle = state.nextHandle
        state.nextHandle += 1
        state.handles[handle] = (content, 0)
        return DiskFile(handle: handle, name: name)
    }

    private func operation<Result: Sendable>(
        _ name: String,
        isSync: Bool = false,
        _ body: (inout State) -> Result,
        failing: (inout State, inout Failure) -> Void = { _, _ in }
    ) throws(SystemError) -> Result {
        let result: Swift.Result<Result, SystemError> = state.withLock { state in
            state.operations += 1
            if let crashAt = state.crashAt, state.operations >= crashAt { return .failure(Self.crashed) }
            let before = isSync ? state.image : nil
            defer {
                let point = CrashPoint(operations: state.operations - 1, name: name, image: before ?? state.image)
                state.crashPoints?.append(point)
            }
            if var failure = state.failure, failure.concerns(state.operations) {
                failing(&state, &failure)
                state.failure = failure
                state.failures.append(name)
                return .failure(SystemError(name, code: failure.code))
            }
            return .success(body(&state))
        }
        return try result.get()
    }
}
