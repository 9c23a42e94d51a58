// How a session, or its absence, looks in an answer.

internal import JSONRPC
internal import Sessions

/// Writes the session at a slot.
func write(_ slot: Slot, of store: borrowing SessionStore, to output: inout ByteBuffer) {
    let session = store.session(at: slot)
    // Names, punctuation, the id and seven numbers take less than 400 bytes.
    let texts =
        ByteWriter.jsonStringLimit(session.user) + ByteWriter.jsonStringLimit(session.ip)
        + ByteWriter.jsonStringLimit(session.userAgent)
    output.append(atMost: 512 + texts + session.data.count) { output in
        output.append("{\"id\":\"")
        output.append(session.id.text.span)
        output.append("\",\"userId\":")
        output.append(textOrNull: session.user)
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
        output.append(textOrNull: session.ip)
        output.append(",\"userAgent\":")
        output.append(textOrNull: session.userAgent)
        output.append(",\"data\":")
        output.append(session.data)
        output.append(UInt8(ascii: "}"))
    }
}

/// Writes the result that says that there is no session, and why.
func write(_ absence: Absence, to output: inout ByteBuffer) {
    switch absence {
    case .unknown: output.append("{\"session\":null,\"reason\":\"unknown\"}")
    case .expired: output.append("{\"session\":null,\"reason\":\"expired\"}")
    case .rotated: output.append("{\"session\":null,\"reason\":\"rotated\"}")
    case .revoked(let instant, let cause): writeRevoked(at: instant, cause: cause.span, to: &output)
    }
}

/// Writes the result that says that a session was revoked.
///
/// - Parameter cause: Empty when none was given.
func writeRevoked(at instant: Instant, cause: Span<UInt8>, to output: inout ByteBuffer) {
    output.append("{\"session\":null,\"reason\":\"revoked\",\"revokedAt\":")
    output.append(instant.milliseconds)
    output.append(",\"cause\":")
    if cause.isEmpty { output.append("null") } else { output.append(jsonString: cause) }
    output.append(UInt8(ascii: "}"))
}

extension ByteWriter {
    /// Writes a string; an empty one stands for null.
    fileprivate mutating func append(textOrNull text: Span<UInt8>) {
        if text.isEmpty { append("null") } else { append(jsonString: text) }
    }
}
