// `sessionctl state`: the commands that work on the files of a state directory by themselves, without a daemon.

import ArgumentParser

struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Checks, repairs, dumps and loads the files of a state directory, without a daemon.",
        subcommands: [
            StateCheckCommand.self, StateRepairCommand.self, StateDumpCommand.self, StateLoadCommand.self,
        ]
    )
}
