// A snapshot while it is being taken: the walk over the store, in short slices between other work.
// The snapshot is fuzzy: each record is written as it is when the walk comes by, with the number of the last change that
// it contains. What is in flight to the writer is bounded, so taking a snapshot costs no memory to speak of.

internal import Sessions

/// The walk over the store that feeds the writer.
struct SnapshotTask {
    /// How many bytes may be on their way to the disk.
    private static let bytesInFlightLimit = 1 << 20
    private static let pieceSize = 1 << 16
    /// How many records are encoded between two looks at the clock.
    private static let stride = 8

    private let send: (WriterCommand) -> Void
    private var encoder: SnapshotEncoder
    private var place = 1
    private var piece: [UInt8] = []
    private var bytesInFlight = 0

    /// Whether all was sent to the writer.
    private(set) var isSent = false
    /// How many sessions were written.
    var sessions: Int { Int(encoder.sessions) }
    /// Whether the writer has room for more.
    var mayProceed: Bool { !isSent && bytesInFlight < Self.bytesInFlightLimit }

    /// Begins a snapshot.
    ///
    /// - Parameters:
    ///   - hasJournal: Whether the journal of this generation was begun before.
    ///   - send: Hands a command to the writer.
    init(
        of store: borrowing SessionStore,
        generation: UInt64,
        hasJournal: Bool,
        now: Instant,
        send: @escaping (WriterCommand) -> Void
    ) {
        self.send = send
        encoder = SnapshotEncoder(sequence: store.sequence, writtenAt: now, hasJournal: hasJournal, to: &piece)
        send(.beginSnapshot(generation: generation))
    }

    /// Walks on until the time is up, the writer has no more room, or everything was sent.
    ///
    /// - Parameters:
    ///   - isTimeUp: Asked after every few records.
    ///   - isFinishing: Called when all was walked over, before the snapshot is to get its name.
    mutating func proceed(
        through store: borrowing SessionStore,
        until isTimeUp: () -> Bool,
        isFinishing: () -> Void
    ) {
        while mayProceed {
            let end = min(place + Self.stride, store.snapshotPlaces)
            while place < end {
                switch store.snapshotPlace(place) {
                case .empty: break
                case .session(let slot, let sequence):
                    encoder.append(store.session(at: slot), sequence: sequence, to: &piece)
                case .other(let entry): encoder.append(entry, to: &piece)
                }
                place += 1
            }
            if place >= store.snapshotPlaces {
                encoder.finish(to: &piece)
                flush()
                isFinishing()
                send(.finishSnapshot)
                isSent = true
                return
            }
            if piece.count >= Self.pieceSize { flush() }
            if isTimeUp() { return }
        }
    }

    /// Notes that the writer has let go of a piece.
    mutating func pieceWritten(_ bytes: Int) { bytesInFlight -= bytes }

    private mutating func flush() {
        bytesInFlight += piece.count
        send(.appendToSnapshot(piece))
        piece = []
        piece.reserveCapacity(Self.pieceSize + Self.pieceSize / 4)
    }
}
