// How long a server takes until it answers: with everything that it holds, and empty, when the first caller starts it.

extension ServerUnderLoad {
    /// Stops a server as its service manager would and starts it on what it has kept.
    func restart(_ options: BenchOptions) throws(BenchError) -> Figures {
        let spawned = try needSpawned(.start)
        if keys.settled != options.sessions {
            try settle(options.sessions)
            // What has only been appended is slower to load: Redis may write it anew, as sessiond does when it stops.
            if dialect == .redis {
                _ = try LoadConnection(to: endpoint).ask("*1\r\n$12\r\nBGREWRITEAOF\r\n")
                try comeToRest()
            }
        }
        progress("stopping \(dialect)")
        try spawned.stop()
        progress("starting \(dialect) with \(options.sessions) sessions")
        let milliseconds = try spawned.start(interruption)
        try askAgain()
        // It has to know them all again.
        _ = try load([lookup], [[0]]).run(RunLimit(requests: 1000))
        return [.tookMillis: milliseconds]
    }

    /// Lets systemd-socket-activate listen, and connects.
    func activation(_ options: BenchOptions) throws(BenchError) -> Figures {
        let spawned = try needSpawned(.activation)
        let activated = try spawned.activated()
        defer { activated.kill() }
        return [.tookMillis: try activated.startByCaller(interruption)]
    }

    private func needSpawned(_ workload: Workload) throws(BenchError) -> SpawnedServer {
        if let spawned { return spawned }
        throw BenchError(.usage, "\(workload.rawValue) starts and stops the server: it needs --spawn")
    }

    /// Waits until a server that was started for this has put in order what it was filled with: neither side is measured
    /// while it writes a snapshot or its log anew, unless that is what is measured.
    func comeToRest() throws(BenchError) {
        guard spawned != nil else { return }
        progress("waiting until \(dialect) has put its files in order")
        if let admin {
            let call = #"{"jsonrpc":"2.0","id":1,"method":"server.snapshot"}"# + "\n"
            let answer = try LoadConnection(to: admin).ask(call)
            guard answer.contains(#""path":"#) else { throw BenchError(.answers, "server.snapshot: \(answer)") }
        }
        guard dialect == .redis else { return }
        let connection = try LoadConnection(to: endpoint)
        let asked = monotonicTime()
        while monotonicTime() - asked < 600_000_000_000 {
            try interruption.check()
            let info = try connection.ask("*2\r\n$4\r\nINFO\r\n$11\r\npersistence\r\n")
            let isBusy = ["aof_rewrite_in_progress:1", "aof_rewrite_scheduled:1"].contains { info.contains($0) }
            if !isBusy { return }
            pause(milliseconds: 20)
        }
        throw BenchError(.unavailable, "Redis has not rewritten its log in 10 minutes")
    }
}
