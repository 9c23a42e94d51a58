// What came of a snapshot, and what else an administrator does, for the log.

internal import Durability
internal import Sessions

/// How a snapshot that was asked for went.
enum SnapshotOutcome: Sendable {
    case written(SnapshotSummary)
    case failed(SystemError)
}

/// A snapshot that is on the disk.
struct SnapshotSummary: Sendable {
    let path: String
    let sessions: Int
    let bytes: Int
    let took: Milliseconds
}

/// What happened that an administrator should find in the log.
enum AdministrativeAction {
    case revokedEveryone(count: Int, cause: [UInt8])
    case tookSnapshot
}
