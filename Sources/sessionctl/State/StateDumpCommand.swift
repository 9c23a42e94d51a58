// `sessionctl state dump`: a state as text, a line for each entry.

import ArgumentParser
import Durability
import Sessions
import Terminal

struct StateDumpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Prints all that a state directory holds, as lines of JSON that `load` reads.",
        discussion: """
            Sessions, tombstones and replaced tokens, with hashes of tokens; the tokens themselves are nowhere. The order \
            depends on nothing but what there is, so equal states give equal dumps. A daemon may be running on the \
            directory: the dump is its state as of some moment meanwhile, and the daemon notices nothing.

            Exit codes: 0 printed, 64 bad usage, 65 the state is damaged, 66 there is no state directory, 74 the disk or \
            the output failed, 77 no permission.
            """
    )

    @Argument(help: ArgumentHelp("The state directory.", valueName: "dir"))
    var directory: String

    func run() throws {
        try carryOut { (progress) throws(StateFailure) in
            let state = try StateDirectory.read(directory)
            let size = state.size
            let contents: StateContents
            do throws(RecoveryError) {
                contents = try readState(from: state.disk, now: now()) {
                    progress.show(progressBar("reading", state.disk.bytesRead, of: size))
                }
            } catch {
                throw StateFailure(error, in: directory)
            }
            progress.clear()
            for damage in contents.report.damaged {
                printError("passed over, since older files hold the same: \(damage.message)")
            }
            var writer = DumpWriter(to: 1)
            writer.begin(sequence: contents.sequence, epochs: contents.epochs)
            try contents.forEach { (entry) throws(StateFailure) in try writer.append(entry) }
            try writer.end()
        }
    }
}
