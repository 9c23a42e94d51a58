// A soak: hostile and good callers on one daemon for minutes, with restarts and disk errors in between; at the end a table of
// what the good ones saw of it, and whether anything was lost, left behind or kept quiet. Whatever is not as it should be makes
// the exit status 1; latencies do so in runs of ten minutes or more.
//
// What is measured is the daemon's fairness, not the scheduler's. So the daemon has a processor of its own, and everything
// else another one: there the good callers come first (SCHED_FIFO), and the hostile ones have what time is left
// (SCHED_IDLE). What their load does to the good ones by itself shows when it is directed at another daemon, which runs
// where they do.

import Foundation

@main
enum Soak {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.count == 3, arguments[0] == "--callers" {
                return try GoodCallers(to: Socket(path: arguments[1]), admin: Socket(path: arguments[2])).run()
            }
            guard arguments.count == 1, let seconds = Int(arguments[0]), seconds > 0 else {
                complain("usage: Soak SECONDS (Tests/Soak/run builds what it needs and starts it)")
                exit(64)
            }
            // Here, so that what the run has started and mounted is gone before the process is.
            exit(try await soak(seconds) ? 0 : 1)
        } catch {
            complain("the soak could not go on: \(error)")
            exit(1)
        }
    }

    /// - Returns: Whether all that has to be so was so.
    private static func soak(_ seconds: Int) async throws -> Bool {
        let run = try await SoakRun(seconds: seconds)
        do {
            try await run.besiege()
            try await run.trouble()
            try await run.end()
        } catch {
            complain("what the daemon logged last:\n\(run.daemon.log.suffix(2000))")
            throw error
        }
        return try await run.conclude()
    }

    /// Says something on standard error.
    static func complain(_ words: String) { FileHandle.standardError.write(Data("soak: \(words)\n".utf8)) }
}

extension OwnMounts {
    /// Without a disk to fill there is no soak.
    static func missing(_ what: String) throws { throw CannotMount(reason: what) }
}
