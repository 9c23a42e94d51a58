// Going on with what is whole: the last resort when files are damaged or missing and there is no backup. Everything that
// its checksum proves is put together and written as a new snapshot; the damaged files are kept beside it, and what could
// not be had is listed, as far as it can be known.

public import Sessions

/// Bytes of a state file that hold nothing that could be read.
public struct UnreadableBytes: Equatable, Sendable {
    /// The file's name, before it was set aside.
    public let file: String
    /// Where they are.
    public let range: Range<Int>
    /// What is there, in a few words.
    public let reason: String
}

/// Entries that a damaged snapshot had by its own count, and that were not found in it.
public struct MissingEntries: Equatable, Sendable {
    /// The snapshot's name, before it was set aside.
    public let file: String
    /// How many sessions.
    public let sessions: Int
    /// How many tombstones.
    public let tombstones: Int
    /// How many replaced tokens.
    public let replaced: Int
}

/// A file that was given another name, so that no start reads it and nothing removes it.
public struct FileAside: Equatable, Sendable {
    /// The name that it had.
    public let name: String
    /// The name that it has.
    public let aside: String
}

/// What could not be had of a damaged state.
public struct StateLosses: Equatable, Sendable {
    /// What could not be read.
    public internal(set) var unreadable: [UnreadableBytes] = []
    /// Journals that are missing although another file needs them.
    public internal(set) var missing: [String] = []
    /// Of damaged snapshots: what was not found in them. Other files may have had it.
    public internal(set) var entries: [MissingEntries] = []
    /// The numbers of the changes that no file holds.
    public internal(set) var changes: [ClosedRange<UInt64>] = []
    /// Whether there were perhaps changes after the last one that was read.
    public internal(set) var mayEndEarly = false
    /// Sessions that later changes speak of, and that are nowhere.
    public internal(set) var sessions: [SessionID] = []
}

/// What a repair has done.
public struct StateRepair: Equatable, Sendable {
    /// What was written; nil when nothing had to be.
    public internal(set) var written: SnapshotReceipt?
    /// The damaged files, which are kept.
    public internal(set) var aside: [FileAside] = []
    /// What was lost.
    public internal(set) var losses = StateLosses()
    /// What a start finds now.
    public let report: RecoveryReport
}

/// Makes a state directory such that a start goes on with all of it that is whole.
///
/// It may be interrupted and repeated: until the new snapshot has its name nothing is changed, and from then on a start
/// goes on.
///
/// - Parameter progress: Called now and then.
/// - Throws: Also when a newer daemon has written a file.
public func repairState(
    on disk: some Disk,
    now: Instant,
    progress: () -> Void = {}
) throws(RecoveryError) -> StateRepair {
    do throws(RecoveryError) {
        return StateRepair(report: try recover(from: disk, policy: Policy(), now: now, progress: progress).report)
    } catch {
        if case .damaged(let damages) = error, !damages.contains(where: \.isNewer) {} else { throw error }
    }
    var salvage = StateSalvage(disk: disk, now: now)
    do { try salvage.collect(progress: progress) } catch { throw RecoveryError(error) }
    var aside: [FileAside] = []
    let written: SnapshotReceipt
    do {
        written = try salvage.write(now: now)
        for name in salvage.damagedFiles { aside.append(FileAside(name: name, aside: try disk.setAside(name))) }
        try disk.syncDirectory()
    } catch {
        throw .disk(error)
    }
    let report = try recover(from: disk, policy: Policy(), now: now, progress: progress).report
    return StateRepair(written: written, aside: aside, losses: salvage.losses, report: report)
}

extension RecoveryError {
    fileprivate init(_ error: StateReadError) {
        switch error {
        case .damaged(let damage): self = .damaged([damage])
        case .disk(let error): self = .disk(error)
        }
    }
}
