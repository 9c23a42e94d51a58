// A command of the system's that a test or a soak cannot do without.

/// A command that should have succeeded.
struct CommandFailed: Error, CustomStringConvertible {
    let command: [String]
    let result: ProcessResult

    var description: String {
        "\(command.joined(separator: " ")) failed with status \(result.status): \(result.output)\(result.errors)"
    }

    /// The output of a command that has succeeded.
    static func check(_ result: ProcessResult, _ command: [String]) throws -> String {
        guard result.status == 0 else { throw CommandFailed(command: command, result: result) }
        return result.output
    }
}
