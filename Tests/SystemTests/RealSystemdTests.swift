// The service under a real systemd. One container serves the whole suite: it is booted before its first test, the daemon
// is installed in it by systemd/install, and it is gone after the last. Where none can be had the tests are cancelled,
// saying why; in CI that is a failure.

import Foundation
import Testing

@Suite("Under a real systemd", .serialized, .inContainer)
struct RealSystemdTests {}

extension Trait where Self == InContainer {
    static var inContainer: Self { InContainer() }
}

struct InContainer: SuiteTrait, TestScoping {
    @TaskLocal fileprivate static var container: Result<Container, CannotBoot>?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing tests: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let container: Container
        do {
            container = try await Container.boot()
        } catch let error as CannotBoot where ProcessInfo.processInfo.environment["CI"] != "true" {
            return try await Self.$container.withValue(.failure(error)) { try await tests() }
        }
        let outcome: Result<Void, any Error>
        do {
            for (from, to) in [(try Package.binary(), Installation.binary), (try Package.tool(), Installation.tool)] {
                try await container.write(Data(contentsOf: URL(fileURLWithPath: from)), to: to)
                try await container.output("chmod", "755", to)
            }
            try await container.output("/src/systemd/install", "--binary", Installation.binary)
            try await Self.$container.withValue(.success(container)) { try await tests() }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await container.kill()
        try outcome.get()
    }
}

/// The container of the suite, with the daemon installed in it.
func installedContainer() throws -> Container {
    switch InContainer.container {
    case .success(let container): return container
    case .failure(let error): try Test.cancel("\(error.reason)")
    case nil: throw CannotBoot(reason: "this test is not in the suite that boots the container")
    }
}

/// Where things are in the container.
enum Installation {
    /// The binary before it is installed.
    static let binary = "/root/sessiond"
    static let tool = "/root/sessionctl"
    static let configuration = "/etc/sessiond/sessiond.toml"
    static let units = ["sessiond.socket", "sessiond-reader.socket", "sessiond-admin.socket"]
}

extension Container {
    /// One of the daemon's sockets, as it is reached from inside.
    func socket(_ role: SocketRole = .application, as user: User = .root) -> Socket {
        Socket(path: "/run/sessiond/\(role.name).sock", through: entrance(as: user))
    }

    func install(_ options: String...) async throws -> ProcessResult {
        try await RunningProcess(entrance() + ["/src/systemd/install"] + options).end(limit: .seconds(60))
    }

    func systemctl(_ arguments: String...) async throws {
        _ = try CommandFailed.check(try await RunningProcess(entrance() + ["systemctl"] + arguments).end(), arguments)
    }

    /// A property of a unit, as systemctl shows it.
    func property(_ name: String, of unit: String = "sessiond.service") async throws -> String {
        try await output("systemctl", "show", "--value", "--property", name, unit)
    }

    /// The process id of the daemon, inside; 0 when it does not run.
    func mainProcess() async throws -> Int { Int(try await property("MainPID")) ?? 0 }

    /// Runs `body` with this configuration, or with none; afterwards the one from before is back and in force.
    func configured(_ text: String?, _ body: () async throws -> Void) async throws {
        let before = try await output("cat", Installation.configuration) + "\n"
        let outcome: Result<Void, any Error>
        do {
            if let text { try await configure(text) } else { try await output("rm", Installation.configuration) }
            try await body()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await configure(before)
        try await systemctl("restart", "sessiond.service")
        try outcome.get()
    }

    func configure(_ text: String) async throws { try await write(Data(text.utf8), to: Installation.configuration) }

    /// Waits until this is in the journal of the daemon's unit.
    func journalled(_ text: String, _ matches: String...) async throws {
        let command = entrance() + ["journalctl", "--output=cat", "--unit=sessiond.service"] + matches
        try await wait(until: "\(text) in the journal") {
            try await RunningProcess(command).end().output.contains(text)
        }
    }

    /// Waits until the daemon runs as another process and answers.
    func successor(of process: Int, limit: Duration = patience) async throws -> Int {
        let next = try await wait(for: "a new process after \(process)", limit: limit) { () -> Int? in
            let next = try await mainProcess()
            let isActive = try await property("ActiveState") == "active"
            return isActive && next != 0 && next != process ? next : nil
        }
        try await socket().call("server.ping")
        return next
    }
}
