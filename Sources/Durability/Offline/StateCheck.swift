// What a person wants to know of a state directory: what each file holds, and what a start would make of them all.

public import Sessions

/// What was found in a state directory.
public struct StateCheck: Sendable {
    /// What a start would do.
    public enum Prediction: Equatable, Sendable {
        /// It goes on, with this.
        case goesOn(RecoveryReport)
        /// It is refused, because of this.
        case refused([Damage])
    }

    /// What each file holds, snapshots first, oldest first.
    public let files: [StateFileFindings]
    /// What a start would do.
    public let prediction: Prediction
}

/// Looks at a state directory and changes nothing.
///
/// - Parameter progress: Called now and then.
public func checkState(
    on disk: some Disk,
    now: Instant,
    progress: () -> Void = {}
) throws(SystemError) -> StateCheck {
    let files = try inspectState(on: disk, progress: progress)
    do throws(RecoveryError) {
        let state = try recover(from: disk, policy: Policy(), now: now, progress: progress)
        return StateCheck(files: files, prediction: .goesOn(state.report))
    } catch {
        switch error {
        case .disk(let error): throw error
        case .damaged(let damages): return StateCheck(files: files, prediction: .refused(damages))
        }
    }
}
