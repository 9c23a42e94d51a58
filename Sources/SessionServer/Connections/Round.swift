// What one round of serving works on: the memory that is lent to whoever is being served, and the answers until they are
// sent.

internal import Glibc
internal import JSONRPC

/// The answers of a round, and what is needed to make them.
struct Round: ~Copyable {
    /// One connection's share of the answers.
    struct Share {
        let descriptor: CInt
        let start: Int
        let end: Int
        let isHungUp: Bool
        /// The place of what they wait for in `waits`; nil when they can be sent.
        let wait: Int?
    }

    /// What was read of those who hold nothing and were not answered yet.
    var arrivals = Arrivals()
    /// Lent to whichever other connection is being served, so that none needs memory of its own for that.
    var spareInput = ByteBuffer()
    /// The answers, one connection's after the other's.
    var answers = ByteBuffer()
    var shares: [Share] = []
    var waits: [Wait] = []
    /// How many bytes of lines and answers the rounds have come to; only differences count.
    var work = 0
    var bytesRead = 0
    var bytesWritten = 0

    /// Keeps what a share waits for, and says where.
    mutating func note(_ wait: Wait) -> Int {
        waits.append(wait)
        return waits.count - 1
    }

    /// Overwrites what was read and answered, between rounds: there were tokens in it.
    mutating func wipe() {
        arrivals.wipe()
        spareInput.wipe()
        answers.wipe()
    }
}

/// The buffer of a connection that holds something, or else the spare one.
func take(_ own: inout ByteBuffer, orElse spare: inout ByteBuffer) -> ByteBuffer {
    var taken = ByteBuffer()
    if own.isEmpty { swap(&taken, &spare) } else { swap(&taken, &own) }
    return taken
}

/// How much memory the spare buffers keep between turns: as much as a round of long pipelines fills, since memory that is
/// given back and taken again costs more than the answers in it.
let spareBufferLimit = 1 << 21

/// Keeps what is left in a buffer for its connection. When that is less than half of it, it is copied out, so that many
/// callers with half a line each do not hold a large buffer each; the buffer then becomes the spare one again.
func giveBack(_ buffer: consuming ByteBuffer, to own: inout ByteBuffer, orTo spare: inout ByteBuffer) {
    guard buffer.count < buffer.memory / 2 else {
        own = buffer
        return
    }
    var rest = ByteBuffer()
    rest.append(buffer.bytes)
    own = rest
    buffer.reset(keeping: spareBufferLimit)
    spare = buffer
}
