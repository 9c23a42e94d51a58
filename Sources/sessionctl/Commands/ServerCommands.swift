// `sessionctl ping`, `info`, `stats`, `metrics` and `snapshot`: what can be asked about the daemon itself.

import ArgumentParser
import SessionClient
import Sessions
import Terminal

struct PingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract: "Asks whether the daemon answers, and how fast."
    )

    @OptionGroup var asking: Asking

    func run() throws {
        let call = Call("server.ping")
        if asking.dryRun { return try asking.ask(call) { _ in } }
        let connection = try asking.connect(for: .anyone)
        let begin = ContinuousClock.now
        try asking.ask(call, on: connection) { result in
            let time = length(microseconds: Int64((ContinuousClock.now - begin) / .microseconds(1)))
            try writeText("sessiond answered in \(time) on \(printable(connection.path))\n")
            let others = result.members.filter { !["pong", "now"].contains($0.name) }
            if !others.isEmpty { try writeText(MemberWords(output: .standard).fields(others)) }
            let clock = result["now"].integer.map { $0 - Moment.now.milliseconds } ?? 0
            if clock.magnitude > 1000 { printError("its clock differs from this one by \(length(clock))") }
        }
    }
}

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Shows the daemon's version, policy and limits, and what its last start found."
    )

    @OptionGroup var asking: Asking

    func run() throws {
        try asking.ask(Call("server.info"), for: .anyone) { result in
            try writeText(MemberWords(output: .standard).fields(result.members))
        }
    }
}

struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Shows what the daemon has counted since its start, and how long requests took.",
        discussion: "What happens at the moment shows sessionctl top."
    )

    @OptionGroup var asking: Asking

    func run() throws {
        try asking.ask(Call("server.stats")) { result in
            let output = Output.standard
            let words = MemberWords(output: output)
            try writeText(words.fields(result.members.filter { $0.name != "latency" }))
            let latency = result["latency"].members
            if !latency.isEmpty { try writeText(Self.table(of: latency).text(on: output)) }
        }
    }

    /// How long requests took, by method.
    static func table(of latency: [JSONTree.Member]) -> Table {
        var table = Table([
            Table.Column("latency"), Table.Column("requests", isNumber: true), Table.Column("mean", isNumber: true),
            Table.Column("half within", isNumber: true), Table.Column("99 % within", isNumber: true),
        ])
        for method in latency {
            let number = method.value["count"].integer ?? 0
            let mean = number > 0 ? length(microseconds: (method.value["sumMicroseconds"].integer ?? 0) / number) : "-"
            let bounds = [0.5, 0.99]
                .map { part in
                    // Buckets say how many took at most so long.
                    let needed = Int64((Double(number) * part).rounded(.up))
                    let bucket = method.value["buckets"].members.first { $0.value.integer ?? 0 >= needed }
                    return Table.Cell(bucket.flatMap { Int64($0.name) }.map { length(microseconds: $0) } ?? "longer")
                }
            table.add([Table.Cell("  \(method.name)", .faint), Table.Cell(grouped(number)), Table.Cell(mean)] + bounds)
        }
        return table
    }
}

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Prints the same as OpenMetrics text, for Prometheus.",
        discussion: """
                cd /var/lib/prometheus/node-exporter
                sessionctl metrics >sessiond.new && mv sessiond.new sessiond.prom
            """
    )

    @OptionGroup var asking: Asking

    func run() throws {
        try asking.ask(Call("server.metrics")) { result in
            for line in (result["text"].string ?? "").split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast()
            {
                try write(String(line))
            }
        }
    }
}

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Writes a snapshot of all sessions now, and waits for it.",
        discussion: "The administrator's socket lets it through. Ten minutes are waited unless --timeout says more."
    )

    @OptionGroup var asking: Asking

    func run() throws {
        var asking = asking
        asking.timeout = max(asking.timeout, LengthOfTime(.seconds(600)))
        try asking.ask(Call("server.snapshot"), for: .administrator) { result in
            let sessions = count(result["sessions"].integer ?? 0, "session")
            let bytes = size(bytes: result["bytes"].integer ?? 0)
            let path = printable(result["path"].string ?? "?")
            try writeText("wrote \(path): \(sessions), \(bytes), in \(length(result["tookMs"].integer ?? 0))\n")
            let others = result.members.filter { !["sessions", "bytes", "path", "tookMs"].contains($0.name) }
            if !others.isEmpty { try writeText(MemberWords(output: .standard).fields(others)) }
        }
    }
}
