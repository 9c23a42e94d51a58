// `sessionctl bench`: its options.

import ArgumentParser
import LoadGenerator

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures sessiond, alone or side by side with a Redis."
    )

    @Option(help: ArgumentHelp("The socket of sessiond.", valueName: "path"))
    var socket = "/run/sessiond/sessiond.sock"

    @Option(help: ArgumentHelp("Compare with this server.", valueName: "redis:path"))
    var against: String?

    func run() throws {
        do throws(BenchError) {
            var endpoints = [Endpoint(.sessiond, path: socket)]
            if let against { endpoints.append(Endpoint(.redis, path: String(against.dropFirst("redis:".count)))) }
            let bench = try Bench(BenchOptions(), endpoints: endpoints, interruption: Interruption()) { _ in }
            try bench.run { result in
                for server in result.servers { print(server.server.dialect, server.medians) }
                print(result.ratios)
            }
        } catch {
            print(error.message)
            throw ExitCode(error.kind.rawValue)
        }
    }
}
