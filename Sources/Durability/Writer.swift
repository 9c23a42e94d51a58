// The writer thread: the only one that waits for the disk, so that the loop never does. The loop sends it commands and
// takes back events; nothing else is shared between the two.

internal import CLinux
internal import Glibc
internal import Synchronization

/// What the loop asks of the writer. What concerns the journal is carried out first and in the order in which it was sent;
/// snapshots, which no change waits for, come when nothing else is left to do.
public enum WriterCommand: Sendable {
    /// Answer with a `pong`: proves that the writer is alive and through with the commits that came before.
    case ping
    /// Begin a journal, in place of the one that is being written.
    case beginJournal(JournalBeginning)
    /// Append the records that a `CommitBuffer` gave out, of changes up to this one, and sync.
    case commit([UInt8], upTo: UInt64)
    /// Begin a snapshot of this generation.
    case beginSnapshot(generation: UInt64)
    /// Append a piece to the snapshot that was begun.
    case appendToSnapshot([UInt8])
    /// Make the snapshot the newest generation.
    case finishSnapshot
    /// End the thread.
    case stop

    fileprivate var concernsSnapshot: Bool {
        switch self {
        case .beginSnapshot, .appendToSnapshot, .finishSnapshot: true
        case .ping, .beginJournal, .commit, .stop: false
        }
    }
}

/// What the writer tells the loop.
public enum WriterEvent: Sendable {
    /// A ping was reached.
    case pong
    /// A journal was begun and has its name.
    case journalBegun(generation: UInt64)
    /// All changes up to this one are on the disk.
    case committed(upTo: UInt64)
    /// The journal failed and is given up. What was sent for it and still comes is not written, until one is begun.
    case journalFailed(SystemError)
    /// A piece of this many bytes is no longer held in memory.
    case pieceWritten(Int)
    /// The snapshot is on the disk.
    case snapshotFinished(SnapshotReceipt)
    /// The snapshot was given up; what was sent for it and still comes is ignored until the next one begins.
    case snapshotFailed(SystemError)
}

/// The loop's end of the writer thread.
public final class Writer: Sendable {
    /// Becomes readable when there are events; `receive` makes it unreadable again.
    public let eventDescriptor: CInt

    private let shared: Shared
    private let thread: pthread_t

    /// Starts the thread.
    public init(disk: some Disk) throws(SystemError) {
        let shared = Shared(
            wakeLoop: try Self.eventDescriptor(flags: CInt(EFD_CLOEXEC | EFD_NONBLOCK)),
            wakeThread: try Self.eventDescriptor(flags: CInt(EFD_CLOEXEC))
        )
        let body = ThreadBody { run(shared, disk) }
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                unsafe Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            },
            Unmanaged.passRetained(body).toOpaque()
        )
        if code != 0 { throw SystemError("start the writer thread", code: code) }
        self.shared = shared
        self.thread = thread
        eventDescriptor = shared.wakeLoop
    }

    /// Asks for something; returns at once.
    public func send(_ command: WriterCommand) {
        shared.commands.withLock { commands in
            if command.concernsSnapshot { commands.snapshot.append(command) } else { commands.journal.append(command) }
        }
        Self.signal(shared.wakeThread)
    }

    /// Takes all events that have come.
    public func receive() -> [WriterEvent] {
        Self.drain(shared.wakeLoop)
        return shared.events.withLock { events in
            defer { events = [] }
            return events
        }
    }

    /// Ends the thread after the commands for the journal that were sent before, and waits for that; what is left of a snapshot
    /// is dropped.
    public func stop() {
        send(.stop)
        pthread_join(thread, nil)
    }

    fileprivate static func signal(_ descriptor: CInt) {
        var one: UInt64 = 1
        // EAGAIN would mean that the counter is at its limit: the other end is awake already.
        _ = systemCall { unsafe write(descriptor, &one, 8) }
    }

    fileprivate static func drain(_ descriptor: CInt) {
        var count: UInt64 = 0
        _ = systemCall { unsafe read(descriptor, &count, 8) }
    }

    private static func eventDescriptor(flags: CInt) throws(SystemError) -> CInt {
        CInt(try systemCall("eventfd") { Int(eventfd(0, flags)) })
    }
}

/// What the writer has still to do.
private struct Commands: Sendable {
    var journal: [WriterCommand] = []
    var snapshot: [WriterCommand] = []

    /// Takes what is to be done next: all that concerns the journal, or else one step of a snapshot.
    mutating func next() -> [WriterCommand] {
        guard journal.isEmpty else {
            defer { journal = [] }
            return journal
        }
        return snapshot.isEmpty ? [] : [snapshot.removeFirst()]
    }
}

/// What both threads hold.
private final class Shared: Sendable {
    let commands = Mutex<Commands>(Commands())
    let events = Mutex<[WriterEvent]>([])
    let wakeLoop: CInt
    let wakeThread: CInt

    init(wakeLoop: CInt, wakeThread: CInt) {
        self.wakeLoop = wakeLoop
        self.wakeThread = wakeThread
    }

    deinit {
        close(wakeLoop)
        close(wakeThread)
    }

    func tell(_ event: WriterEvent) {
        events.withLock { $0.append(event) }
        Writer.signal(wakeLoop)
    }
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

/// The thread's life: take commands, carry them out, until told to stop.
private func run(_ shared: Shared, _ disk: some Disk) {
    var worker = WriterState(disk: disk)
    while true {
        let commands = shared.commands.withLock { $0.next() }
        if commands.isEmpty { Writer.drain(shared.wakeThread) }
        for command in commands {
            if case .stop = command { return worker.close() }
            for event in worker.carryOut(command) { shared.tell(event) }
        }
    }
}
