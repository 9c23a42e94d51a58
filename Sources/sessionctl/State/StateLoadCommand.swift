// `sessionctl state load`: a state directory out of a dump.

import ArgumentParser
import Durability
import Glibc
import Sessions
import Terminal

struct StateLoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Writes a state directory from what `dump` printed, read from standard input.",
        usage: "sessionctl state load <dir> < <dump>",
        discussion: """
            The directory must be empty, or not be there yet: then it is made, with mode 0700. Every line is checked; when \
            one is wrong, or the dump has no end, nothing is written. The state gets its name when all of it is on the \
            disk, so a load that is cut short leaves none. Done by root in a directory of another user, it makes files \
            that belong to that one:

              install -d -o sessiond -g sessiond -m 0700 /var/lib/sessiond

            Watchers that come back to a state that was loaded have to begin again: what changed before is not in a dump.

            Exit codes: 0 loaded, 64 bad usage, 65 the dump is not whole or not valid, 66 the parent directory is not \
            there, 73 the directory has files or cannot be written to, 74 the disk failed or is full, 75 a daemon has the \
            directory, 77 no permission.
            """
    )

    @Argument(help: ArgumentHelp("The state directory.", valueName: "dir"))
    var directory: String

    func run() throws {
        try carryOut { (progress) throws(StateFailure) in
            if isatty(0) == 1 {
                throw StateFailure(.usage, "the dump is read from standard input: add < and the name of a file")
            }
            let (state, isNew) = try StateDirectory.empty(directory)
            let loader: DumpLoader
            do throws(StateFailure) {
                loader = try DumpLoader(from: 0, into: state.disk, progress: progress)
            } catch {
                if isNew { _ = unsafe rmdir(directory) }
                throw error
            }
            do throws(SystemError) {
                if isNew { try state.syncParent() }
            } catch {
                throw StateFailure(error)
            }
            progress.clear()
            print(
                """
                Loaded \(loader.sessions) sessions, \(loader.tombstones) tombstones and \(loader.replaced) replaced tokens.
                """
            )
        }
    }
}
