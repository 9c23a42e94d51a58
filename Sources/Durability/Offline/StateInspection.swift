// Looking at a state directory without changing it: what each file holds, and what a recovery would make of them.

internal import Sessions

/// What a state file was found to hold.
public struct StateFileFindings: Equatable, Sendable {
    /// The file's name.
    public let name: String
    /// How many bytes of it are good.
    public let bytes: Int
    /// What is in it, or what is wrong with it, in a few words.
    public let summary: String
    /// Whether something is wrong with it.
    public let isDamaged: Bool
}

/// Looks at every state file by itself.
///
/// - Parameter progress: Called now and then.
public func inspectState(
    on disk: some Disk,
    progress: () -> Void = {}
) throws(SystemError) -> [StateFileFindings] {
    let names = try disk.list()
    var all: [StateFileFindings] = []
    for name in StateFileName.all(.snapshot, in: names) {
        let one = try findings(of: name) { (name) throws(StateReadError) in try snapshotSummary(name, disk, progress) }
        all.append(one)
    }
    for name in StateFileName.all(.journal, in: names) {
        let one = try findings(of: name) { (name) throws(StateReadError) in try journalSummary(name, disk, progress) }
        all.append(one)
    }
    return all
}

private func findings(
    of name: StateFileName,
    _ read: (String) throws(StateReadError) -> (bytes: Int, summary: String)
) throws(SystemError) -> StateFileFindings {
    do throws(StateReadError) {
        let (bytes, summary) = try read(name.text)
        return StateFileFindings(name: name.text, bytes: bytes, summary: summary, isDamaged: false)
    } catch {
        switch error {
        case .disk(let error): throw error
        case .damaged(let damage):
            let summary = "damaged: \(damage.reason) at byte \(damage.offset)"
            return StateFileFindings(name: name.text, bytes: damage.offset, summary: summary, isDamaged: true)
        }
    }
}

/// After how many entries or commits the progress is told.
private let stride = 65_536

private func snapshotSummary(
    _ name: String,
    _ disk: some Disk,
    _ progress: () -> Void
) throws(StateReadError) -> (Int, String) {
    var reader = try SnapshotReader(name, on: disk)
    defer { reader.close() }
    var (sessions, tombstones) = (0, 0)
    while let entry = try reader.next() {
        switch entry {
        case .session: sessions += 1
        case .tombstone: tombstones += 1
        case .replaced: break
        }
        if (sessions + tombstones) % stride == 0 { progress() }
    }
    return (reader.offset, "\(sessions) sessions and \(tombstones) tombstones, begun after change \(reader.sequence)")
}

private func journalSummary(
    _ name: String,
    _ disk: some Disk,
    _ progress: () -> Void
) throws(StateReadError) -> (Int, String) {
    var reader = try JournalReader(name, on: disk)
    defer { reader.close() }
    var commits = 0
    while try reader.next() != nil {
        commits += 1
        if commits % stride == 0 { progress() }
    }
    let torn = reader.tornBytes > 0 ? ", then \(reader.tornBytes) bytes that are no whole commit" : ""
    let count = reader.sequence - reader.start
    guard count > 0 else { return (reader.offset, "no changes after change \(reader.start)\(torn)") }
    return (reader.offset, "\(count) changes, \(reader.start + 1) to \(reader.sequence)\(torn)")
}
