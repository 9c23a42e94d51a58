// `sessionctl manual`: makes a manual page of what a program says about its own command line. Hidden, because systemd/build
// runs it, for this program and for the daemon.

import ArgumentParser
import SessionClient

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Makes a manual page (mdoc) of what --experimental-dump-help prints, read from standard input.",
        shouldDisplay: false
    )

    @Option(help: "The section of the manual.")
    var section = 1

    func run() throws {
        let tool = try JSONArgument.parse(try contents(of: "-"), from: "standard input")["command"]
        guard tool["commandName"].string != nil else {
            throw ValidationError("standard input holds no description of a command line")
        }
        try writeText(ManualPage(of: tool, section: section).text)
    }
}
