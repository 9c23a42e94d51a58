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

    /// Lent to the connection that is being served, so that idle ones need no memory of their own.
    var spareInput = ByteBuffer()
    /// The answers, one connection's after the other's.
    var answers = ByteBuffer()
    var shares: [Share] = []
    var waits: [Wait] = []
    /// Who has taken all answers and has sent more than was answered.
    var unfinished: [CInt] = []
    var bytesRead = 0
    var bytesWritten = 0

    /// Keeps what a share waits for, and says where.
    mutating func note(_ wait: Wait) -> Int {
        waits.append(wait)
        return waits.count - 1
    }

    /// Takes the spare buffer, which is empty.
    mutating func takeSpareInput() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &spareInput)
        return taken
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

/// What is left of a connection's input or output is copied out of the spare buffer when it is no longer than this, so
/// that many callers with half a line each do not hold a large buffer each.
private let copyLimit = 1 << 12

/// Keeps what is left in a buffer for its connection; the buffer becomes the spare one again when it can.
func giveBack(_ buffer: consuming ByteBuffer, to own: inout ByteBuffer, orTo spare: inout ByteBuffer) {
    guard buffer.count <= copyLimit else {
        own = buffer
        return
    }
    var rest = ByteBuffer()
    rest.append(buffer.bytes)
    own = rest
    buffer.reset(keeping: spareBufferLimit)
    spare = buffer
}
