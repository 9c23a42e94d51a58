// A child process. What it writes goes into files, so that it never waits for a reader and can be looked at while it
// runs; it is killed with its owner, so that nothing outlives a failed test.

import Foundation

/// What a process that has ended came to.
struct ProcessResult {
    /// The exit status, or minus the signal that ended it.
    let status: Int32
    let output: String
    let errors: String
}

final class RunningProcess {
    enum Input {
        case nothing
        case bytes(Data)
        /// What a file or a named pipe holds.
        case path(String)
        /// What `send` sends, until `closeInput`.
        case sent
    }

    let id: pid_t
    private let command: [String]
    private let folder: TemporaryDirectory
    /// Where input is sent to.
    private var inputEnd: FileHandle?
    /// Keeps the pipe of output that nobody reads open.
    private var unreadOutput: FileHandle?
    private let collectsOutput: Bool
    private var status: Int32?

    /// Starts a process with a clean environment.
    ///
    /// - Parameters:
    ///   - command: The program, looked for in PATH, and its arguments.
    ///   - leavesOutputUnread: Its standard output is a pipe that nobody reads before `readOutput`.
    init(
        _ command: [String],
        input: Input = .nothing,
        environment: [String: String] = [:],
        leavesOutputUnread: Bool = false
    ) throws {
        self.command = command
        let folder = try TemporaryDirectory()
        self.folder = folder
        collectsOutput = !leavesOutputUnread
        // A pipe is open from both sides until the process has its end of it: opening an end alone would wait.
        let inputPath: String
        var inputPipe: FileHandle?
        switch input {
        case .nothing: inputPath = "/dev/null"
        case .path(let path): inputPath = path
        case .bytes(let bytes):
            inputPath = folder.path(of: "input")
            try bytes.write(to: URL(fileURLWithPath: inputPath))
        case .sent:
            inputPath = folder.path(of: "input")
            inputPipe = try makePipe(at: inputPath)
            inputEnd = try openPipe(at: inputPath, O_WRONLY)
        }
        if leavesOutputUnread { unreadOutput = try makePipe(at: folder.path(of: "output")) }
        defer { try? inputPipe?.close() }
        // Writing to a process that has ended is an error here, not the end of the tests.
        Foundation.signal(SIGPIPE, SIG_IGN)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        id = try spawn(
            command,
            environment: ["PATH": path, "LC_ALL": "C.UTF-8"].merging(environment) { $1 },
            input: inputPath,
            output: folder.path(of: "output"),
            errors: folder.path(of: "errors")
        )
    }

    deinit { kill() }

    var isRunning: Bool {
        if status == nil { status = exitStatus(of: id) }
        return status == nil
    }

    /// What it has written to its standard output until now.
    var output: Data { collectsOutput ? contents(of: "output") : Data() }
    /// What it has written to its standard error until now.
    var errors: String { String(decoding: contents(of: "errors"), as: UTF8.self) }

    func send(_ bytes: Data) throws { try inputEnd?.write(contentsOf: bytes) }

    func closeInput() throws {
        try inputEnd?.close()
        inputEnd = nil
    }

    /// Begins to read the output that nobody has read until now; it becomes the output of another process.
    func readOutput() throws -> RunningProcess {
        let reader = try RunningProcess(["cat"], input: .path(folder.path(of: "output")))
        try unreadOutput?.close()
        unreadOutput = nil
        return reader
    }

    func signal(_ signal: Int32) { if isRunning { Foundation.kill(id, signal) } }

    /// Ends it at once.
    func kill() {
        guard isRunning else { return }
        Foundation.kill(id, SIGKILL)
        status = exitStatus(of: id, waiting: true)
    }

    /// Waits until it ends by itself.
    func end(limit: Duration = patience) async throws -> ProcessResult {
        let status = try await wait(for: "the end of \(command); so far: \(errors)", limit: limit) { () -> Int32? in
            isRunning ? nil : self.status
        }
        return ProcessResult(status: status, output: String(decoding: output, as: UTF8.self), errors: errors)
    }

    private func contents(of name: String) -> Data {
        FileManager.default.contents(atPath: folder.path(of: name)) ?? Data()
    }
}

/// Makes a pipe that has a name, and opens both of its sides at once.
private func makePipe(at path: String) throws -> FileHandle {
    guard unsafe mkfifo(path, 0o600) == 0 else { throw CannotSpawn(program: path, code: errno) }
    return try openPipe(at: path, O_RDWR)
}

private func openPipe(at path: String, _ mode: Int32) throws -> FileHandle {
    let descriptor = unsafe open(path, mode | O_CLOEXEC)
    guard descriptor >= 0 else { throw CannotSpawn(program: path, code: errno) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
}

/// Runs a program until it ends by itself.
func run(
    _ command: String...,
    input: Data? = nil,
    environment: [String: String] = [:],
    limit: Duration = patience
) async throws -> ProcessResult {
    let input = input.map { RunningProcess.Input.bytes($0) } ?? .nothing
    return try await RunningProcess(command, input: input, environment: environment).end(limit: limit)
}
