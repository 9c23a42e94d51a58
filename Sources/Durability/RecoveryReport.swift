// What a recovery comes to: a store and what goes with it, a report for people, or why there is none.

public import Sessions

/// What a recovery found and did.
public struct RecoveryReport: Equatable, Sendable {
    /// The snapshot that was loaded; nil when the directory held none.
    public var snapshot: String?
    /// Newer snapshots that were found damaged and passed over: older files hold the same.
    public var damaged: [Damage] = []
    /// The journals that were replayed.
    public var journals: [String] = []
    /// How many sessions there are now, counting those that have ended.
    public var sessions = 0
    /// How many tombstones there are now.
    public var tombstones = 0
    /// How many changes were replayed.
    public var changes = 0
    /// How many bytes were read and found good.
    public var bytes = 0
    /// What was left out at the end of the last journal: a commit that was torn, and so never acknowledged.
    public var cut: Cut?

    /// A torn end of a journal.
    public struct Cut: Equatable, Sendable {
        /// The journal.
        public let file: String
        /// Where its whole commits end.
        public let offset: Int
        /// How many bytes there are behind.
        public let bytes: Int
    }
}

/// What a recovery came to.
public struct RecoveredState: ~Copyable {
    let store: SessionStore
    /// What was found and done.
    public let report: RecoveryReport
    /// The greatest generation of any file; the next one is free.
    public let generation: UInt64
    /// The change up to which the files hold everything; a snapshot may hold later ones, which nobody was told of.
    public let complete: UInt64
    /// What watchers may have missed.
    public let past: Past

    /// The store, for whoever goes on with it.
    public consuming func takeStore() -> SessionStore { store }
}

/// Why the state could not be recovered.
public enum RecoveryError: Error, Equatable, Sendable {
    /// The directory or a file could not be read.
    case disk(SystemError)
    /// What the files hold is not all that was acknowledged.
    case damaged([Damage])
}
