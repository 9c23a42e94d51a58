// The methods by which a connection becomes a watcher and stops being one. What it is told then is not an answer to
// anything; the connection set sends it.

internal import Durability
internal import JSONRPC
internal import Sessions

/// What a request wants of its connection.
enum WatchRequest {
    case begin(Watcher)
    case end
}

@Sendable
func watch(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    let caller = call.caller
    guard caller.isWatching || service.quotas.grants(.watchers, to: caller.peer, as: caller.role) else {
        throw .overShare("watchers", "watch with fewer connections")
    }
    service.beginWatching()
    // What is on its way to the disk when the first watcher comes was not noted; whoever asks after this answer sees it.
    let sequence = max(service.visibleSequence, service.recent.ring.droppedSequence)
    let since = call.integer(.since)
    let epoch = call.bytes(.epoch)
    guard (since == nil) == (epoch == nil) else {
        throw .invalidParameters("expected since and epoch together, as the last answer or notification had them")
    }
    var position: Int?
    if let since, let epoch {
        position = service.position(resumingAfter: UInt64(since), of: Epoch(text: epoch.span))
    }
    let watcher = Watcher(
        kinds: call.changes() ?? .unasked,
        user: call.bytes(.userId),
        position: position ?? service.recent.ring.position(after: sequence) ?? service.recent.ring.end
    )
    service.watchRequest = .begin(watcher)
    output.append("{\"epoch\":")
    output.append(jsonString: service.epoch.text)
    output.append(",\"seq\":")
    output.append(Int64(sequence))
    output.append(",\"resync\":")
    output.append(since != nil && position == nil)
    output.append(UInt8(ascii: "}"))
}

@Sendable
func unwatch(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    service.watchRequest = .end
    output.append("{}")
}
