// The last changes, as `session.watch` tells of them, and what else is to be known about them, such as where some are missing.

public import SessionClient

/// A change of a session.
public struct SessionChange: Equatable, Sendable {
    /// `created`, `updated`, `touched`, `rotated`, `revoked`, `expired`, or what a newer daemon calls it.
    let kind: String
    /// The session's public name.
    let id: String
    /// Nil for nobody's.
    let user: String?
    /// In milliseconds since the Unix epoch.
    let at: Int64
    let cause: String?

    /// Takes the parameters of a notification `session.changed`.
    public init(_ parameters: JSONTree) {
        kind = parameters["change"].string ?? "?"
        id = parameters["id"].string ?? ""
        user = parameters["userId"].string
        at = parameters["at"].integer ?? 0
        cause = parameters["cause"].string
    }
}

/// The last changes, oldest first.
public struct ChangeLog: Equatable, Sendable {
    /// One line of it.
    public enum Entry: Equatable, Sendable {
        case change(SessionChange)
        /// Something happened here, such as that some are missing.
        case note(String)
    }

    /// So many are kept.
    static let capacity = 500

    private(set) var entries: [Entry] = []

    /// Nothing has changed.
    public init() {}

    /// Adds what came; of notes that say the same, one is enough.
    public mutating func append(_ entry: Entry) {
        if case .note = entry, entries.last == entry { return }
        if entries.count == Self.capacity { entries.removeFirst() }
        entries.append(entry)
    }

    /// The entries about a user, or all of them, newest first.
    func latest(of user: String?) -> [Entry] {
        entries.reversed()
            .filter { entry in
                guard let user, case .change(let change) = entry else { return true }
                return change.user == user
            }
    }
}
