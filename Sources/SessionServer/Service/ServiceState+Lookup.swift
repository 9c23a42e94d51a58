// Looking a token up: nearly all that is ever asked. A line that asks for it in the form in which clients write it is
// answered without going through the method table, with the same outcome.

internal import Durability
internal import JSONRPC
internal import Sessions

/// A lookup in the form in which clients write it.
struct PlainLookup {
    private static var form: PlainRequest.Form { .init(",\"method\":\"session.lookup\",\"params\":{\"token\":") }

    let request: PlainRequest
    /// The hash of the token.
    let token: TokenHash

    /// Recognises it; nil for all other lines, valid or not.
    init?(_ line: Span<UInt8>) {
        guard let request = PlainRequest(line, form: Self.form),
            let token = TokenHash(presented: request.parameter, in: line)
        else { return nil }
        (self.request, self.token) = (request, token)
    }
}

extension ServiceState {
    /// Its place in the method table.
    private static let place = sessionMethods.firstIndex { "\($0.name)" == "session.lookup" } ?? 0

    /// Answers a lookup that was recognised in a line.
    mutating func answer(
        _ lookup: PlainLookup,
        in line: Span<UInt8>,
        from role: Role,
        now: Instant,
        to output: inout ByteBuffer
    ) {
        present = now
        statistics.countCall(of: Self.place)
        JSONRPC.answer(lookup.request, in: line, to: &output) { output in
            lookUp(lookup.token, by: role, mayTouch: true, now: now, to: &output)
        }
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
