// Rests: a line cannot be left half-way, and some take the daemon as long as a hundred lookups. An account may ask for some such
// at once, and for as many as take a two-hundredth of the time; for more it is not served meanwhile, as long as others ask.

internal import CLinux
internal import Glibc

extension ConnectionSet {
    /// From how much work on, in bytes, a turn is measured: more than a pipeline of short lines comes to.
    static let longWork = 1 << 15
    /// From when on a turn was long, in nanoseconds: others have no more than three times their usual time until then.
    static let longTurn: UInt64 = 200_000
    /// How much time an account may take at once by long turns, in nanoseconds, and how many times as long it takes until it
    /// may do so again.
    static let longTurnBurst: UInt64 = 4_000_000
    static let restFactor: UInt64 = 200
    static let longestRest: UInt64 = 250_000_000

    /// Whether others than the account that was served last ask, or did so lately.
    var isContended: Bool { roundNumber < contendedUntil || queues.contains { $0 !== lastAccount } }

    /// Begins a rest if a turn was long, and so were many before it.
    ///
    /// - Parameter began: When the turn began, by the service's clock.
    func restIfNeeded(_ account: Account, since began: UInt64) {
        let now = service.ticks()
        let took = now - min(began, now)
        guard took >= Self.longTurn else { return }
        let taken = account.noteLongTurn(took, at: now, decay: Self.restFactor)
        guard taken > Self.longTurnBurst else { return }
        account.restsUntil = now + min((taken - Self.longTurnBurst) * Self.restFactor, Self.longestRest)
    }

    /// Whether an account rests; when nobody else asks, none does.
    func isResting(_ account: Account) -> Bool {
        guard account.restsUntil > 0, isContended else { return false }
        if service.ticks() < account.restsUntil { return true }
        account.restsUntil = 0
        return false
    }

    /// Lets the set be ready when the first rest of those is over who wait for nothing else.
    func wakeAfterRests() {
        guard let first = queues.lazy.map(\.restsUntil).min(), first != alarm else { return }
        alarm = first
        let now = service.ticks()
        let left = max(first - min(now, first), 1)
        let time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        var times = itimerspec(it_interval: timespec(), it_value: time)
        unsafe timerfd_settime(timer, 0, &times, nil)
    }

    /// Takes note that the alarm has gone off.
    func stopAlarm() {
        var expirations: UInt64 = 0
        _ = unsafe read(timer, &expirations, MemoryLayout<UInt64>.size)
        alarm = 0
    }
}
