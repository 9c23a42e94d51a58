// Waiting for many connections at once, for a clock that ticks, and for the wish to stop: epoll(7), timerfd_create(2)
// and signalfd(2).

internal import CLinux
internal import Durability
internal import Glibc

/// What the generator waits with.
@safe
final class Poller {
    /// The member that is ready, by the number it was added under.
    struct Ready {
        let member: Int
        let isWritable: Bool
        /// There is something to read, or the other end is gone, which reading tells.
        let isReadable: Bool
    }

    private static let batch = 256
    private static let ticks = UInt64.max
    private let descriptor: CInt
    private var timer: CInt = -1
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: batch)

    init() throws(BenchError) {
        descriptor = try checked("make an epoll set") { epoll_create1(CInt(EPOLL_CLOEXEC)) }
    }

    deinit {
        close(descriptor)
        if timer >= 0 { close(timer) }
    }

    func add(_ member: CInt, number: Int, writable: Bool = false) throws(BenchError) {
        _ = try checked("watch a connection") { control(EPOLL_CTL_ADD, member, UInt64(number), writable: writable) }
    }

    /// Cannot fail for a member: it takes no memory.
    func modify(_ member: CInt, number: Int, writable: Bool) {
        _ = control(EPOLL_CTL_MOD, member, UInt64(number), writable: writable)
    }

    /// Ends waits at least this often from now on, in nanoseconds.
    func tick(every interval: UInt64) throws(BenchError) {
        timer = try checked("make a timer") { timerfd_create(CLOCK_MONOTONIC, CInt(TFD_CLOEXEC) | O_NONBLOCK) }
        let time = timespec(tv_sec: Int(interval / 1_000_000_000), tv_nsec: Int(interval % 1_000_000_000))
        var both = itimerspec(it_interval: time, it_value: time)
        _ = try checked("set a timer") { unsafe timerfd_settime(timer, 0, &both, nil) }
        _ = try checked("watch a timer") { control(EPOLL_CTL_ADD, timer, Self.ticks, writable: false) }
    }

    /// Waits until members are ready, at most so long, and returns how many are.
    func wait(milliseconds: CInt) -> Int {
        let count = unsafe events.withUnsafeMutableBufferPointer { events in
            unsafe epoll_wait(descriptor, events.baseAddress, CInt(events.count), milliseconds)
        }
        return max(Int(count), 0)
    }

    /// One of those that the last wait found; nil for the timer.
    func ready(_ index: Int) -> Ready? {
        let event = unsafe events[index]
        let number = unsafe event.data.u64
        if number == Self.ticks {
            var expirations: UInt64 = 0
            unsafe read(timer, &expirations, MemoryLayout<UInt64>.size)
            return nil
        }
        let writable = unsafe event.events & UInt32(EPOLLOUT.rawValue) != 0
        let readable = unsafe event.events & ~UInt32(EPOLLOUT.rawValue) != 0
        return Ready(member: Int(number), isWritable: writable, isReadable: readable)
    }

    private func control(_ operation: CInt, _ member: CInt, _ number: UInt64, writable: Bool) -> CInt {
        let interest = UInt32(EPOLLIN.rawValue) | (writable ? UInt32(EPOLLOUT.rawValue) : 0)
        var event = unsafe epoll_event(events: interest, data: epoll_data_t(u64: number))
        return unsafe epoll_ctl(descriptor, operation, member, &event)
    }
}

/// Whether somebody has asked to stop, by Ctrl-C (SIGINT) or SIGTERM. While one exists, these no longer end the process.
public final class Interruption {
    private let descriptor: CInt
    /// Signals arrive in any thread that lets them in: none may.
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// Begins to take the signals.
    public init() throws(BenchError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in Self.signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        // Nor may it end at once when nobody reads its output any more: there may be servers to stop.
        _ = signal(SIGPIPE, SIG_IGN)
        descriptor = try checked("take signals") { unsafe signalfd(-1, &set, CInt(SFD_CLOEXEC) | O_NONBLOCK) }
    }

    deinit { close(descriptor) }

    /// Whether a signal has come since this was asked last.
    public func hasCome() -> Bool {
        var information = signalfd_siginfo()
        return unsafe read(descriptor, &information, MemoryLayout<signalfd_siginfo>.size) > 0
    }

    func check() throws(BenchError) {
        if hasCome() { throw Self.error }
    }

    /// What a measurement ends with that was asked to stop.
    static let error = BenchError(.interrupted, "stopped as asked; what was made is removed")
}

/// Makes a system call that has to succeed.
func checked(_ operation: String, _ body: () -> CInt) throws(BenchError) -> CInt {
    do {
        return CInt(try systemCall(operation) { Int(body()) })
    } catch {
        throw BenchError(.system, error.message)
    }
}

/// The time of day, in milliseconds since 1970.
func wallTime() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// The time since some moment, in nanoseconds; it never goes back.
package func monotonicTime() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
