// Watching changes for as long as one likes: when the daemon goes away it is waited for, and when it is back the watch
// goes on where it was. What cannot be made up for is said, never passed over.

internal import Glibc

/// A watch over the daemon's changes that resumes by itself.
public final class SessionWatch {
    /// What a watcher learns.
    public enum Event: Sendable {
        /// The daemon tells of changes from here on: `line` is its answer. Without `resync` nothing was missed.
        case watching(line: String, resync: Bool)
        /// A line of the daemon: `session.changed`, or a kind that is newer than this.
        case told(Connection.Notification)
        /// The daemon is gone, or says that it cannot serve now. It is asked again after a while, until it answers.
        case interrupted(ClientError)
    }

    /// How long it waits before it asks again: first, and at most.
    private static let pauses = (first: Duration.milliseconds(50), longest: Duration.seconds(5))

    private let path: String
    private let filter: JSONTree
    private let patience: Duration
    private var connection: Connection?
    private var place: (epoch: String, since: Int64)?
    private var pause = SessionWatch.pauses.first
    private var nextTry: ContinuousClock.Instant?
    private var hasWatched = false

    /// Prepares a watch; the first `next` begins it.
    ///
    /// - Parameters:
    ///   - filter: The parameters of `session.watch` that say what to be told of: `userId`, `changes`.
    ///   - place: The `epoch` and the number of the last change that were seen, to go on from there.
    public init(
        at path: String,
        filter: JSONTree = [:],
        from place: (epoch: String, since: Int64)? = nil,
        patience: Duration = Connection.patience
    ) {
        self.path = path
        self.filter = filter
        self.place = place
        self.patience = patience
    }

    /// The number of the last change that was seen and the name of its history, to go on from there some other time.
    public var lastSeen: (epoch: String, since: Int64)? { place }

    /// What comes next.
    ///
    /// - Parameter time: How long to wait for it; nil for as long as it takes.
    /// - Returns: nil when nothing came in this time.
    /// - Throws: `ClientError` when the watch cannot begin, or cannot go on for a reason that does not pass.
    public func next(within time: Duration? = nil) throws(ClientError) -> Event? {
        let deadline = time.map { ContinuousClock.now + $0 }
        if let nextTry {
            guard sleep(until: nextTry, deadline) else { return nil }
            self.nextTry = nil
        }
        do throws(ClientError) {
            guard let connection else { return try begin() }
            let left = deadline.map { max(.zero, $0 - ContinuousClock.now) }
            guard let notification = try connection.notification(within: left) else { return nil }
            note(notification)
            return .told(notification)
        } catch {
            connection = nil
            guard hasWatched, error.isPassing || error.kind == .permission else { throw error }
            nextTry = .now + pause
            pause = min(pause * 2, Self.pauses.longest)
            return .interrupted(error)
        }
    }

    private func begin() throws(ClientError) -> Event {
        let connection = try Connection(to: path, patience: patience)
        var call = Call("session.watch", filter)
        if let place {
            call.set("epoch", place.epoch)
            call.set("since", place.since)
        }
        let answer = try connection.ask(call)
        let result = try answer.result()
        guard let epoch = result["epoch"].string, let sequence = result["seq"].integer else {
            throw .notAnAnswer(answer.line)
        }
        let resync = result["resync"].bool == true
        // What was missed is told next, and numbered on from what was seen: only then is more seen than before.
        place = (epoch, resync ? sequence : place?.since ?? sequence)
        self.connection = connection
        hasWatched = true
        pause = Self.pauses.first
        return .watching(line: answer.line, resync: resync)
    }

    /// Remembers how far the watch has come.
    private func note(_ notification: Connection.Notification) {
        let parameters = notification.message["params"]
        guard let sequence = parameters["seq"].integer else { return }
        place = (parameters["epoch"].string ?? place?.epoch ?? "", sequence)
    }

    /// Lets time pass; returns whether `moment` came before `deadline`.
    private func sleep(until moment: ContinuousClock.Instant, _ deadline: ContinuousClock.Instant?) -> Bool {
        let end = deadline.map { min($0, moment) } ?? moment
        while true {
            let (seconds, fraction) = (end - .now).components
            guard seconds > 0 || (seconds == 0 && fraction > 0) else { return end == moment }
            _ = poll(nil, 0, CInt(min(seconds, 1000) * 1000 + fraction / 1_000_000_000_000_000 + 1))
        }
    }
}
