// What the writer does for each command, apart from any thread: the tests carry the same commands out on a disk of their own.

internal import Sessions

/// The files that the writer has open.
struct WriterState<D: Disk> {
    private let disk: D
    private var journal: JournalFile<D>?
    /// The journal failed, and the loop may not know yet.
    private var failure: SystemError?
    private var snapshot: SnapshotFile<D>?
    /// The generation whose journal could not be begun, and why: there must be no snapshot of it, which would need one.
    private var unbegun: (generation: UInt64, error: SystemError)?

    init(disk: D) {
        self.disk = disk
    }

    mutating func carryOut(_ command: WriterCommand) -> [WriterEvent] {
        switch command {
        case .ping: [.pong]
        case .beginJournal(let beginning): begin(beginning)
        case .commit(let records, let sequence): commit(records, upTo: sequence)
        case .beginSnapshot, .appendToSnapshot, .finishSnapshot: workOnSnapshot(command)
        case .stop: []
        }
    }

    mutating func close() {
        closeJournal()
        abandonSnapshot()
    }

    private mutating func begin(_ beginning: JournalBeginning) -> [WriterEvent] {
        if let failure, !beginning.isMending {
            unbegun = (beginning.generation, failure)
            return []
        }
        closeJournal()
        do {
            journal = try JournalFile(beginning, on: disk)
            failure = nil
            return [.journalBegun(generation: beginning.generation)]
        } catch {
            unbegun = (beginning.generation, error)
            return fail(error)
        }
    }

    private mutating func commit(_ records: [UInt8], upTo sequence: UInt64) -> [WriterEvent] {
        guard failure == nil, journal != nil else { return [] }
        do {
            try journal?.commit(records)
            return [.committed(upTo: sequence)]
        } catch {
            return fail(error)
        }
    }

    private mutating func fail(_ error: SystemError) -> [WriterEvent] {
        closeJournal(isWhole: false)
        failure = error
        return [.journalFailed(error)]
    }

    private mutating func workOnSnapshot(_ command: WriterCommand) -> [WriterEvent] {
        do throws(SystemError) {
            switch command {
            case .beginSnapshot(let generation):
                abandonSnapshot()
                if let unbegun, unbegun.generation == generation { throw unbegun.error }
                snapshot = try SnapshotFile(generation, on: disk)
            case .appendToSnapshot(let piece):
                do {
                    try snapshot?.append(piece)
                } catch {
                    abandonSnapshot()
                    return [.pieceWritten(piece.count), .snapshotFailed(error)]
                }
                return [.pieceWritten(piece.count)]
            case .finishSnapshot:
                defer { snapshot = nil }
                if let snapshot { return [.snapshotFinished(try snapshot.finish())] }
            default: break
            }
            return []
        } catch {
            return [.snapshotFailed(error)]
        }
    }

    private mutating func closeJournal(isWhole: Bool = true) {
        journal?.close(isWhole: isWhole)
        journal = nil
    }

    private mutating func abandonSnapshot() {
        snapshot?.abandon()
        snapshot = nil
    }
}
