// What several connections have sent, read before any of it is answered: of the lookups among it, which is nearly all of it,
// the sessions are fetched from memory together.

internal import JSONRPC
internal import Sessions

/// What was read of connections that are about to be answered.
struct Arrivals: ~Copyable {
    /// What one connection has sent.
    struct Share {
        let descriptor: CInt
        /// Where it lies in `bytes`.
        let range: Range<Int>
        /// Where the lookups that it begins with lie in `lookups`.
        let lookups: Range<Int>
    }

    /// A line that is a lookup in the form in which clients write it.
    struct Lookup {
        /// The line without its end.
        let line: Range<Int>
        /// Where the line after it begins.
        let next: Int
        let request: PlainLookup
    }

    /// How many lines of one connection are looked at in advance.
    private static let linesAhead = 16

    /// The bytes, one connection's after the other's.
    private(set) var bytes = ByteBuffer()
    private(set) var shares: [Share] = []
    private(set) var lookups: [Lookup] = []
    /// Of each lookup, what it looks up.
    private(set) var hashes: [TokenHash] = []

    /// Whether it is time to answer.
    var isFull: Bool { max(shares.count, hashes.count) >= SessionStore.prefetchLimit }

    /// Reads once from a connection that holds no input.
    mutating func read(_ connection: Connection, limit: Int) -> Connection.Arrival {
        let start = bytes.count
        let arrival = connection.read(into: &bytes, limit: limit)
        if case .bytes = arrival {
            let first = lookups.count
            // Who has sent more is answered behind the others.
            if bytes.count - start <= limit / 2 { lookAhead(from: start) }
            let share = Share(
                descriptor: connection.descriptor,
                range: start..<bytes.count,
                lookups: first..<lookups.count
            )
            shares.append(share)
        }
        return arrival
    }

    private mutating func lookAhead(from start: Int) {
        var next = start
        for _ in 0..<Self.linesAhead {
            guard let lookup = Lookup(in: bytes.bytes, at: next) else { return }
            lookups.append(lookup)
            hashes.append(lookup.request.token)
            next = lookup.next
        }
    }

    mutating func removeAll() {
        bytes.reset(keeping: spareBufferLimit)
        shares.removeAll(keepingCapacity: true)
        lookups.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
    }

    /// Overwrites what was read: there were tokens in it.
    mutating func wipe() { bytes.wipe() }
}

extension Arrivals.Lookup {
    /// Recognises it in what was read; nil when something else begins there.
    init?(in bytes: Span<UInt8>, at start: Int) {
        let rest = bytes.extracting(start...)
        guard case .line(let content, let next) = nextLine(in: rest, isAtEnd: false),
            let request = PlainLookup(rest.extracting(content))
        else { return nil }
        line = (start + content.lowerBound)..<(start + content.upperBound)
        self.next = start + next
        self.request = request
    }
}
