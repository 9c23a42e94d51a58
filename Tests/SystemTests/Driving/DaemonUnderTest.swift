// The release binary at work, with sockets, configuration and state of its own in a folder that goes away with it.
// It can be stopped, killed and started again on the same state.

import Foundation

/// The daemon's sockets by their roles.
enum SocketRole: String, CaseIterable {
    case application
    case reader
    case administrator

    /// The name that systemd gives it.
    var name: String {
        switch self {
        case .application: "sessiond"
        case .reader: "reader"
        case .administrator: "admin"
        }
    }

    /// The option that binds it.
    var option: String {
        switch self {
        case .application: "--socket"
        case .reader: "--reader-socket"
        case .administrator: "--admin-socket"
        }
    }
}

/// A daemon that has ended although it should not have.
struct DaemonEnded: Error, CustomStringConvertible {
    let result: ProcessResult

    var description: String { "the daemon ended with status \(result.status): \(result.errors)" }
}

final class DaemonUnderTest {
    let folder: TemporaryDirectory
    /// Its sockets, in the order in which they are opened.
    let roles: [SocketRole]
    private let through: [String]
    private let hasConfiguration: Bool
    private var process: RunningProcess?

    /// Starts a daemon and waits until it answers.
    ///
    /// - Parameters:
    ///   - configuration: The text of its configuration file; none without.
    ///   - folder: Where its state is, in `state`, which may be there already.
    ///   - through: A command that the daemon is run through.
    init(
        _ roles: [SocketRole] = [.application],
        configuration: String? = nil,
        in folder: TemporaryDirectory? = nil,
        through: [String] = []
    ) async throws {
        self.folder = try folder ?? TemporaryDirectory()
        self.roles = roles
        self.through = through
        hasConfiguration = configuration != nil
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        if let configuration { try configure(configuration) }
        try await start()
    }

    deinit { process?.kill() }

    /// The folder of its journals and snapshots.
    var state: String { folder.path(of: "state") }
    var configurationFile: String { folder.path(of: "sessiond.toml") }
    var id: pid_t { process?.id ?? 0 }
    var isRunning: Bool { process?.isRunning ?? false }
    /// What it has logged since its last start.
    var log: String { process?.errors ?? "" }

    func socket(_ role: SocketRole) -> Socket { Socket(path: folder.path(of: "\(role.name).sock")) }
    /// The socket for applications.
    var socket: Socket { socket(.application) }
    /// The socket for administrators.
    var admin: Socket { socket(.administrator) }

    /// The command that starts it.
    func command() throws -> [String] {
        var command = through + [try Package.binary(), "--state-directory", state]
        if hasConfiguration { command += ["--config", configurationFile] }
        for role in roles { command += [role.option, socket(role).path] }
        return command
    }

    func configure(_ text: String) throws { try folder.write(text, to: "sessiond.toml") }

    /// Starts it and waits until it answers.
    func start() async throws {
        let started = try RunningProcess(command())
        process = started
        let first = socket(roles[0])
        try await wait(until: "an answer on \(first.path); log: \(log)") {
            guard started.isRunning else { throw DaemonEnded(result: try await started.end()) }
            guard log.contains("ready: ") else { return false }
            return try await first.answer("server.ping")["result"]["pong"] == true
        }
    }

    /// Starts it where it should refuse to, and returns how it ended.
    func startInVain() async throws -> ProcessResult {
        let process = try RunningProcess(command())
        try await wait(until: "it has ended or begun to answer") {
            !process.isRunning || process.errors.contains("ready: ")
        }
        process.signal(SIGTERM)
        return try await process.end()
    }

    func signal(_ signal: Int32) { process?.signal(signal) }

    /// Waits until it has ended and returns its exit status.
    func end() async throws -> Int32 {
        guard let process else { return 0 }
        return try await process.end().status
    }

    /// Stops it as systemd would and returns its exit status.
    @discardableResult
    func stop() async throws -> Int32 {
        signal(SIGTERM)
        return try await end()
    }

    /// Stops it and starts it again.
    func restart() async throws {
        let status = try await stop()
        guard status == 0 else { throw DaemonEnded(result: ProcessResult(status: status, output: "", errors: log)) }
        try await start()
    }

    /// Kills it, without a chance to save anything.
    func kill() { process?.kill() }

    /// Waits until it has logged this, and returns the line.
    @discardableResult
    func logged(_ text: String) async throws -> String {
        try await wait(for: "\"\(text)\" in the log: \(log)") {
            log.split(separator: "\n").first { $0.contains(text) }.map { String($0) }
        }
    }
}
