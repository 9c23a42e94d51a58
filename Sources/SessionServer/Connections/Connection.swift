// One caller: its socket, what it has sent and was not answered yet, and what it was answered and has not taken yet.
// Between turns most connections hold neither, and no memory for them.

internal import CLinux
internal import Durability
internal import Glibc
internal import JSONRPC

/// A connected caller.
final class Connection {
    let descriptor: CInt
    let role: Role
    let peer: Peer
    /// What its uid holds.
    let account: Account
    /// How much of that it holds itself between turns.
    var charged = Amounts(connections: 1)
    /// How long its answers are that wait for the disk.
    var heldBytes = 0
    /// What was read and not carried out: a line without its end, or lines that wait for something.
    var input = ByteBuffer()
    /// What was answered and not yet taken.
    var output = ByteBuffer()
    /// For what the epoll set watches it.
    var interest: EpollSet.Events
    /// Whether it is in the epoll set.
    var isWatched = true
    /// The caller has said that it will send nothing more.
    var isAtEnd = false
    /// The caller takes no more answers; what it has sent is still carried out.
    var isDeaf = false
    /// It was sent away: nothing that it sends is carried out any more, and it is closed when it has had time to read why.
    var isClosing = false
    /// It was told that no more answers come.
    private(set) var isShutDown = false
    /// It has been given a while to go by itself.
    var hadNotice = false
    /// Whole lines were left unanswered: one turn was not enough, or it has to take the answers to those before.
    var hasLines = false
    /// Of the line at the front of the input a part was answered: nothing else is sent to it until the rest is.
    var unfinished: UnfinishedLine?
    /// As a watcher it was not told all that there is.
    var hasNews = false
    /// It waits for another turn, in the queue of its account.
    var isQueued = false
    /// How much of what it has sent was read when it was put there.
    var queuedBytes = 0
    /// The other end is gone.
    var hasHungUp = false
    /// How many ticks ago the line began that is unfinished.
    var ticksInLine = 0
    /// How many turns' answers to it wait for the disk. Until all are sent it is served no further, but for the rest of a
    /// batch.
    var held = 0
    /// The last change that they wait for.
    var heldUpTo: UInt64 = 0
    /// What it is told of changes, if it asked for that.
    var watcher: Watcher?
    /// Its next line asks for a snapshot, which is being taken.
    var waitsForSnapshot = false
    /// The snapshot that its next line asked for.
    var snapshot: SnapshotOutcome?

    /// Whether it is as it was when it came: it holds no input, no output and no answers that wait, is no watcher, and is
    /// read when there is something to be read. So it is with nearly every one at nearly every time, and who serves it
    /// need not ask for each of these. Only `ConnectionSet.settle` says so; whatever changes one of them takes it back.
    var isQuiet = true

    /// Whether it waits for nothing but its caller.
    var isFree: Bool { held == 0 && !waitsForSnapshot }

    /// Whether it has begun a line, and could finish it.
    var isInLine: Bool {
        !input.isEmpty && !hasLines && isFree && output.isEmpty && !isAtEnd && !isClosing && !isQueued
    }

    init(descriptor: CInt, role: Role, peer: Peer, account: Account, interest: EpollSet.Events) {
        self.descriptor = descriptor
        self.role = role
        self.peer = peer
        self.account = account
        self.interest = interest
    }

    deinit { close(descriptor) }

    /// Tells the caller that no more answers come. Closing at once instead would let its writes fail before it has read
    /// why it is sent away.
    func shutDown() {
        guard !isShutDown else { return }
        isShutDown = true
        shutdown(descriptor, CInt(SHUT_WR))
    }

    /// How a read went.
    enum Arrival {
        case bytes(Int)
        case nothingYet
        case end
    }

    /// Reads once.
    func read(into buffer: inout ByteBuffer, limit: Int) -> Arrival {
        let count = unsafe buffer.appendFromSystemCall(capacity: limit) { room in
            systemCall { unsafe recv(descriptor, room.baseAddress, room.count, CInt(MSG_DONTWAIT)) }
        }
        if count > 0 { return .bytes(count) }
        return count == -Int(EAGAIN) ? .nothingYet : .end
    }

    /// Writes once what a buffer holds; what was not taken stays in it.
    ///
    /// - Returns: How many bytes were taken.
    func write(_ buffer: inout ByteBuffer) -> Int {
        let count = send(buffer.bytes)
        if isDeaf { buffer.truncate(to: 0) } else { buffer.consume(count) }
        return count
    }

    /// Writes once.
    ///
    /// - Returns: How many bytes were taken; zero also when nobody will take any, which `isDeaf` says from then on.
    func send(_ bytes: Span<UInt8>) -> Int {
        guard !bytes.isEmpty, !isDeaf else { return 0 }
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        let count = systemCall {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
        }
        // EPIPE, ECONNRESET and whatever else: nobody will read this.
        if count < 0, count != -Int(EAGAIN) {
            isDeaf = true
            isQuiet = false
        }
        return max(count, 0)
    }
}
