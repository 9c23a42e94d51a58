// `sessionctl state repair`: a state that a daemon starts on, out of all that is whole of a damaged one.

import ArgumentParser
import Durability
import Terminal

struct StateRepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Makes a damaged state one that a daemon starts on, with all of it that is whole.",
        discussion: """
            The last resort when there is no backup. Whatever its checksum proves is written as a new snapshot; damaged \
            files are kept with .damaged behind their names, and what was lost is listed. Revocations may be among it: \
            then sessions live again that were revoked. The daemon and its sockets have to be stopped. Done by root, it \
            makes files that belong to the owner of the directory. Where nothing is damaged, nothing is done.

            Exit codes: 0 a start goes on now, 64 bad usage, 65 a newer sessiond has written it, 66 there is no state \
            directory, 73 it cannot be written to, 74 the disk failed or is full, 75 a daemon has the directory, 77 no \
            permission.
            """
    )

    @Argument(help: ArgumentHelp("The state directory.", valueName: "dir"))
    var directory: String

    @Flag(help: "Print what was done and lost as JSON.")
    var json = false

    func run() throws {
        try carryOut { (progress) throws(StateFailure) in
            let state = try StateDirectory.change(directory)
            let size = 2 * state.size
            let repair: StateRepair
            do throws(RecoveryError) {
                repair = try repairState(on: state.disk, now: now()) {
                    progress.show(progressBar("reading", state.disk.bytesRead, of: size))
                }
            } catch {
                throw StateFailure(error, in: directory)
            }
            progress.clear()
            print(json ? jsonText(RepairReport(repair, directory: directory)) : repair.text)
        }
    }
}

extension StateRepair {
    fileprivate var text: String {
        guard let written else { return "Nothing is damaged.\n\(report.prediction)" }
        var lines = ["Wrote \(written.name) with all that is whole."]
        lines += aside.map { "  \($0.name): kept as \($0.aside)" }
        lines += losses.lines
        return (lines + [report.prediction]).joined(separator: "\n")
    }
}

extension StateLosses {
    fileprivate var lines: [String] {
        var lines: [String] = []
        if !unreadable.isEmpty || !missing.isEmpty { lines.append("What could not be read:") }
        for one in unreadable {
            let range = one.range
            let place = "\(range.count) bytes from byte \(range.lowerBound)"
            lines.append("  \(one.file): \(place): \(one.reason)")
        }
        lines += missing.map { "  \($0): is missing" }
        var lost = entries.compactMap { one -> String? in
            guard one.sessions + one.tombstones + one.replaced > 0 else { return nil }
            let parts = "\(one.sessions) sessions, \(one.tombstones) tombstones and \(one.replaced) replaced tokens"
            return "  \(parts) of \(one.file), but for what other files have of them"
        }
        lost += changes.map { range in
            let (first, last) = (range.lowerBound, range.upperBound)
            return first == last ? "  change \(first)" : "  \(range.count) changes, \(first) to \(last)"
        }
        if mayEndEarly { lost.append("  perhaps changes after the last one that was read") }
        lost += sessions.map { "  session \($0)" }
        guard !lost.isEmpty else { return lines + ["Nothing was lost."] }
        lines.append("What was lost:")
        lines += lost
        lines.append("Revocations may be among it: revoke again whatever must not live.")
        return lines
    }
}
