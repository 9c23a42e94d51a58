// What `sessionctl top` does all the time: wait for keys, signals and news of the daemon, and show what they come to.

import CLinux
import Glibc
import LiveView
import SessionClient
import Terminal

/// The live view while it is on the screen.
struct TopLoop {
    /// Changes that come one by one are shown together, so that the screen is calm.
    private static let calm = Duration.milliseconds(200)
    /// After this, an escape character was the escape key.
    private static let escapeTime = Duration.milliseconds(50)
    /// An answer may take so long beyond the interval before that is said.
    private static let patience = Duration.seconds(2)

    private let screen: FullScreen
    private let signals: TerminalSignals
    private let mailbox: Mailbox<News>
    private let changes: ChangesFeed
    private let interval: Duration

    private var keys = KeyReader()
    private var choices: Choices
    private var live: Measurements
    /// What stays on the screen while it is paused.
    private var frozen: Measurements?
    private var answeredAt = ContinuousClock.now
    private var gone: (since: ContinuousClock.Instant, error: ClientError)?
    private var shownAt = ContinuousClock.now
    /// Something is new since it was shown; and whether it can wait.
    private var isStale = true
    private var isUrgent = true

    init(
        _ screen: FullScreen,
        _ signals: TerminalSignals,
        _ mailbox: Mailbox<News>,
        _ changes: ChangesFeed,
        interval: Double,
        user: String?
    ) {
        (self.screen, self.signals, self.mailbox, self.changes) = (screen, signals, mailbox, changes)
        self.interval = .seconds(interval)
        choices = Choices(user: user)
        live = Measurements(interval: interval)
    }

    /// Shows the daemon until somebody has enough of it; returns the signal that ended it, if one did.
    mutating func run() -> CInt? {
        while true {
            show()
            var interests = [screen.descriptor, signals.descriptor, mailbox.descriptor]
                .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            unsafe poll(&interests, nfds_t(interests.count), patience)
            while let wish = signals.next() {
                if case .end(let signal) = wish { return signal }
                obey(wish)
            }
            for news in mailbox.takeAll() { take(news) }
            var pressed: [Key] = []
            if interests[0].revents != 0 {
                guard let bytes = screen.read() else { return SIGHUP }
                pressed = keys.read(bytes)
            } else if keys.isWaiting {
                pressed = keys.giveUp()
            }
            for key in pressed where !take(key) { return nil }
        }
    }

    /// How long to wait at most, in milliseconds: to show what is new, to take an escape character for the key, or to count
    /// the seconds that the daemon is gone.
    private var patience: CInt {
        if keys.isWaiting { return CInt(Self.escapeTime / .milliseconds(1)) }
        if isStale { return CInt(max(Self.calm - (.now - shownAt), .zero) / .milliseconds(1)) + 1 }
        return 500
    }

    private mutating func show() {
        let link = currentLink
        if link != live.link { (live.link, isStale, isUrgent) = (link, true, true) }
        guard isUrgent || isStale && .now - shownAt >= Self.calm else { return }
        live.timeZone = secondsFromUTC()
        if !choices.isPaused { frozen = nil } else if frozen == nil { frozen = live }
        var measurements = frozen ?? live
        measurements.link = link
        screen.show(liveScreen(measurements, choices, size: screen.size))
        (shownAt, isStale, isUrgent) = (.now, false, false)
    }

    private var currentLink: Measurements.Link {
        if let gone { return .gone(seconds: seconds(since: gone.since), reason: words(for: gone.error)) }
        guard .now - answeredAt > interval + Self.patience else { return .answering }
        return .silent(seconds: seconds(since: answeredAt))
    }

    private func seconds(since moment: ContinuousClock.Instant) -> Int { Int((.now - moment) / .seconds(1)) }

    private func words(for error: ClientError) -> String {
        switch error.kind {
        case .absent: "nobody listens"
        case .closed: "the daemon has ended"
        default: error.message
        }
    }

    private mutating func obey(_ wish: TerminalSignals.Wish) {
        switch wish {
        case .end: break
        case .stop:
            screen.giveBack()
            signals.stop()
            screen.take()
        case .goOn: screen.take()
        case .resize: screen.forget()
        }
        isUrgent = true
    }

    private mutating func take(_ news: News) {
        switch news {
        case .facts(let facts): live.facts = facts
        case .gone(let error):
            if gone == nil { gone = (.now, error) }
            gone?.error = error
        case .change(let entry):
            live.changes.append(entry)
            if !choices.isPaused { isStale = true }
        case .sample(let sample):
            if let before = live.sample, before.startedAt != sample.startedAt {
                live.changes.append(.note("the daemon was started again"))
            }
            (gone, answeredAt) = (nil, .now)
            live.take(sample, at: Double(ContinuousClock.now.sinceSomeMoment / .milliseconds(1)) / 1000)
            if !choices.isPaused { isUrgent = true }
        }
    }

    /// Does what a key means; returns false when that is to quit.
    private mutating func take(_ key: Key) -> Bool {
        isUrgent = true
        switch choices.take(key) {
        case .nothing: return true
        case .quit: return false
        case .redraw: screen.forget()
        case .watch: changes.watch(choices.user)
        }
        return true
    }
}

extension ContinuousClock.Instant {
    fileprivate var sinceSomeMoment: Duration { TopLoop.begin.duration(to: self) }
}

extension TopLoop {
    fileprivate static let begin = ContinuousClock.now
}

/// The seconds from UTC to local time, now.
private func secondsFromUTC() -> Int {
    var now = time(nil)
    var parts = unsafe tm()
    unsafe localtime_r(&now, &parts)
    return unsafe parts.tm_gmtoff
}
