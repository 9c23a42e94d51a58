// epoll(7), as far as connections need it: which descriptors are ready for what.

internal import CLinux
internal import Durability
internal import Glibc

/// A set of descriptors and what is waited for on each.
@safe
final class EpollSet {
    /// What a descriptor is ready for, or what is waited for on it.
    struct Events: OptionSet {
        let rawValue: UInt32

        static let readable = Events(rawValue: UInt32(EPOLLIN.rawValue) | UInt32(EPOLLRDHUP.rawValue))
        static let writable = Events(rawValue: UInt32(EPOLLOUT.rawValue))
        /// Nothing for now; that the other end is gone is reported once.
        static let resting = Events(rawValue: UInt32(EPOLLET.rawValue))
        /// The other end is gone, or the descriptor is broken; always waited for.
        static let hungUp = Events(rawValue: UInt32(EPOLLHUP.rawValue) | UInt32(EPOLLERR.rawValue))
    }

    /// A descriptor that is ready.
    struct Ready {
        let descriptor: CInt
        let events: Events
    }

    /// The most descriptors that one call of `wait` returns.
    private static let batch = 256

    /// The set's own descriptor: readable when a member is ready.
    let descriptor: CInt
    /// How many members `wait` has found ready.
    private var found: Int?
    private var buffer = unsafe [epoll_event](repeating: epoll_event(), count: batch)

    init() throws(SystemError) {
        descriptor = CInt(try systemCall("make an epoll set") { Int(epoll_create1(CInt(EPOLL_CLOEXEC))) })
    }

    deinit { close(descriptor) }

    func add(_ member: CInt, _ events: Events) throws(SystemError) {
        let result = control(EPOLL_CTL_ADD, member, events)
        if result < 0 { throw SystemError("watch a connection", code: CInt(-result)) }
    }

    /// Cannot fail for a member: it takes no memory.
    func modify(_ member: CInt, _ events: Events) { _ = control(EPOLL_CTL_MOD, member, events) }

    func remove(_ member: CInt) { _ = control(EPOLL_CTL_DEL, member, []) }

    /// Waits until a member is ready; `forEachReady` goes on from there.
    func wait() { found = look(milliseconds: -1) }

    /// Calls `body` for every member that is ready now, at most 256 of them.
    ///
    /// - Returns: How many there were.
    func forEachReady(_ body: (Ready) -> Void) -> Int {
        let count = found.take() ?? look(milliseconds: 0)
        for index in 0..<count {
            let event = unsafe buffer[index]
            body(unsafe Ready(descriptor: event.data.fd, events: Events(rawValue: event.events)))
        }
        return count
    }

    private func look(milliseconds timeout: CInt) -> Int {
        let count = systemCall {
            unsafe buffer.withUnsafeMutableBufferPointer { buffer in
                unsafe Int(epoll_wait(descriptor, buffer.baseAddress, CInt(buffer.count), timeout))
            }
        }
        return max(count, 0)
    }

    private func control(_ operation: CInt, _ member: CInt, _ events: Events) -> Int {
        var event = unsafe epoll_event(events: events.rawValue, data: epoll_data_t(fd: member))
        return systemCall { unsafe Int(epoll_ctl(descriptor, operation, member, &event)) }
    }
}
