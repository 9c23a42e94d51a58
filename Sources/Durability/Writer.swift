// The writer thread: the only one that waits for the disk, so that the loop never does. The loop sends it commands and
// takes back events; nothing else is shared between the two.

internal import CLinux
internal import Glibc
internal import Synchronization

/// What the loop asks of the writer. Commands are carried out in the order in which they were sent.
public enum WriterCommand: Sendable {
    /// Answer with a `pong`: proves that the writer is alive and through with what came before.
    case ping
    /// Begin a snapshot.
    case beginSnapshot
    /// Append a piece to the snapshot that was begun.
    case appendToSnapshot([UInt8])
    /// Make the snapshot the newest generation.
    case finishSnapshot
    /// End the thread.
    case stop
}

/// What the writer tells the loop.
public enum WriterEvent: Sendable {
    /// A ping was reached.
    case pong
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
        shared.commands.withLock { $0.append(command) }
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

    /// Ends the thread when it is through with what was sent, and waits for that.
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

/// What both threads hold.
private final class Shared: Sendable {
    let commands = Mutex<[WriterCommand]>([])
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
        Writer.drain(shared.wakeThread)
        let commands = shared.commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
        for command in commands {
            if case .stop = command { return worker.abandon() }
            for event in worker.carryOut(command) { shared.tell(event) }
        }
    }
}

/// What the writer does for each command, apart from any thread.
struct WriterState<D: Disk> {
    let disk: D
    private var snapshot: SnapshotFile<D>?

    init(disk: D) {
        self.disk = disk
    }

    mutating func carryOut(_ command: WriterCommand) -> [WriterEvent] {
        do throws(SystemError) {
            switch command {
            case .ping: return [.pong]
            case .beginSnapshot:
                abandon()
                snapshot = try SnapshotFile(on: disk)
            case .appendToSnapshot(let piece):
                do {
                    try snapshot?.append(piece)
                } catch {
                    abandon()
                    return [.pieceWritten(piece.count), .snapshotFailed(error)]
                }
                return [.pieceWritten(piece.count)]
            case .finishSnapshot:
                defer { snapshot = nil }
                if let snapshot { return [.snapshotFinished(try snapshot.finish())] }
            case .stop: break
            }
            return []
        } catch {
            return [.snapshotFailed(error)]
        }
    }

    mutating func abandon() {
        snapshot?.abandon()
        snapshot = nil
    }
}
