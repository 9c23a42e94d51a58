// How a session, or its absence, looks in an answer.

internal import JSONRPC
internal import Sessions

/// Writes the session at a slot.
func write(_ slot: Slot, of store: borrowing SessionStore, to output: inout ByteBuffer) {
    let session = store.session(at: slot)
    output.append("{\"id\":\"")
    output.append(session.id.text.span)
    output.append("\",\"userId\":")
    writeText(session.user, to: &output)
    output.append(",\"createdAt\":")
    output.append(session.createdAt.milliseconds)
    output.append(",\"authenticatedAt\":")
    output.append(session.authenticatedAt.milliseconds)
    output.append(",\"touchedAt\":")
    output.append(session.touchedAt.milliseconds)
    output.append(",\"expiresAt\":")
    output.append(session.expiresAt.milliseconds)
    output.append(",\"lifetimeEndsAt\":")
    if session.lifetimeEndsAt == .distantFuture {
        output.append("null")
    } else {
        output.append(session.lifetimeEndsAt.milliseconds)
    }
    output.append(",\"version\":")
    output.append(Int64(session.version))
    output.append(",\"ip\":")
    writeText(session.ip, to: &output)
    output.append(",\"userAgent\":")
    writeText(session.userAgent, to: &output)
    output.append(",\"data\":")
    output.append(session.data)
    output.append(UInt8(ascii: "}"))
}

/// Writes the result that says that there is no session, and why.
func write(_ absence: Absence, to output: inout ByteBuffer) {
    output.append("{\"session\":null,\"reason\":")
    switch absence {
    case .unknown: output.append("\"unknown\"}")
    case .expired: output.append("\"expired\"}")
    case .rotated: output.append("\"rotated\"}")
    case .revoked(let instant, let cause):
        output.append("\"revoked\",\"revokedAt\":")
        output.append(instant.milliseconds)
        output.append(",\"cause\":")
        writeText(cause.span, to: &output)
        output.append(UInt8(ascii: "}"))
    }
}

/// Writes a string; an empty one stands for null.
private func writeText(_ text: Span<UInt8>, to output: inout ByteBuffer) {
    if text.isEmpty { output.append("null") } else { output.append(jsonString: text) }
}
