// The readers of state files. The first byte of an input says what the rest is: a file as it stands, or what is to be put
// into frames and commits whose lengths and checksums are right, since no change by chance gets past a checksum.

@testable internal import Durability
@testable internal import Sessions

/// What a file is called that a start reads.
private let (journalName, snapshotName) = ("journal-0000000000000001", "snapshot-0000000000000001")

/// Cuts an input into pieces, each behind its length.
private func pieces(of input: some Collection<UInt8>) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = Array(input)[...]
    while rest.count > 2 {
        let length = min(Int(rest.removeFirst()) << 8 | Int(rest.removeFirst()), rest.count)
        pieces.append(Array(rest.prefix(length)))
        rest.removeFirst(length)
    }
    return pieces
}

/// A journal is read to its end or refused; what was read can be written and read again; and a start makes something of it.
func fuzzJournal(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let disk = MemoryDisk()
    disk.files[journalName] = kind % 2 == 0 ? Array(input.dropFirst()) : journal(of: pieces(of: input.dropFirst()))
    let records = read(journalName, on: disk)
    if let records, !records.isEmpty {
        var commit = CommitBuffer()
        for record in records {
            let occasion = record.occasion ?? Occasion(at: Instant(milliseconds: 0), circumstance: .plain)
            commit.append(record.change, sequence: record.sequence, occasion: occasion)
        }
        let again = MemoryDisk()
        again.files[journalName] = journal(of: [Array(commit.take().dropFirst(8))], after: records[0].sequence - 1)
        let known = records.map { JournalRecord(sequence: $0.sequence, change: $0.change, occasion: nil) }
        let back = read(journalName, on: again)?
            .map { JournalRecord(sequence: $0.sequence, change: $0.change, occasion: nil) }
        if back != known { fail("what was read is not what is read again") }
    }
    start(from: disk)
}

/// A snapshot is read to its end or refused; what was read can be written and read again; a start makes something of it.
func fuzzSnapshot(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let disk = MemoryDisk()
    disk.files[snapshotName] = kind % 2 == 0 ? Array(input.dropFirst()) : snapshot(of: pieces(of: input.dropFirst()))
    if let entries = readSnapshot(on: disk) {
        var bytes: [UInt8] = []
        var encoder = SnapshotEncoder(sequence: 0, writtenAt: Instant(milliseconds: 0), hasJournal: false, to: &bytes)
        for entry in entries { encoder.append(entry, to: &bytes) }
        encoder.finish(to: &bytes)
        let again = MemoryDisk()
        again.files[snapshotName] = bytes
        if readSnapshot(on: again) != entries { fail("what was read is not what is read again") }
    }
    start(from: disk)
}

/// A journal with these records in commits.
func journal(of commits: [[UInt8]], after sequence: UInt64 = 0) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    var file = JournalFormat.header(
        sequence: sequence,
        continues: sequence,
        writtenAt: Instant(milliseconds: 0),
        salt: 7,
        epoch: Epoch(using: &generator)
    )
    let seed = JournalFormat.seed(of: file.span.extracting(..<JournalFormat.headerSize))
    for records in commits where !records.isEmpty {
        var commit = [UInt8](repeating: 0, count: JournalFormat.commitOverhead) + records
        CommitBuffer.seal(&commit, seed: seed)
        file += commit
    }
    return file
}

/// A snapshot with frames of these contents, the last of which ought to be the closing one.
func snapshot(of frames: [[UInt8]]) -> [UInt8] {
    var file: [UInt8] = []
    _ = SnapshotEncoder(sequence: 1000, writtenAt: Instant(milliseconds: 0), hasJournal: false, to: &file)
    var checksum = CRC32C.checksum(file.span.extracting(..<(file.count - 4)))
    for content in frames {
        var length: [UInt8] = []
        length.append(integer: UInt32(content.count))
        checksum = CRC32C.checksum(content.span, seed: CRC32C.checksum(length.span, seed: checksum))
        file += length
        file.append(integer: checksum)
        file += content
    }
    return file
}

private func read(_ name: String, on disk: MemoryDisk) -> [JournalRecord]? {
    guard var reader = try? JournalReader(name, on: disk) else { return nil }
    defer { reader.close() }
    var all: [JournalRecord] = []
    while let next = try? reader.next() { all += next }
    return all
}

private func readSnapshot(on disk: MemoryDisk) -> [SnapshotEntry]? {
    guard var reader = try? SnapshotReader(snapshotName, on: disk) else { return nil }
    defer { reader.close() }
    var all: [SnapshotEntry] = []
    do {
        while let entry = try reader.next() { all.append(entry) }
    } catch { return nil }
    return all
}

/// Starts from a disk, and lets everything end that was found.
private func start(from disk: MemoryDisk) {
    let now = Instant(milliseconds: 1_700_000_000_000)
    guard let recovered = try? recover(from: disk, policy: Policy(), now: now, watchHistory: 16) else { return }
    var store = recovered.takeStore()
    for place in 0..<store.snapshotPlaces { _ = store.snapshotEntry(at: place, now: now) }
    var budget = Int.max
    store.carryOutRevocations(budget: &budget)
    // Once around the wheel takes longer than reading a file.
    guard store.sessionCount + store.tombstoneCount > 0 else { return }
    while let change = store.nextExpiry(now: .distantFuture, budget: &budget) {
        store.apply(change, sequence: store.sequence + 1)
    }
    if store.sessionCount != 0 { fail("\(store.sessionCount) sessions are left at the end of time") }
}
