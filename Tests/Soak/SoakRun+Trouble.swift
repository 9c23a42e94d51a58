// The second part: the daemon is killed and stopped, and its disk is full or read-only, while everyone goes on. After each of
// these whatever was acknowledged is looked for.

import Foundation

extension SoakRun {
    private var ballast: String { "\(disk.state)/ballast" }

    /// Makes trouble for the rest of the time, each kind once at least.
    func trouble() async throws {
        try await callers.order("expect trouble")
        let siege = try await begin(Attack.all)
        repeat {
            try await goOn(siege)
            daemon.kill()
            restarts.killed += 1
            try await startAgain()

            try await goOn(siege)
            let status = try await daemon.stop()
            if status != 0 { problems.append("a daemon that was stopped ended with status \(status)") }
            restarts.stopped += 1
            try await startAgain()

            for isReadOnly in [false, true] {
                try await goOn(siege)
                try await fill(isReadOnly: isReadOnly, siege)
                daemon.kill()
                restarts.killed += 1
                try await startAgain()
            }
            let report = try await callers.order("report")
            say("\(restarts.killed + restarts.stopped) restarts: \(report["looked"]) sessions looked for")
        } while elapsed < limit
        siege.lift()
        try await settle()
        try await callers.order("expect nothing")
    }

    /// The reckoning: everyone is quiet, and after a last stop everything is still there.
    func end() async throws {
        try await callers.order("pause")
        let report = try await callers.order("report")
        let (living, unnamed) = (report["living"].integer ?? 0, report["unnamed"].integer ?? 0)
        // What the attacks have begun ends by itself.
        try await wait(until: "the daemon counts \(living + 1) sessions, and at most \(unnamed) more") {
            let sessions = try await daemon.holdings(administrator).stats["store"]["sessions"].integer ?? 0
            return (living + 1...living + 1 + unnamed).contains(sessions)
        }
        let last = try await settle()
        holdings.append(last)
        let uids = last.stats["uids"]
        if last.stats["journal"]["health"] != "working" { problems.append("the journal: \(last.stats["journal"])") }
        for resource in ["memory", "waiting"] {
            guard case .object(let held) = uids[resource], held.values.allSatisfy({ $0 == 0 }) else {
                problems.append("\(resource) is held for callers that are quiet: \(uids[resource])")
                continue
            }
        }
        try await callers.order("expect trouble")
        let status = try await daemon.stop()
        if status != 0 { problems.append("the last daemon ended with status \(status)") }
        restarts.stopped += 1
        try await startAgain()
        let kept = try await daemon.socket.call("session.lookup", ["token": .string(token)])
        if kept["session"]["userId"] != "ann" { problems.append("the first session is gone: \(kept)") }
        formerLog += daemon.log
    }

    /// Starts it and compares what it knows with what it has acknowledged.
    private func startAgain() async throws {
        formerLog += daemon.log
        try await daemon.start()
        try daemon.letEveryoneIn()
        administrator = try LoadSocket(to: daemon.admin)
        try await compare()
    }

    private func compare() async throws {
        try await callers.order("pause")
        try await callers.order("compare")
        try await callers.order("begin")
    }

    /// Waits until the good callers have been answered again, for some changes.
    private func goOn(_ siege: Siege) async throws {
        let before = try await acknowledged()
        // Each time another number of 5 to 40, without a seed to be told.
        let some = Int64(5 + (restarts.killed + restarts.stopped + diskErrors.full) * 7 % 36)
        try await wait(until: "\(some) changes are acknowledged", limit: patience * 2) {
            try siege.tend()
            return try await acknowledged() >= before + some
        }
    }

    private func acknowledged() async throws -> Int64 {
        try await callers.order("report")["acknowledged"].integer ?? 0
    }

    /// The disk is full until changes are refused, and perhaps read-only then; and heals.
    private func fill(isReadOnly: Bool, _ siege: Siege) async throws {
        let most = "fallocate -l $(($(stat -f --format='%a * %S' \(disk.state)) - 1000000)) \(ballast)"
        let rest = "dd if=/dev/zero of=\(ballast).rest bs=4k status=none || true"
        try await disk.mounts.call("sh", "-c", "\(most); \(rest)")
        let before = try await callers.order("report")["refused"].integer ?? 0
        try await wait(until: "changes are refused", limit: patience * 2) {
            try siege.tend()
            return try await callers.order("report")["refused"].integer ?? 0 > before
        }
        diskErrors.full += 1
        if isReadOnly {
            try await disk.mounts.call(until: "it is read-only", "mount", "-o", "remount,ro", disk.state)
            try await daemon.logged("Read-only file system")
            diskErrors.readOnly += 1
            try await disk.mounts.call("mount", "-o", "remount,rw", disk.state)
        } else {
            try await measure(Self.full, siege)
        }
        try await disk.mounts.call("sh", "-c", "rm \(ballast)*")
        try await daemon.logged("the journal works again")
        // What was revoked meanwhile is durable now, and is said to be.
        try await callers.order("pause")
        try await callers.order("confirm")
        try await callers.order("compare")
        try await callers.order("begin")
    }
}
