// Going on with what can be read: the last resort when files are damaged and there is no backup. What is given up is kept
// beside the rest with `.damaged` behind its name, and every step is told.

internal import Glibc
public import Sessions

/// Makes a state directory such that recovery succeeds, by giving up what cannot be read.
///
/// It may be interrupted and repeated: every step leaves the directory no worse than before.
///
/// - Parameter tell: Told of each step, in words for a person.
/// - Returns: What recovery finds now.
public func mendState(
    on disk: some Disk,
    now: Instant,
    tell: (String) -> Void
) throws(SystemError) -> RecoveryReport {
    while true {
        do throws(RecoveryError) {
            let state = try recover(from: disk, policy: Policy(), now: now)
            return state.report
        } catch {
            switch error {
            case .disk(let error): throw error
            case .damaged(let damages):
                // The first one is what stands in the way of going on from the newest snapshot.
                guard let damage = damages.first else { throw SystemError("mend a state without damage", code: 0) }
                if damage.isNewer {
                    throw SystemError("mend what a newer sessiond has written: \(damage.message)", code: ENOTSUP)
                }
                try giveUp(damage, on: disk, now: now, tell: tell)
            }
        }
    }
}

private func giveUp(
    _ damage: Damage,
    on disk: some Disk,
    now: Instant,
    tell: (String) -> Void
) throws(SystemError) {
    if let sequence = damage.journalMissingSince, let snapshot = StateFileName(.snapshot, damage.file) {
        return try replaceJournal(of: snapshot, since: sequence, on: disk, now: now, tell: tell)
    }
    guard let journal = StateFileName(.journal, damage.file) else {
        return try setAside(damage.file, on: disk, tell: tell)
    }
    // No later journal can be replayed without what is given up here.
    let later = StateFileName.all(.journal, in: try disk.list()).filter { $0 > journal }
    for name in later.reversed() { try setAside(name.text, on: disk, tell: tell) }
    let firstCommit = JournalFormat.headerSize + JournalFormat.epochSize
    if damage.offset <= firstCommit { return try setAside(damage.file, on: disk, tell: tell) }
    try cut(damage.file, at: damage.offset, on: disk)
    tell("\(damage.file): kept the changes before byte \(damage.offset); the whole file is now \(damage.file).damaged")
}

/// Begins the journal that is missing, so that the snapshot counts by itself.
private func replaceJournal(
    of snapshot: StateFileName,
    since sequence: UInt64,
    on disk: some Disk,
    now: Instant,
    tell: (String) -> Void
) throws(SystemError) {
    for name in StateFileName.all(.journal, in: try disk.list()).reversed() where name > snapshot {
        try setAside(name.text, on: disk, tell: tell)
    }
    var generator = SystemRandomNumberGenerator()
    let beginning = JournalBeginning(
        generation: snapshot.generation,
        sequence: sequence,
        continues: sequence,
        at: now,
        salt: generator.next(),
        epoch: Epoch(using: &generator),
        isMending: true
    )
    try JournalFile(beginning, on: disk).close()
    tell("\(StateFileName(.journal, snapshot.generation).text): was missing; begun anew, without the changes it had")
}

private func setAside(_ name: String, on disk: some Disk, tell: (String) -> Void) throws(SystemError) {
    try disk.rename(name, to: "\(name).damaged")
    try disk.syncDirectory()
    tell("\(name): set aside as \(name).damaged")
}

/// Leaves the beginning of a journal under its name and all of it under another. At no moment is there neither.
private func cut(_ name: String, at offset: Int, on disk: some Disk) throws(SystemError) {
    try copy(name, to: "\(name).damaged", limit: .max, on: disk)
    let temporary = StateFileName.Kind.journal.temporary
    try copy(name, to: temporary, limit: offset, on: disk)
    try disk.rename(temporary, to: name)
    try disk.syncDirectory()
}

private func copy(_ name: String, to other: String, limit: Int, on disk: some Disk) throws(SystemError) {
    let source = try disk.open(name)
    defer { disk.close(source) }
    let target = try disk.create(other)
    defer { disk.close(target) }
    var rest = limit
    while rest > 0 {
        let piece = try disk.read(source, limit: min(rest, 1 << 18))
        if piece.isEmpty { break }
        try disk.append(piece, to: target)
        rest -= piece.count
    }
    try disk.sync(target)
    try disk.syncDirectory()
}
