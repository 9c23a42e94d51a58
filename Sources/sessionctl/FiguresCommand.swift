// `sessionctl figures`: what Tests/Benchmarks/run prints at its end. Hidden, because it only reads what that script wrote.

import ArgumentParser
import FoundationEssentials
import LoadGenerator

struct FiguresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figures",
        abstract: "Prints the reports of a folder as a table in Markdown, with a verdict on each.",
        shouldDisplay: false
    )

    @Argument(help: "Where the reports are.")
    var folder: String

    func run() {
        print(
            barTable { name in
                // A report that is missing or cut short has not been measured.
                guard let json = try? Data(contentsOf: URL(filePath: "\(folder)/\(name).json")) else { return nil }
                return try? Report(json: json)
            }
        )
    }
}
