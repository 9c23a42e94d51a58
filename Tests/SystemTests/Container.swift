// A disposable machine with a real systemd in it; the script `container` says how.

import Foundation

/// A machine that cannot boot a container.
struct CannotBoot: Error {
    let reason: String
}

struct Container: Sendable {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/container"

    private let handle: String

    /// Boots; the container ends with this process at the latest.
    ///
    /// - Throws: `CannotBoot` where no container can be had.
    static func boot() async throws -> Container {
        let result = try await run(script, "boot", "--owner", "\(getpid())", limit: .seconds(120))
        if result.status == 77 { throw CannotBoot(reason: result.errors.trimmingCharacters(in: .newlines)) }
        return Container(
            handle: try CommandFailed.check(result, ["container", "boot"]).trimmingCharacters(in: .newlines)
        )
    }

    func kill() async throws { _ = try await run(Self.script, "kill", handle, limit: .seconds(60)) }

    /// What a command is run through to be run inside, as root or as somebody else.
    func entrance(as user: User = .root) -> [String] { [Self.script, "exec", handle, "--"] + user.entrance }

    /// Runs a command inside until it ends by itself.
    func execute(_ command: String..., as user: User = .root) async throws -> ProcessResult {
        try await RunningProcess(entrance(as: user) + command).end(limit: .seconds(60))
    }

    /// Runs a command inside that must succeed, and returns its output without the last line feed.
    @discardableResult
    func output(_ command: String..., input: Data = Data()) async throws -> String {
        let result = try await RunningProcess(entrance() + command, input: .bytes(input)).end(limit: .seconds(60))
        return try CommandFailed.check(result, command).trimmingCharacters(in: .newlines)
    }

    func write(_ content: Data, to path: String) async throws {
        try await output("sh", "-c", #"cat >"$0""#, path, input: content)
    }

    /// Who runs a command.
    enum User {
        case root
        /// Nobody, as a member of this group only.
        case nobody(in: String)

        fileprivate var entrance: [String] {
            switch self {
            case .root: []
            case .nobody(let group): ["setpriv", "--reuid=65534", "--regid=65534", "--groups=\(group)", "--"]
            }
        }
    }
}
