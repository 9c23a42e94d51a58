// All that a state directory holds, as values: what a start would have in memory, in an order that depends on nothing but
// what it is. So two directories with the same sessions give the same, however these came there.

public import Sessions

/// Sessions, tombstones and replaced tokens, with the histories that they belong to.
public struct StateContents: ~Copyable {
    /// What was found and done.
    public let report: RecoveryReport
    /// The histories whose watchers were told of this state, oldest first, each with its last change.
    public let epochs: [Past.Ancestor]
    private let store: SessionStore
    private let places: [Int]

    /// The number of the last change.
    public var sequence: UInt64 { store.sequence }
    /// How many entries there are.
    public var count: Int { places.count }

    init(_ state: consuming RecoveredState) {
        report = state.report
        epochs = state.past.ancestors
        store = state.takeStore()
        var (sessions, replaced): ([SortKey], [SortKey]) = ([], [])
        for place in 0..<store.snapshotPlaces {
            switch store.snapshotEntry(at: place) {
            case .session(let session, _): sessions.append(SortKey(session.id, session.tokenHash, place))
            case .tombstone(let tombstone, _): sessions.append(SortKey(tombstone.id, tombstone.tokenHash, place))
            case .replaced(let token, _): replaced.append(SortKey(token.id, token.tokenHash, place))
            case nil: break
            }
        }
        sessions.sort()
        replaced.sort()
        places = sessions.map(\.place) + replaced.map(\.place)
    }

    /// Gives out the entries: sessions and tombstones by id, then replaced tokens by the id of their session.
    public borrowing func forEach<Failure: Error>(
        _ body: (SnapshotEntry) throws(Failure) -> Void
    ) throws(Failure) {
        for place in places {
            if let entry = store.snapshotEntry(at: place) { try body(entry) }
        }
    }
}

/// Reads the state of a directory, also while a daemon goes on writing to it: then it is the state as of some moment
/// meanwhile.
///
/// - Parameter progress: Called now and then.
public func readState(
    from disk: FileDisk,
    now: Instant,
    progress: () -> Void = {}
) throws(RecoveryError) -> StateContents {
    var attempts = 5
    while true {
        attempts -= 1
        do throws(RecoveryError) {
            // As far back as the daemon looks unless it is told otherwise.
            return StateContents(
                try recover(from: disk, policy: Policy(), now: now, watchHistory: 65_536, progress: progress)
            )
        } catch {
            // A daemon may have removed a file that was listed, or gone on with a commit that was seen in part.
            guard attempts > 0, disk.isLocked else { throw error }
        }
    }
}

/// By id; of the replaced tokens of one session, by token.
private struct SortKey: Comparable {
    private let high: UInt64
    private let low: UInt64
    private let token: UInt64
    let place: Int

    init(_ id: SessionID, _ token: TokenHash, _ place: Int) {
        func word(_ byte: (Int) -> UInt8) -> UInt64 { (0..<8).reduce(0) { $0 << 8 | UInt64(byte($1)) } }
        let bytes = id.bytes
        let hash = token.bytes
        high = word { bytes[$0] }
        low = word { bytes[$0 + 8] }
        self.token = word { hash[$0] }
        self.place = place
    }

    static func < (one: SortKey, other: SortKey) -> Bool {
        (one.high, one.low, one.token) < (other.high, other.low, other.token)
    }
}
