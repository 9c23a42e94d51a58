// `sessionctl figures`: what the scripts of Tests/Benchmarks print at their end. Hidden, because it only reads what they wrote.

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

    @Flag(help: "Print a line for each report, as sessions and connections grow.")
    var growth = false

    func run() {
        guard growth else { return print(barTable(report)) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let reports = names.filter { $0.hasSuffix(".json") }.compactMap { report(String($0.dropLast(5))) }
        print(growthTable(reports))
    }

    private func report(_ name: String) -> Report? {
        // A report that is missing or cut short has not been measured.
        guard let json = try? Data(contentsOf: URL(filePath: "\(folder)/\(name).json")) else { return nil }
        return try? Report(json: json)
    }
}
