// A snapshot while it is being taken: the walk over the store, in slices of at most a millisecond between other work.
// The snapshot is fuzzy: each record is written as it is when the walk comes by, with the number of the last change that
// it contains. What is in flight to the writer is bounded, so taking a snapshot costs no memory to speak of.

public import Sessions

/// The walk over the store that feeds the writer.
public struct SnapshotTask {
    /// How many bytes may be on their way to the disk.
    private static let bytesInFlightLimit = 1 << 20
    private static let pieceSize = 1 << 16
    /// How many records are encoded between two looks at the clock.
    private static let stride = 64

    private let writer: Writer
    private var encoder: SnapshotEncoder
    private var place = 1
    private var piece: [UInt8] = []
    private var bytesInFlight = 0

    /// The sequence number of the last change before the walk began.
    public let sequence: UInt64
    /// Whether all was sent to the writer.
    public private(set) var isSent = false
    /// How many sessions were written.
    public var sessions: Int { Int(encoder.sessions) }
    /// Whether the writer has room for more.
    public var mayProceed: Bool { !isSent && bytesInFlight < Self.bytesInFlightLimit }

    /// Begins a snapshot.
    public init(of store: borrowing SessionStore, writer: Writer, now: Instant) {
        self.writer = writer
        sequence = store.sequence
        encoder = SnapshotEncoder(sequence: store.sequence, writtenAt: now, to: &piece)
        writer.send(.beginSnapshot)
    }

    /// Walks on until the time is up, the writer has no more room, or everything was sent.
    ///
    /// - Parameter isTimeUp: Asked after every few records.
    public mutating func proceed(through store: borrowing SessionStore, now: Instant, until isTimeUp: () -> Bool) {
        while mayProceed {
            let end = min(place + Self.stride, store.snapshotPlaces)
            while place < end {
                if let entry = store.snapshotEntry(at: place, now: now) { encoder.append(entry, to: &piece) }
                place += 1
            }
            if place >= store.snapshotPlaces {
                encoder.finish(to: &piece)
                flush()
                writer.send(.finishSnapshot)
                isSent = true
                return
            }
            if piece.count >= Self.pieceSize { flush() }
            if isTimeUp() { return }
        }
    }

    /// Notes that the writer has let go of a piece.
    public mutating func pieceWritten(_ bytes: Int) { bytesInFlight -= bytes }

    private mutating func flush() {
        bytesInFlight += piece.count
        writer.send(.appendToSnapshot(piece))
        piece = []
        piece.reserveCapacity(Self.pieceSize + Self.pieceSize / 4)
    }
}
