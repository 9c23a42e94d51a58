// The person's tool: what can be asked of it.

import ArgumentParser

@main
struct SessionctlCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessionctl",
        abstract: "Asks the session service of this host.",
        discussion: """
            Each command is one question to sessiond, and prints the answer in words; with --json as the line that the daemon \
            has sent, and with --dry-run the question itself.

            \(ExitStatus.help)
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Sessions",
                subcommands: [
                    CreateCommand.self, ShowCommand.self, ListCommand.self, RefreshCommand.self, RotateCommand.self,
                    UpdateCommand.self, RevokeCommand.self, PutCommand.self,
                ]
            ),
            CommandGroup(
                name: "The daemon",
                subcommands: [
                    TopCommand.self, WatchCommand.self, PingCommand.self, InfoCommand.self, StatsCommand.self,
                    MetricsCommand.self, SnapshotCommand.self, MethodsCommand.self, CallCommand.self, BenchCommand.self,
                    FiguresCommand.self, ManualCommand.self,
                ]
            ),
            CommandGroup(name: "Its files", subcommands: [StateCommand.self]),
        ]
    )

    static func main() { main(withNamesMarked(Array(CommandLine.arguments.dropFirst()))) }
}
