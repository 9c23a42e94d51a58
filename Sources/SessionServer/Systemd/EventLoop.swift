// sd-event(3) with closures: signals, timers, descriptors that become readable, and work to be done between other
// events. Everything runs on the thread that runs the loop. What there is most of, the connections, does not go through it:
// who serves them waits for the loop's descriptor beside theirs, so that a request costs one epoll_wait(2) and no more.

internal import CLinux
internal import CSystemd
internal import Durability
internal import Glibc

/// The loop of the daemon's one thread.
///
/// Sound: handlers are kept alive by their sources, sources by whoever made them, and none outlives its loop's run.
@safe
final class EventLoop {
    private let event: OpaquePointer
    /// Whether its descriptor was found readable; whoever waits for it says so.
    var isReady = false
    /// Whether what is watched has changed since it was prepared for.
    fileprivate var isChanged = false

    init() throws(SystemError) {
        var made: OpaquePointer?
        let result = unsafe sd_event_new(&made)
        guard let made = unsafe made else { throw SystemError("make an event loop", code: -result) }
        unsafe event = unsafe made
    }

    deinit { unsafe sd_event_unref(event) }

    /// Readable when something that the loop watches is ready.
    var descriptor: CInt { unsafe sd_event_get_fd(event) }

    /// Runs until `exit` is called, and returns its code.
    ///
    /// - Parameter serve: Serves what it waits for beside the loop's descriptor, and returns when it has served something
    ///   or that descriptor is readable. It is told whether it may wait at all.
    func run(beside serve: (_ mayWait: Bool) -> Void) throws(SystemError) -> CInt {
        while unsafe sd_event_get_state(event) != CInt(SD_EVENT_FINISHED) {
            isChanged = false
            var pending = try check("prepare to wait for events", unsafe sd_event_prepare(event))
            if pending == 0 {
                // Timers count from when they were prepared for.
                repeat { serve(true) } while !isReady && !isChanged
                isReady = false
                pending = try check("look for events", unsafe sd_event_wait(event, 0))
            }
            if pending > 0 {
                try check("handle an event", unsafe sd_event_dispatch(event))
                serve(false)
            }
        }
        var code: CInt = 0
        try check("end the event loop", unsafe sd_event_get_exit_code(event, &code))
        return code
    }

    /// Runs for itself until `exit` is called, and returns its code.
    func run() throws(SystemError) -> CInt {
        let result = unsafe sd_event_loop(event)
        if result < 0 { throw SystemError("run the event loop", code: -result) }
        return result
    }

    /// Ends the loop after the handler that is running.
    func exit(_ code: CInt) {
        unsafe sd_event_exit(event, code)
        isChanged = true
    }

    /// Calls `handler` whenever a descriptor is readable.
    func onReadable(_ descriptor: CInt, _ handler: @escaping () -> Void) throws(SystemError) -> EventSource {
        let source = EventSource(of: self, handler)
        let callback: sd_event_io_handler_t = { _, _, _, context in unsafe EventSource.handle(context) }
        let result = unsafe sd_event_add_io(
            event,
            &source.pointer,
            descriptor,
            UInt32(EPOLLIN.rawValue),
            callback,
            source.context
        )
        try check("watch a descriptor", result)
        return source
    }

    /// Calls `handler` when the process gets a signal, which must be blocked.
    func onSignal(_ signal: CInt, _ handler: @escaping () -> Void) throws(SystemError) -> EventSource {
        let source = EventSource(of: self, handler)
        let callback: sd_event_signal_handler_t = { _, _, context in unsafe EventSource.handle(context) }
        try check(
            "watch a signal",
            unsafe sd_event_add_signal(event, &source.pointer, signal, callback, source.context)
        )
        return source
    }

    /// Calls `handler` once, after a time that `EventSource.schedule` sets.
    ///
    /// - Parameter accuracyMicroseconds: By how much it may be later, so as to come together with other timers. The default
    ///   is a millisecond; that of sd-event, 250 of them, is for timers that nobody waits for.
    func onTimer(
        accuracyMicroseconds accuracy: UInt64 = 1000,
        _ handler: @escaping () -> Void
    ) throws(SystemError) -> EventSource {
        let source = EventSource(of: self, handler)
        let callback: sd_event_time_handler_t = { _, _, context in unsafe EventSource.handle(context) }
        let result = unsafe sd_event_add_time_relative(
            event,
            &source.pointer,
            CLOCK_MONOTONIC,
            0,
            accuracy,
            callback,
            source.context
        )
        try check("make a timer", result)
        source.disable()
        return source
    }

    /// Calls `handler` again and again while it is enabled, in turn with what else is ready.
    ///
    /// A descriptor that is always readable, since sd-event serves those in turn; a source made by sd_event_add_defer(3)
    /// would be served before all others for as long as it is enabled.
    func onTurn(_ handler: @escaping () -> Void) throws(SystemError) -> EventSource {
        let always = CInt(try systemCall("eventfd") { Int(eventfd(1, CInt(EFD_CLOEXEC | EFD_NONBLOCK))) })
        let source: EventSource
        do throws(SystemError) {
            source = try onReadable(always, handler)
        } catch {
            close(always)
            throw error
        }
        source.ownDescriptor = always
        source.disable()
        return source
    }

    @discardableResult
    private func check(_ operation: String, _ result: CInt) throws(SystemError) -> CInt {
        if result < 0 { throw SystemError(operation, code: -result) }
        return result
    }
}

/// Something that the loop watches; watching ends with the last reference to it.
@safe
final class EventSource {
    fileprivate var pointer: OpaquePointer?
    /// A descriptor that was made for this source only.
    fileprivate var ownDescriptor: CInt?
    private let loop: EventLoop
    private let handler: () -> Void

    fileprivate init(of loop: EventLoop, _ handler: @escaping () -> Void) {
        self.loop = loop
        self.handler = handler
        unsafe pointer = nil
    }

    deinit {
        unsafe sd_event_source_disable_unref(pointer)
        if let ownDescriptor { close(ownDescriptor) }
    }

    fileprivate var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

    fileprivate static func handle(_ context: UnsafeMutableRawPointer?) -> CInt {
        guard let context = unsafe context else { return 0 }
        unsafe Unmanaged<EventSource>.fromOpaque(context).takeUnretainedValue().handler()
        return 0
    }

    /// Stops calling the handler, until `enable` or `schedule`.
    func disable() { setEnabled(CInt(SD_EVENT_OFF)) }

    /// Goes on calling the handler.
    func enable() { setEnabled(CInt(SD_EVENT_ON)) }

    /// Calls a timer's handler once, this much later.
    func schedule(afterMicroseconds delay: UInt64) {
        unsafe sd_event_source_set_time_relative(pointer, delay)
        setEnabled(CInt(SD_EVENT_ONESHOT))
    }

    private func setEnabled(_ state: CInt) {
        unsafe sd_event_source_set_enabled(pointer, state)
        loop.isChanged = true
    }
}
