// The daemon's one errand on a state directory: to look at it, print what a start would make of it, and end. What changes
// files is sessionctl's.

internal import Durability
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
    do throws(StartError) {
        let directory = try stateDirectory(options, makesDefault: false)
        do throws(SystemError) {
            let disk = try FileDisk(unlocked: directory)
            if disk.isLocked { print("A daemon is running on it: what it is writing just now may look torn.") }
            let check = try Durability.checkState(on: disk, now: Clock().now())
            print(check.text(directory: directory))
            if case .refused = check.prediction { return ExitCode.damagedState }
            return ExitCode.success
        } catch {
            throw StartError(ExitCode.stateDirectory, error.message)
        }
    } catch {
        failed(error.message)
        return error.code
    }
}
