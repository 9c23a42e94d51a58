// The person's tool: what can be asked of it.

import ArgumentParser

@main
struct SessionctlCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessionctl",
        abstract: "Asks the session service of this host.",
        subcommands: [TopCommand.self, BenchCommand.self, FiguresCommand.self]
    )
}
