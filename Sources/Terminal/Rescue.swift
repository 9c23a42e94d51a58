// Giving the terminal back when the program crashes: who has just lost a program should not have lost the terminal, too. Then
// the signal does what it would have done, a core dump or a backtrace included. In the handlers there are only calls that
// signal-safety(7) allows, and memory that was made before.

internal import Glibc

enum Rescue {
    /// What ends a program that did something wrong, or a person that has lost patience (Ctrl-\).
    private static let signals = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS, SIGQUIT]

    /// Gets ready to write this to a terminal and to set these modes.
    static func prepare(_ descriptor: CInt, giving: StaticString, modes: termios) {
        release()
        let ropes = UnsafeMutablePointer<Ropes>.allocate(capacity: 1)
        unsafe ropes.initialize(to: Ropes(descriptor: descriptor, giving: giving, modes: modes))
        unsafe ropes.pointee.provideStack()
        for signal in signals { unsafe ropes.pointee.handle(signal) }
        unsafe held = ropes
    }

    /// Lets the signals do what they did before.
    static func release() {
        guard let ropes = unsafe held else { return }
        unsafe held = nil
        for signal in signals { unsafe ropes.pointee.restore(signal) }
        unsafe ropes.pointee.takeStack()
        unsafe ropes.deallocate()
    }
}

/// What the handlers need. They look at it on whichever thread has crashed, and only while it stays as it is.
private nonisolated(unsafe) var held: UnsafeMutablePointer<Ropes>?

@unsafe
private struct Ropes {
    /// No signal has a higher number: signal(7).
    private static let count = 65
    private static let stackSize = 1 << 16

    let descriptor: CInt
    let giving: StaticString
    var modes: termios
    private let actions: UnsafeMutablePointer<sigaction>
    private let stack: UnsafeMutableRawPointer

    init(descriptor: CInt, giving: StaticString, modes: termios) {
        unsafe self.descriptor = descriptor
        unsafe self.giving = giving
        unsafe self.modes = modes
        unsafe actions = .allocate(capacity: Self.count)
        unsafe stack = .allocate(byteCount: Self.stackSize, alignment: 16)
    }

    /// When it was the stack that has run out, there is another to write this from.
    func provideStack() {
        var own = unsafe stack_t(ss_sp: stack, ss_flags: 0, ss_size: Self.stackSize)
        unsafe sigaltstack(&own, nil)
    }

    func takeStack() {
        var none = unsafe stack_t(ss_sp: nil, ss_flags: CInt(SS_DISABLE), ss_size: Self.stackSize)
        unsafe sigaltstack(&none, nil)
        unsafe stack.deallocate()
        unsafe actions.deallocate()
    }

    func handle(_ signal: CInt) {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = { unsafe rescue($0, $1, $2) }
        action.sa_flags = SA_ONSTACK | SA_SIGINFO
        unsafe sigaction(signal, &action, actions + Int(signal))
    }

    func restore(_ signal: CInt) { unsafe sigaction(signal, actions + Int(signal), nil) }

    /// Lets a signal do what it does by itself, and calls who took it before.
    func passOn(_ signal: CInt, _ information: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?) {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = SIG_DFL
        unsafe sigaction(signal, &action, nil)
        let before = unsafe actions[Int(signal)]
        guard before.sa_flags & SA_SIGINFO != 0 else { return }
        unsafe before.__sigaction_handler.sa_sigaction?(signal, information, context)
    }
}

/// What happens on a signal that ends the program.
private func rescue(
    _ signal: CInt,
    _ information: UnsafeMutablePointer<siginfo_t>?,
    _ context: UnsafeMutableRawPointer?
) {
    guard let ropes = unsafe held else { return }
    let text = unsafe ropes.pointee.giving
    unsafe _ = write(ropes.pointee.descriptor, text.utf8Start, text.utf8CodeUnitCount)
    unsafe tcsetattr(ropes.pointee.descriptor, TCSANOW, &ropes.pointee.modes)
    unsafe ropes.pointee.passOn(signal, information, context)
    // It comes again when this returns, also where somebody else has sent it.
    raise(signal)
}
