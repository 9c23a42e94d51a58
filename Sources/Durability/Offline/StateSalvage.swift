// Putting together what is whole of a state: the entries of the snapshots back to the newest whole one, and all changes of
// the journals since, over gaps. A change holds what came of it, so each one that is whole is worth as much as it was; and
// whatever comes later is applied, too, since it may be a revocation.

public import Sessions

/// A state that is being put together.
struct StateSalvage<D: Disk>: ~Copyable {
    private static var stride: Int { 65_536 }

    private let disk: D
    private var store: SessionStore
    /// The greatest generation of any file.
    private var generation: UInt64 = 0
    /// The change up to which it is known of each whether it is here.
    private var position: UInt64 = 0
    /// Sessions that an entry or a change that could be read refers to.
    private var sought: Set<SessionID> = []
    private(set) var losses = StateLosses()
    private(set) var damagedFiles: [String] = []

    init(disk: D, now: Instant) {
        self.disk = disk
        store = SessionStore(policy: Policy(), now: now)
    }

    /// Reads all files.
    mutating func collect(progress: () -> Void) throws(StateReadError) {
        let names: [String]
        do { names = try disk.list() } catch { throw .disk(error) }
        let snapshots = StateFileName.all(.snapshot, in: names)
        let journals = StateFileName.all(.journal, in: names)
        generation = max(snapshots.last?.generation ?? 0, journals.last?.generation ?? 0)
        let (base, reached) = try load(snapshots, journals: journals, progress: progress)
        try replay(journals.filter { base == nil || $0 >= base! }, isAll: base == nil, progress: progress)
        // A damaged snapshot says how many changes there had been, and so do entries that ran ahead of a journal.
        advance(to: max(reached, store.sequence))
        losses.sessions = sought.filter { !isKnown($0) }.sorted { $0.name < $1.name }
    }

    /// Writes what was collected. When this returns, a start takes it.
    mutating func write(now: Instant) throws(SystemError) -> SnapshotReceipt {
        store.advance(to: position)
        var writer = try StateWriter(on: disk, generation: generation + 1, sequence: store.sequence, now: now)
        for place in 0..<store.snapshotPlaces {
            if let entry = store.snapshotEntry(at: place) { try writer.append(entry) }
        }
        return try writer.finish()
    }

    private func isKnown(_ id: SessionID) -> Bool {
        // At the beginning of time nothing has ended.
        store.presence(of: id, now: Instant(milliseconds: 0)) != .absent(.unknown)
    }

    private mutating func note(_ range: Range<Int>, of file: String, _ reason: String) {
        if !damagedFiles.contains(file) { damagedFiles.append(file) }
        if !range.isEmpty { losses.unreadable.append(UnreadableBytes(file: file, range: range, reason: reason)) }
    }

    /// Takes note that changes up to this one were made: those that were not read are lost.
    private mutating func advance(to sequence: UInt64) {
        guard sequence > position else { return }
        if let last = losses.changes.last, last.upperBound == position {
            losses.changes[losses.changes.count - 1] = last.lowerBound...sequence
        } else {
            losses.changes.append((position + 1)...sequence)
        }
        position = sequence
    }
}

// Snapshots.
extension StateSalvage {
    /// Loads the snapshots from the newest one back to one that is whole. Where several have an entry, the newest counts.
    ///
    /// - Returns: The whole one, and the last change before any of them.
    private mutating func load(
        _ snapshots: [StateFileName],
        journals: [StateFileName],
        progress: () -> Void
    ) throws(StateReadError) -> (base: StateFileName?, reached: UInt64) {
        var base: StateFileName?
        var (first, reached): (UInt64?, UInt64) = (nil, 0)
        var entries = 0
        for name in snapshots.reversed() where base == nil {
            var reader = try SnapshotSalvage(name.text, on: disk)
            defer { reader.close() }
            while let entry = try reader.next() {
                restore(entry)
                entries += 1
                if entries % Self.stride == 0 { progress() }
            }
            first = reader.sequence ?? first
            reached = max(reached, reader.sequence ?? 0)
            if reader.hasJournal, !journals.contains(where: { $0.generation == name.generation }) {
                losses.missing.append(StateFileName(.journal, name.generation).text)
                losses.mayEndEarly = losses.mayEndEarly || journals.allSatisfy { $0 < name }
            }
            if reader.isWhole { base = name } else { note(reader) }
        }
        store.finishRestoring()
        // What came before the oldest snapshot is in it, as far as it can be read.
        position = first ?? 0
        return (base, reached)
    }

    private mutating func restore(_ entry: SnapshotEntry) {
        switch entry {
        case .session(let session, let sequence): store.restore(session, sequence: sequence)
        case .tombstone(let tombstone, let sequence): store.restore(tombstone, sequence: sequence)
        case .replaced(let token, let sequence):
            store.restore(token, sequence: sequence)
            sought.insert(token.id)
        }
    }

