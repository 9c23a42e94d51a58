// Looking a token up: nearly all that is ever asked. A line that asks for it in the form in which clients write it is
// answered without going through the method table, with the same outcome.

internal import Durability
internal import JSONRPC
internal import Sessions

extension ServiceState {
    /// How clients write it.
    private static var plainForm: PlainRequest.Form { .init(",\"method\":\"session.lookup\",\"params\":{\"token\":") }
    /// Its place in the method table.
    private static let place = sessionMethods.firstIndex { "\($0.name)" == "session.lookup" } ?? 0

    /// Answers a line if it is a lookup in the form in which clients write it.
    ///
    /// - Returns: Whether it is.
    mutating func answerPlainLookup(
        _ line: Span<UInt8>,
        from role: Role,
        now: Instant,
        to output: inout ByteBuffer
    ) -> Bool {
        guard let request = PlainRequest(line, form: Self.plainForm) else { return false }
        present = now
        statistics.countCall(of: Self.place)
        JSONRPC.answer(request, in: line, to: &output) { output in
            lookUp(TokenHash(presented: request.parameter, in: line), by: role, mayTouch: true, now: now, to: &output)
        }
        return true
    }

    /// Looks a token up, and touches its session if that is due and the caller may.
    ///
    /// - Parameter token: Nil when what was presented cannot be a token.
    mutating func lookUp(
        _ token: TokenHash?,
        by role: Role,
        mayTouch: Bool,
        now: Instant,
        to output: inout ByteBuffer
    ) {
        guard let token else {
            statistics.lookupMisses += 1
            return write(.unknown, to: &output)
        }
        let found = store.lookup(token, mayTouch: mayTouch && role != .reader && !isStopping, now: now)
        switch found.finding {
        case .absent(let absence):
            statistics.lookupMisses += 1
            write(absence, to: &output)
        case .tombstone(let slot):
            statistics.lookupMisses += 1
            let tombstone = store.session(at: slot)
            writeRevoked(at: tombstone.touchedAt, cause: tombstone.data, to: &output)
        case .live(let slot):
            var isTouched = false
            if let touch = found.touch, !journal.isHalfFull {
                commit(.touched(touch))
                isTouched = true
            }
            output.append("{\"session\":")
            write(slot, of: store, to: &output)
            output.append(",\"fresh\":")
            output.append(found.isFresh)
            output.append(",\"touched\":")
            output.append(isTouched)
            output.append(UInt8(ascii: "}"))
        }
    }
}

extension TokenHash {
    /// Hashes what was presented as a token: a string; nil when it is too long to be one.
    init?(presented value: JSONValue, in line: Span<UInt8>) {
        let hash = line.withContent(value) { $0.count <= Token.longest ? TokenHash(of: $0) : nil }
        guard let hash else { return nil }
        self = hash
    }
}
