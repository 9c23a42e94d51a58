// Where the figures and the changes come from: two threads, each with a connection of its own, that ask and listen, and try
// again for as long as it takes when the daemon is gone.

import LiveView
import SessionClient
import Synchronization
import Terminal

/// What the threads tell the loop.
enum News: Sendable {
    case facts(ServerFacts)
    case sample(Sample)
    /// The daemon cannot be asked.
    case gone(ClientError)
    case change(ChangeLog.Entry)
}

/// Asks for the figures, once in an interval.
struct FiguresFeed: Sendable {
    /// Longer than this no answer is waited for before the question is asked again.
    private static let patience = Duration.seconds(5)
    private static let pause = Duration.milliseconds(250)

    let path: String
    let interval: Duration
    let mailbox: Mailbox<News>

    /// Asks for as long as the process lives.
    func run() {
        while true {
            do {
                try ask()
            } catch {
                if error.kind != .timeout { mailbox.post(.gone(error)) }
                pass(Self.pause)
            }
        }
    }

    private func ask() throws(ClientError) {
        let connection = try Connection(to: path, patience: Self.patience)
        mailbox.post(.facts(ServerFacts(try connection.result(of: Call("server.info")))))
        var next = ContinuousClock.now
        while true {
            mailbox.post(.sample(Sample(try connection.result(of: Call("server.stats")))))
            // After a delay the old rhythm goes on, without making up for what was left out: of next to no time there is no rate.
            next += interval
            while next < .now + interval / 4 { next += interval }
            pass(next - .now)
        }
    }
}

/// Listens to changes.
final class ChangesFeed: Sendable {
    /// More in a second nobody can read, and nobody shall pay for: the rest of the second is left out.
    private static let most = 500
    private static let pause = Duration.milliseconds(250)
    private static let kinds: JSONTree = ["created", "updated", "touched", "rotated", "revoked", "expired"]

    private let path: String
    private let mailbox: Mailbox<News>
    /// Whose changes are wanted, and how often that was changed.
    private let wanted: Mutex<(user: String?, version: Int)>

    init(path: String, user: String?, mailbox: Mailbox<News>) {
        self.path = path
        self.mailbox = mailbox
        wanted = Mutex((user, 0))
    }

    /// Listens to a user's changes from here on, or everyone's.
    func watch(_ user: String?) { wanted.withLock { $0 = (user, $0.version + 1) } }

    /// Listens for as long as the process lives.
    func run() {
        var place: (epoch: String, since: Int64)?
        while true { place = listen(from: place) }
    }

    /// Swift 6.3.1 never comes to an end with optimising the loop above when this stands in it.
    @inline(never)
    private func listen(from place: (epoch: String, since: Int64)?) -> (epoch: String, since: Int64)? {
        let (user, version) = wanted.withLock { $0 }
        var filter: JSONTree = ["changes": Self.kinds]
        if let user { filter = ["changes": Self.kinds, "userId": .string(user)] }
        return listen(SessionWatch(at: path, filter: filter, from: place), version)
    }

    /// Listens until others are wanted, or too many come.
    ///
    /// - Returns: Where to go on; nil for with what comes next, whatever was left out.
    private func listen(_ watch: SessionWatch, _ version: Int) -> (epoch: String, since: Int64)? {
        var second = ContinuousClock.now + .seconds(1)
        var count = 0
        while wanted.withLock({ $0.version }) == version {
            do {
                guard let event = try watch.next(within: .milliseconds(100)) else { continue }
                if ContinuousClock.now >= second { (second, count) = (.now + .seconds(1), 0) }
                tell(event)
                count += 1
                if count > Self.most {
                    mailbox.post(.change(.note("more than can be read: some are left out")))
                    pass(second - .now)
                    return nil
                }
            } catch {
                // The figures say that it is gone; this is about a daemon that was gone before it was watched.
                pass(Self.pause)
                break
            }
        }
        return watch.lastSeen
    }

    private func tell(_ event: SessionWatch.Event) {
        switch event {
        case .watching(_, resync: true): mailbox.post(.change(.note("some are missing")))
        case .watching, .interrupted: break
        case .told(let notification) where notification.message["method"].string == "session.changed":
            mailbox.post(.change(.change(SessionChange(notification.message["params"]))))
        case .told(let notification) where notification.message["method"].string == "session.resync":
            mailbox.post(.change(.note("some are missing")))
        case .told: break
        }
    }
}
