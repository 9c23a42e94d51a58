// What a look at a state directory has found, in words: the daemon and sessionctl say the same.

extension StateCheck {
    /// What was found, for a person: a line for each file, then what a start would do and what can be done about it.
    public func text(directory: String) -> String {
        var lines = [directory] + files.map { "  \($0.name)  \($0.bytes) bytes: \($0.summary)" }
        if files.isEmpty { lines.append("  no state files") }
        switch prediction {
        case .goesOn(let report): lines.append(report.prediction)
        case .refused(let damages):
            lines.append("A start is refused. What stands in its way:")
            lines += damages.map { "  \($0.message)" }
            if damages.contains(where: \.isNewer) {
                lines.append("A newer sessiond has written it: run that one, or restore a copy made before it ran.")
            } else {
                lines.append("Restore a backup, or keep what can be read:")
                lines.append("  sessionctl state repair \(directory)")
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension RecoveryReport {
    /// What a start on this state does, for a person.
    public var prediction: String {
        var lines: [String] = []
        let from = snapshot.map { "loads \($0)" } ?? "begins without a snapshot"
        let replayed = journals.isEmpty ? "replays no journal" : "replays \(journals.joined(separator: ", "))"
        lines.append("A start \(from) and \(replayed):")
        lines.append("  \(sessions) sessions and \(tombstones) tombstones, after \(changes) replayed changes.")
        for damage in damaged { lines.append("  Passed over, since older files hold the same: \(damage.message)") }
        if let cut {
            lines.append(
                "  \(cut.bytes) bytes at the end of \(cut.file) are left out: a write that was never acknowledged."
            )
        }
        return lines.joined(separator: "\n")
    }
}