    private mutating func note(_ reader: SnapshotSalvage<D>) {
        for gap in reader.gaps { note(gap.range, of: gap.file, gap.reason) }
        if !damagedFiles.contains(reader.name) { damagedFiles.append(reader.name) }
        guard let counts = reader.counts else { return }
        let missing = MissingEntries(
            file: reader.name,
            sessions: Int(clamping: counts.sessions) - Int(clamping: reader.found.sessions),
            tombstones: Int(clamping: counts.tombstones) - Int(clamping: reader.found.tombstones),
            replaced: Int(clamping: counts.replaced) - Int(clamping: reader.found.replaced)
        )
        losses.entries.append(missing)
    }
}

// Journals.
extension StateSalvage {
    /// - Parameter isAll: Whether no snapshot is whole, so that all journals count.
    private mutating func replay(
        _ names: [StateFileName],
        isAll: Bool,
        progress: () -> Void
    ) throws(StateReadError) {
        var readers: [JournalReader?] = []
        defer { for reader in readers { reader?.close() } }
        var reasons: [String: String] = [:]
        for name in names {
            do throws(StateReadError) {
                readers.append(try JournalReader(name.text, on: disk))
            } catch {
                guard case .damaged(let damage) = error, !damage.isNewer else { throw error }
                reasons[name.text] = damage.reason
                readers.append(nil)
            }
        }
        if isAll, let first = readers.lazy.compactMap({ $0?.continues }).first { position = min(position, first) }
        for place in readers.indices {
            let end = readers[(place + 1)...].lazy.compactMap { $0?.continues }.first
            if readers[place] == nil {
                readers[place] = try readerWithoutHeader(names[place].text, reasons, isLast: end == nil)
            }
            try replay(&readers[place]!, upTo: end, progress: progress)
        }
    }

    private mutating func readerWithoutHeader(
        _ name: String,
        _ reasons: [String: String],
        isLast: Bool
    ) throws(StateReadError) -> JournalReader {
        var reader = try JournalReader(withoutHeader: name, after: position, on: disk)
        let goesOn = try reader.passDamage()
        losses.mayEndEarly = losses.mayEndEarly || isLast && !goesOn
        note(0..<reader.offset, of: name, reasons[name] ?? "")
        return reader
    }

    /// Replays a journal as far as its successor takes over: what lies behind that was never acknowledged.
    private mutating func replay(
        _ reader: inout JournalReader,
        upTo end: UInt64?,
        progress: () -> Void
    ) throws(StateReadError) {
        advance(to: reader.continues)
        position = max(position, reader.start)
        var (last, changes) = (reader.start, 0)
        while last < end ?? .max {
            let start = reader.offset
            do throws(StateReadError) {
                guard let records = try reader.next() else {
                    noteEnd(of: reader, isLast: end == nil)
                    return
                }
                for record in records where record.sequence <= end ?? .max {
                    apply(record)
                    last = record.sequence
                    changes += 1
                    if changes % Self.stride == 0 { progress() }
                }
            } catch {
                guard case .damaged(let damage) = error else { throw error }
                let goesOn = try reader.passDamage()
                note(start..<reader.offset, of: reader.name, damage.reason)
                if !goesOn { return losses.mayEndEarly = losses.mayEndEarly || end == nil }
            }
        }
    }

    private mutating func noteEnd(of reader: JournalReader, isLast: Bool) {
        guard reader.tornBytes > 0 else { return }
        let range = reader.offset..<(reader.offset + reader.tornBytes)
        note(range, of: reader.name, "no whole commit: an interrupted write, or damaged since")
        losses.mayEndEarly = losses.mayEndEarly || isLast
    }

    private mutating func apply(_ record: JournalRecord) {
        advance(to: record.sequence - 1)
        position = max(position, record.sequence)
        switch record.change {
        case .updated(let session): recreate(session, record.sequence)
        case .rotated(let rotation): recreate(rotation.session, record.sequence)
        case .touched(let touch): sought.insert(touch.id)
        case .revoked(let revocation):
            if case .session(let id) = revocation.scope { sought.insert(id) }
        case .expired(let id): sought.remove(id)
        case .created: break
        }
        store.apply(record.change, sequence: record.sequence)
        var budget = Int.max
        store.carryOutRevocations(budget: &budget)
    }

    /// A session that is changed and is not here was lost; the change has all of it.
    private mutating func recreate(_ session: Session, _ sequence: UInt64) {
        if !isKnown(session.id) { store.apply(.created(session), sequence: sequence) }
    }
}

extension SessionID {
    /// Its text, as people know it.
    public var name: String { String(decoding: text.indices.map { text[$0] }, as: UTF8.self) }
}
