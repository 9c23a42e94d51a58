// `sessionctl state check`: what is in a state directory, and whether a daemon would start on it.

import ArgumentParser
import Durability
import Terminal

struct StateCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Prints what a state directory holds and what a start would make of it; changes nothing.",
        discussion: """
            A daemon may be running on the directory; then what it is writing just now may look torn.

            Exit codes: 0 a start goes on, 64 bad usage, 65 a start is refused, 66 there is no state directory, 74 the \
            disk failed, 77 no permission.
            """
    )

    @Argument(help: ArgumentHelp("The state directory.", valueName: "dir"))
    var directory: String

    @Flag(help: "Print what was found as JSON.")
    var json = false

    func run() throws {
        try carryOut { (progress) throws(StateFailure) in
            let state = try StateDirectory.read(directory)
            let isRunning = state.disk.isLocked
            // Each file is looked at by itself, and then all together.
            let size = 2 * state.size
            let check: StateCheck
            do throws(SystemError) {
                check = try checkState(on: state.disk, now: now()) {
                    progress.show(progressBar("reading", state.disk.bytesRead, of: size))
                }
            } catch {
                throw StateFailure(error)
            }
            progress.clear()
            let holder = isRunning ? state.disk.lockHolder : nil
            if json {
                print(jsonText(CheckReport(check, directory: directory, isRunning: isRunning, process: holder)))
            } else {
                if isRunning {
                    let process = holder.map { " (process \($0))" } ?? ""
                    print("A daemon is running on it\(process): what it is writing just now may look torn.")
                }
                print(check.text(directory: directory))
            }
            if case .refused(let damages) = check.prediction {
                // What is wrong has been printed.
                throw StateFailure(.damaged, "a start on \(directory) is refused: \(damages[0].message)")
            }
        }
    }
}
