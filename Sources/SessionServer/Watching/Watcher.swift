// One watcher: what it wants to be told, and how far it has been told.

internal import JSONRPC
internal import Sessions

/// Which kinds of changes a watcher wants to be told of.
struct EventKinds: OptionSet, Equatable, Sendable {
    let rawValue: UInt8

    /// All but what happens all the time.
    static let unasked = EventKinds([.updated, .rotated, .revoked, .expired])

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ kinds: [SessionEvent.Kind]) {
        rawValue = kinds.reduce(0) { $0 | 1 << $1.place }
    }

    func contains(_ kind: SessionEvent.Kind) -> Bool { rawValue & 1 << kind.place != 0 }
}

extension SessionEvent.Kind {
    fileprivate var place: UInt8 {
        switch self {
        case .created: 0
        case .updated: 1
        case .touched: 2
        case .rotated: 3
        case .revoked: 4
        case .expired: 5
        }
    }
}

/// A caller that is told of changes.
struct Watcher {
    let kinds: EventKinds
    /// Whose sessions it wants to be told of, as UTF-8; nil for everyone's.
    let user: [UInt8]?
    /// The position in the ring of the next event to look at.
    var position: Int

    /// How many events are looked at before others have their turn: who wants few of them is told little for much work.
    static let longestLook = 1024

    private func wants(_ event: SessionEvent) -> Bool {
        kinds.contains(event.kind) && (user == nil || user == event.user)
    }

    /// Appends notifications of events up to a change, or of so many, or so many bytes; what is left comes the next time.
    ///
    /// - Parameter epoch: The name of the history, for who has to begin again.
    mutating func tell(
        from ring: borrowing ChangeRing,
        upTo sequence: UInt64,
        epoch: String,
        limit: Int,
        to output: inout ByteBuffer
    ) {
        let mark = output.count
        if position < ring.start {
            position = ring.position(after: sequence) ?? ring.start
            output.append("{\"jsonrpc\":\"2.0\",\"method\":\"session.resync\",\"params\":{\"epoch\":")
            output.append(jsonString: epoch)
            output.append(",\"seq\":")
            output.append(Int64(sequence))
            output.append("}}\n")
            return
        }
        let end = min(ring.end, position + Self.longestLook)
        while position < end, ring[position].sequence <= sequence, output.count - mark < limit {
            let event = ring[position]
            position += 1
            if wants(event) { write(event, to: &output) }
        }
    }
}

private func write(_ event: SessionEvent, to output: inout ByteBuffer) {
    output.append("{\"jsonrpc\":\"2.0\",\"method\":\"session.changed\",\"params\":{\"seq\":")
    output.append(Int64(event.sequence))
    output.append(",\"change\":")
    output.append(jsonString: event.kind.rawValue)
    output.append(",\"id\":\"")
    output.append(event.id.text.span)
    output.append("\",\"userId\":")
    if event.user.isEmpty { output.append("null") } else { output.append(jsonString: event.user.span) }
    output.append(",\"at\":")
    output.append(event.at.milliseconds)
    if event.kind == .revoked {
        output.append(",\"cause\":")
        if event.cause.isEmpty { output.append("null") } else { output.append(jsonString: event.cause.span) }
    }
    output.append("}}\n")
}
