// Counting what the daemon asks of the heap: a library that is preloaded into it counts in a file. It is built here with
// the C compiler that comes with the Swift toolchain and builds this package's own C target.

import Foundation

struct AllocationCounter {
    private let folder: TemporaryDirectory
    private var library: String { folder.path(of: "count.so") }
    private var file: String { folder.path(of: "count") }

    /// Builds the library.
    init() async throws {
        folder = try TemporaryDirectory()
        try folder.write(String(repeating: "\0", count: 16), to: "count")
        let source = "\(Package.root)/Tests/SystemTests/preload/AllocationCount.c"
        let build = ["-O1", "-g", "-fPIC", "-shared", "-Wall", "-Werror", source, "-o", library]
        let result = try await RunningProcess([Self.compiler()] + build).end()
        guard result.status == 0 else { throw CannotCount(reason: result.errors) }
    }

    /// What a command is run through to be counted.
    var through: [String] { ["env", "LD_PRELOAD=\(library)", "ALLOCATION_COUNT=\(file)"] }

    /// How many times memory was asked for until now.
    var count: Int {
        get throws {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            return bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        }
    }

    /// Lets the next few calls say on standard error where they come from.
    func tellNext(_ calls: UInt8) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        defer { try? handle.close() }
        try handle.seek(toOffset: 8)
        try handle.write(contentsOf: [calls])
    }

    /// `clang` beside the `swift` in PATH, which may be a link to it.
    private static func compiler() throws -> String {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/swift") {
            let swift = URL(fileURLWithPath: "\(folder)/swift").resolvingSymlinksInPath()
            let clang = swift.deletingLastPathComponent().path + "/clang"
            return FileManager.default.isExecutableFile(atPath: clang) ? clang : "clang"
        }
        throw CannotCount(reason: "there is no swift in PATH")
    }
}

struct CannotCount: Error, CustomStringConvertible {
    let reason: String

    var description: String { "cannot count allocations: \(reason)" }
}
