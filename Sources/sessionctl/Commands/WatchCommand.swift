// `sessionctl watch`: changes as they happen, a line each, across restarts of the daemon.

import ArgumentParser
import SessionClient
import Terminal

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Prints changes as they happen, until it is stopped.",
        discussion: """
            When the daemon goes away it is waited for, and what happened meanwhile is printed when it is back; what cannot \
            be had any more is said on standard error. With --json each line is the daemon's own, beginning with its answer \
            to session.watch.

                sessionctl watch --user ada --changes all
            """
    )

    private static let known = ["created", "updated", "touched", "rotated", "revoked", "expired"]

    @Option(help: "Only changes of this user's sessions.")
    var user: String?

    @Option(
        help: ArgumentHelp(
            "Only these kinds, with commas between them, or all.",
            discussion: "Kinds: \(known.joined(separator: ", ")). Default: all but created and touched.",
            valueName: "kinds"
        ),
        completion: .list(known + ["all"])
    )
    var changes: String?

    @Option(help: ArgumentHelp("With --epoch: begin after this change.", valueName: "seq"))
    var since: Int64?

    @Option(help: ArgumentHelp("With --since: the epoch that the number is of.", valueName: "epoch"))
    var epoch: String?

    @OptionGroup var asking: Asking

    func validate() throws {
        guard (since == nil) == (epoch == nil) else { throw ValidationError("--since and --epoch go together") }
    }

    func run() throws {
        var filter = Call("session.watch")
        filter.set("userId", user)
        filter.set("changes", json: kinds)
        var place: (epoch: String, since: Int64)?
        if let epoch, let since { place = (epoch, since) }
        if asking.dryRun {
            filter.set("epoch", epoch)
            filter.set("since", since)
            return try write(filter.line(id: 1))
        }
        let path = SocketPath.choose(named: asking.socket, for: .anyone)
        let patience = asking.timeout.duration
        let watch = SessionWatch(at: path, filter: filter.parameters, from: place, patience: patience)
        var teller = Teller(path: path, json: asking.json)
        while true {
            if let event = try failing({ () throws(ClientError) in try watch.next() }) { try teller.tell(event) }
        }
    }

    private var kinds: JSONTree? {
        changes.map { changes in
            let names = changes == "all" ? Self.known : changes.split(separator: ",").map { String($0) }
            return .array(names.map { .string($0) })
        }
    }
}

/// Tells a person what a watch learns.
private struct Teller {
    let path: String
    let json: Bool
    let output = Output.standard
    let errors = Output.errors
    /// What is being waited for, once it was said.
    var isInterrupted = false
    var hasBegun = false

    mutating func tell(_ event: SessionWatch.Event) throws {
        switch event {
        case .watching(let line, let resync):
            if json { try write(line) }
            if resync {
                remark("changes may be missing here: the daemon does not hold all that happened meanwhile")
            } else if isInterrupted {
                remark("sessiond is back, nothing was missed")
            } else if !hasBegun, errors.isTerminal {
                remark("watching changes on \(path); Ctrl-C ends it")
            }
            (hasBegun, isInterrupted) = (true, false)
        case .interrupted(let error):
            // Once is enough: it is asked again and again.
            if !isInterrupted { remark("\(error.message); waiting for it") }
            isInterrupted = true
        case .told(let notification):
            try json ? write(notification.line) : tell(notification.message)
        }
    }

    private func remark(_ text: String) { printError(printable(text)) }

    private func tell(_ message: JSONTree) throws {
        let method = message["method"].string ?? ""
        let parameters = message["params"]
        if method == "session.resync" {
            return remark("changes may be missing here: they came faster than they were printed, or the journal failed")
        }
        let words = MemberWords(output: output)
        guard method == "session.changed" else {
            return try writeText("\(printable(method)) \(printable(parameters.text))\n")
        }
        let at = Moment(milliseconds: parameters["at"].integer ?? 0)
        let kind = parameters["change"].string ?? "?"
        var line = output.styled(output.isTerminal ? at.local : at.exact, .faint)
        let padding = String(repeating: " ", count: max(0, 7 - kind.count))
        line += "  " + output.styled(printable(kind), style(of: kind)) + padding
        line += "  \(printable(parameters["id"].string ?? "-"))  \(printable(parameters["userId"].string ?? "-"))"
        if let cause = parameters["cause"].string { line += "  (\(printable(cause)))" }
        for member in parameters.members
        where !["seq", "change", "id", "userId", "at", "cause"].contains(member.name) {
            line += "  \(words.label(member.name)): \(words.value(of: member))"
        }
        try writeText(line + "\n")
    }

    private func style(of kind: String) -> Style {
        switch kind {
        case "created": Style(.green)
        case "revoked": Style(.red)
        case "expired": Style(.yellow)
        case "rotated", "updated": Style(.cyan)
        default: .plain
        }
    }
}
