// A terminal with a shell in it, as a person has one: tmux without its owner's settings, on a socket of its own. What is typed
// goes to it as keys, and what stands on its screen can be read.

import Foundation

final class TerminalUnderTest {
    private let folder: TemporaryDirectory
    private let server: RunningProcess
    private var path: String { folder.path(of: "tmux") }

    /// Opens a terminal of this size.
    init(columns: Int, rows: Int, environment: [String: String] = [:]) async throws {
        let folder = try TemporaryDirectory()
        self.folder = folder
        let settings = try folder.write("set -g default-terminal screen-256color\nset -g status off\n", to: "settings")
        // It stays a child of the tests, and takes what runs in it along when it ends.
        let server = try RunningProcess(["tmux", "-D", "-S", folder.path(of: "tmux"), "-f", settings])
        self.server = server
        try await wait(until: "tmux listens: \(server.errors)") {
            FileManager.default.fileExists(atPath: folder.path(of: "tmux"))
        }
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + ["PS1=ready: "]
        try await tmux(
            ["new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "env"] + variables + ["bash", "--norc"]
        )
        try await shows("ready:")
    }

    deinit { server.kill() }

    /// Presses keys, by the names that tmux has for them, or types text.
    func press(_ keys: String...) async throws { try await tmux(["send-keys"] + keys) }

    /// Types a command and Enter.
    func enter(_ command: String) async throws {
        try await tmux(["send-keys", "-l", command])
        try await press("Enter")
    }

    func resize(columns: Int, rows: Int) async throws {
        try await tmux(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// What stands on the screen, line by line.
    ///
    /// - Parameter withStyles: With the sequences that make its colours.
    func screen(withStyles: Bool = false) async throws -> [String] {
        let text = try await tmux(["capture-pane", "-p"] + (withStyles ? ["-e"] : []))
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { String($0) }
    }

    /// Waits until this stands on the screen, and returns all that does.
    @discardableResult
    func shows(_ words: String...) async throws -> [String] {
        var last: [String] = []
        return try await wait(for: "\(words) on the screen:\n\(last.joined(separator: "\n"))") {
            last = try await screen()
            return words.allSatisfy { words in last.contains { $0.contains(words) } } ? last : nil
        }
    }

    /// Waits until this stands on the screen no more.
    func hides(_ words: String) async throws {
        try await wait(until: "\(words) is gone from the screen") {
            try await !screen().contains { $0.contains(words) }
        }
    }

    /// The modes that the terminal's driver is in, as `stty -a` gives them. Only for a shell that waits for a command.
    func modes() async throws -> String {
        let file = folder.path(of: "modes")
        try await enter("clear; stty -a >\(file) && echo as good as ever | tr a-z A-Z")
        try await shows("AS GOOD AS EVER")
        try await enter("clear")
        try await hides("AS GOOD AS EVER")
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    /// Whether programs have left it as it was: the first screen, a cursor, and a new line after the last column.
    func isItself() async throws -> Bool {
        try await tmux(["display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}"]) == "0 1 1\n"
    }

    @discardableResult
    private func tmux(_ command: [String]) async throws -> String {
        try await CommandFailed.check(RunningProcess(["tmux", "-S", path] + command).end(), command)
    }
}
