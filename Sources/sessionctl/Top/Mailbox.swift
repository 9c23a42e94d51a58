// What threads that wait for the daemon have to say, for a loop that waits for the terminal: so that the screen stays alive
// however long an answer takes.

import CLinux
import Glibc
import Synchronization
import Terminal

/// Messages from other threads.
final class Mailbox<Message: Sendable>: Sendable {
    /// For poll(2): it is readable when there is a message.
    let descriptor: CInt
    private let messages = Mutex<[Message]>([])

    init() throws(TerminalError) {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        if descriptor < 0 { throw TerminalError("cannot make a mailbox: error \(errno)") }
    }

    deinit { close(descriptor) }

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        eventfd_write(descriptor, 1)
    }

    /// All that has come since the last time.
    func takeAll() -> [Message] {
        var count = eventfd_t()
        unsafe eventfd_read(descriptor, &count)
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}

/// Does something on a thread of its own, which ends with the process.
func onOwnThread(_ body: @escaping @Sendable () -> Void) throws(TerminalError) {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { body in
        unsafe Unmanaged<Body>.fromOpaque(body!).takeRetainedValue().run()
        return nil
    }
    let code = unsafe pthread_create(&thread, nil, start, Unmanaged.passRetained(Body(body)).toOpaque())
    if code != 0 { throw TerminalError("cannot start a thread: error \(code)") }
    pthread_detach(thread)
}

/// Lets time pass on a thread.
func pass(_ time: Duration) {
    // No signal comes to such a thread to end this early.
    if time > .zero { usleep(UInt32(time / .microseconds(1))) }
}
