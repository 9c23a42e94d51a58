// A mount namespace of a test's own: what is mounted there nobody else sees. It ends with its last process; and when the
// tests end, however they end, all of its processes do.

import Foundation

final class OwnMounts {
    private let holder: RunningProcess

    /// Runs a script in a new namespace, which mounts things.
    ///
    /// - Throws: When the script fails, or what `missing` makes of a machine where namespaces cannot be made.
    init(_ script: String) async throws {
        let possible = try await run("unshare", "--mount", "true")
        if possible.status != 0 {
            try Self.missing("this machine lets nobody make mount namespaces: \(possible.errors)")
        }
        // The pipe to the holder's input ends with the tests.
        let held = """
            \(script)
            echo mounted
            cat >/dev/null
            own=$(readlink /proc/$$/ns/mnt)
            for process in /proc/[0-9]*; do
                [ "${process#/proc/}" != $$ ] || continue
                [ "$(readlink "$process/ns/mnt")" != "$own" ] || kill -KILL "${process#/proc/}"
            done
            """
        let holder = try RunningProcess(["unshare", "--mount", "sh", "-euc", held], input: .sent)
        self.holder = holder
        try await wait(until: "things are mounted: \(holder.errors)") {
            if !holder.isRunning { throw CommandFailed(command: [script], result: try await holder.end()) }
            return !holder.output.isEmpty
        }
    }

    /// What a command is run through to be run inside.
    var entrance: [String] { ["nsenter", "--mount=/proc/\(holder.id)/ns/mnt", "--"] }

    /// Runs a command inside, which must succeed.
    func call(_ command: String...) async throws {
        _ = try CommandFailed.check(try await RunningProcess(entrance + command).end(), command)
    }

    /// Runs a command inside until it succeeds.
    func call(until what: String, _ command: String...) async throws {
        try await wait(until: what) { try await RunningProcess(entrance + command).end().status == 0 }
    }
}

/// A machine on which nothing can be mounted.
struct CannotMount: Error {
    let reason: String
}
