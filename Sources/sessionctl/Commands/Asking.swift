// How every command reaches the daemon and shows what it said: in the words of a person, or as the daemon's own line.

import ArgumentParser
import SessionClient
import Sessions
import Terminal

/// The options of every command that asks something.
struct Asking: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Ask on this socket.",
            discussion: """
                Default: $SESSIOND_SOCKET, else of the sockets in /run/sessiond the first that this user may open and that \
                lets the command through, else, where there is none, that of the daemon that systemd/run runs.
                """,
            valueName: "path"
        ),
        completion: .file()
    )
    var socket: String?

    @Option(help: ArgumentHelp("Wait this long for an answer.", valueName: "duration"))
    var timeout = LengthOfTime(.seconds(30))

    @Flag(help: "Print the daemon's answer as it came: a line of JSON.")
    var json = false

    @Flag(help: "Print the request, a line of JSON, and send nothing.")
    var dryRun = false

    /// Asks on a connection of its own, and shows the result.
    ///
    /// - Parameter show: Shows the result; not called with `--json` or `--dry-run`.
    /// - Throws: `ExitCode` when there is no result to show, or when `show` says so.
    func ask(_ call: Call, for need: SocketPath.Need = .application, show: (JSONTree) throws -> Void) throws {
        if dryRun { return try write(call.line(id: 1)) }
        try ask(call, on: try connect(for: need), show: show)
    }

    /// Asks, and shows the result.
    func ask(_ call: Call, on connection: Connection, show: (JSONTree) throws -> Void) throws {
        let answer = try failing { () throws(ClientError) in try connection.ask(call) }
        let result = try result(of: answer)
        guard answer.isAboutSession else { throw json ? ExitCode(.noSession) : missing(result) }
        if !json { try show(result) }
    }

    /// The result of an answer, which is printed as it is where that is asked for.
    ///
    /// - Throws: `ExitCode` when the answer is an error.
    func result(of answer: Answer) throws -> JSONTree {
        guard json else { return try failing { () throws(ClientError) in try answer.result() } }
        try write(answer.line)
        switch answer.outcome {
        case .success(let result): return result
        case .failure(let error): throw ExitCode(ExitStatus(of: error))
        }
    }

    func connect(for need: SocketPath.Need) throws -> Connection {
        let path = SocketPath.choose(named: socket, for: need)
        return try failing { () throws(ClientError) in try Connection(to: path, patience: timeout.duration) }
    }

    private func missing(_ result: JSONTree) -> ExitCode {
        let reason = printable(result["reason"].string ?? "unknown")
        var text = "there is no such session: \(reason)"
        let words = MemberWords(output: .errors)
        for member in result.members where !["session", "reason"].contains(member.name) && member.value != .null {
            let label = words.label(member.name)
            text += label == reason ? " \(words.value(of: member))" : ", \(label) \(words.value(of: member))"
        }
        printError(text)
        return ExitCode(.noSession)
    }
}

extension Answer {
    /// Not so when the method looked for a session and there was none.
    fileprivate var isAboutSession: Bool {
        guard case .success(let result) = outcome else { return true }
        return !result.members.contains(JSONTree.Member("session", .null))
    }
}

/// Does what may fail, says so, and ends the program with the exit code that goes with it.
func failing<Value>(_ body: () throws(ClientError) -> Value) throws -> Value {
    do throws(ClientError) {
        return try body()
    } catch {
        printError(error)
        throw ExitCode(ExitStatus(of: error))
    }
}

func printError(_ error: ClientError) {
    printError(printable(error.message) + (error.hint.map { "\n  \(printable($0))" } ?? ""))
}

/// Writes a line to standard output, and ends the program when that is not possible. What others have written shows in it as
/// JSON spells it.
func write(_ line: String) throws {
    // What is read by a program stays as it is, byte for byte.
    try writeText(Output.standard.isTerminal ? "\(printable(line))\n" : "\(line)\n")
}

/// Writes printable text to standard output as it is.
func writeText(_ text: String) throws {
    guard writeToStandardOutput(text) else {
        printError("cannot write to standard output")
        throw ExitCode(.output)
    }
}
