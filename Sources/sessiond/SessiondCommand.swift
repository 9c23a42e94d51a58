// The command line of the daemon: what can be said there, and nothing of what is done with it.

import ArgumentParser
import SessionServer

@main
struct SessiondCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessiond",
        abstract: "The session service of this host.",
        discussion: """
            Answers newline-delimited JSON-RPC 2.0 on Unix sockets: create, look up, refresh and revoke sessions. Under \
            systemd the sockets are passed by sessiond.socket and its siblings; without it, give --socket.

            Exit codes: 0 stopped as asked, 64 bad usage, 65 damaged state, 71 system error, 73 state directory cannot \
            be used, 74 changes not written, 78 configuration refused.
            """,
        version: "sessiond \(daemonVersion)"
    )

    @Option(help: ArgumentHelp("Bind the application's socket here (mode 0660).", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("Bind the reader's socket here (mode 0660).", valueName: "path"))
    var readerSocket: String?

    @Option(help: ArgumentHelp("Bind the administrator's socket here (mode 0600).", valueName: "path"))
    var adminSocket: String?

    @Option(
        help: ArgumentHelp(
            "Keep journals and snapshots here; it must exist.",
            discussion: "Default: $STATE_DIRECTORY, else $XDG_STATE_HOME/sessiond, else ~/.local/state/sessiond.",
            valueName: "dir"
        )
    )
    var stateDirectory: String?

    @Option(
        help: ArgumentHelp(
            "Read this configuration.",
            discussion: "Default: \(Configuration.defaultPath), if it exists.",
            valueName: "file"
        )
    )
    var config: String?

    @Flag(help: "Check the configuration, print what is in force, and end.")
    var checkConfig = false

    @Flag(help: "Print what the state directory holds and what a start would make of it, change nothing, and end.")
    var checkState = false

    func run() throws {
        if checkConfig { return try printConfiguration() }
        var options = DaemonOptions()
        options.socket = socket
        options.readerSocket = readerSocket
        options.adminSocket = adminSocket
        options.stateDirectory = stateDirectory
        options.configuration = config
        if checkState {
            throw ArgumentParser.ExitCode(SessionServer.checkState(options, print: { print($0) }, failed: printError))
        }
        throw ArgumentParser.ExitCode(runDaemon(options))
    }

    private func printConfiguration() throws {
        do {
            let (configuration, path) = try loadConfiguration(config)
            print("# \(path ?? "no configuration file: the defaults")")
            print(configuration.text, terminator: "")
        } catch {
            printError(error.message)
            throw ArgumentParser.ExitCode(SessionServer.ExitCode.configuration)
        }
    }
}
