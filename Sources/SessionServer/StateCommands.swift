// The daemon's two errands on a state directory: to look at it, and to mend it. Both print for a person and end.

internal import Durability
internal import Glibc
internal import Sessions

/// Prints what the state directory holds and what a recovery would do, without changing anything.
///
/// - Parameter failed: Told why it could not be looked at.
/// - Returns: The exit code: success when a daemon would start on it.
public func checkState(
    _ options: DaemonOptions,
    print: (String) -> Void,
    failed: (String) -> Void
) -> CInt {
    report(options, failed) { directory throws(SystemError) in
        let disk = try FileDisk(unlocked: directory)
        print(directory)
        if disk.isLocked { print("A daemon is running on it: what it is writing just now may look torn.") }
        let findings = try inspectState(on: disk)
        for file in findings { print("  \(file.name)  \(file.bytes) bytes: \(file.summary)") }
        if findings.isEmpty { print("  no state files") }
        do throws(RecoveryError) {
            let state = try recover(from: disk, policy: Policy(), now: Clock().now())
            print(state.report.prediction)
            return ExitCode.success
        } catch {
            switch error {
            case .disk(let error): throw error
            case .damaged(let damages):
                print("A start is refused. What stands in its way:")
                for damage in damages { print("  \(damage.message)") }
                if damages.contains(where: { $0.isNewer }) {
                    print("A newer sessiond has written it: run that one, or restore a copy made before it ran.")
                    return ExitCode.damagedState
                }
                print("Restore a backup, or give up what cannot be read:")
                print("  sessiond --mend-state --state-directory \(directory)")
                return ExitCode.damagedState
            }
        }
    }
}

/// Gives up what cannot be read of the state directory, so that a daemon starts on the rest.
///
/// - Parameter failed: Told why it could not be mended.
/// - Returns: The exit code.
public func mendState(
    _ options: DaemonOptions,
    print: (String) -> Void,
    failed: (String) -> Void
) -> CInt {
    report(options, failed) { directory throws(SystemError) in
        let disk = try FileDisk(path: directory)
        let report = try Durability.mendState(on: disk, now: Clock().now()) { print($0) }
        print(report.prediction)
        return ExitCode.success
    }
}

private func report(
    _ options: DaemonOptions,
    _ failed: (String) -> Void,
    _ body: (String) throws(SystemError) -> CInt
) -> CInt {
    do throws(StartError) {
        let directory = try stateDirectory(options, makesDefault: false)
        do throws(SystemError) {
            return try body(directory)
        } catch {
            let hint = error.code == EWOULDBLOCK ? " (stop the daemon that runs on it first)" : ""
            throw StartError(ExitCode.stateDirectory, error.message + hint)
        }
    } catch {
        failed(error.message)
        return error.code
    }
}

extension RecoveryReport {
    /// What a start on this state does.
    fileprivate var prediction: String {
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
