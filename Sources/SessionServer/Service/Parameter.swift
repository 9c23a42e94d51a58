// What methods take. A parameter is declared once, in the method table; from the declaration follow what is refused,
// with which words, what `rpc.discover` says, and what the method is handed: values that are valid because they exist.

internal import JSONRPC
internal import Sessions

/// The parameters of all methods, by their names on the wire.
enum ParameterName: String, Sendable {
    case all
    case after
    case authenticated
    case cause
    case changes
    case create
    case data
    case epoch
    case except
    case expiresAt
    case id
    case ifVersion
    case ip
    case lifetime
    case limit
    case replace
    case rotate
    case since
    case token
    case touch
    case ttl
    case update
    case userAgent
    case userId
}

/// A parameter of one method.
struct Parameter: Sendable {
    /// What a value must be.
    enum Kind: Sendable {
        /// A token that is looked for. Whatever a browser sent may stand here: what cannot be a token names nothing.
        case presentedToken
        /// A token that a caller chooses.
        case chosenToken
        case sessionID
        /// A session id, or else a token.
        case tokenOrID
        case userID
        /// A JSON object of at most `SessionLimit.data` bytes.
        case object
        /// A string of at most so many bytes; null counts as left out.
        case text(limit: Int)
        /// A length of time in milliseconds, at least as long as this.
        case duration(atLeast: Int64)
        case instant
        case integer(ClosedRange<Int64>)
        case flag
        /// A flag that can only be set.
        case onlyTrue
        case cursor
        /// An array of kinds of changes.
        case changes
    }

    let name: ParameterName
    let kind: Kind
    let isRequired: Bool
    /// The name as it stands in a request.
    let key: StaticList<UInt8>
    let documentation: StaticValue<ParameterDocumentation>

    /// - Parameters:
    ///   - summary: What it means, for callers.
    ///   - defaultValue: What it is when it is left out.
    init(
        _ name: ParameterName,
        _ kind: Kind,
        _ summary: String,
        default defaultValue: ParameterDefault = .none,
        isRequired: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        key = StaticList(name.rawValue.utf8)
        documentation = StaticValue(ParameterDocumentation(summary: summary, defaultValue: defaultValue))
    }

    static func required(_ name: ParameterName, _ kind: Kind, _ summary: String) -> Parameter {
        Parameter(name, kind, summary, isRequired: true)
    }
}

/// A parameter's value, valid because it exists.
///
/// What is longer than a few words stays in the line: binding a call allocates nothing and counts no references.
enum Argument: Sendable {
    case absent
    /// A token by its hash; nil when what was presented cannot be a token.
    case token(TokenHash?)
    case sessionID(SessionID)
    /// What may be an id, a token, or either.
    case handle(SessionID?, TokenHash?)
    /// An object, or a string, whose length is within its limit.
    case text(JSONValue)
    case integer(Int64)
    case flag(Bool)
    case cursor(ListCursor)
    case changes(EventKinds)
}

extension Parameter {
    /// What a value of this kind is, for the caller who gave another.
    private var expectation: String {
        switch kind {
        case .presentedToken: "a string"
        case .chosenToken: "a string of \(Token.shortest) to \(Token.longest) bytes"
        case .sessionID: "a session id of \(SessionID.textLength) characters of base64url"
        case .tokenOrID: "a session id or a token, as a string"
        case .userID: "a string of 1 to \(UserID.longest) bytes"
        case .object: "an object"
        case .text: "a string"
        case .duration(let least): "an integer from \(least) to \(Milliseconds.longest.count) (milliseconds)"
        case .instant: "an integer from 1 to \(Instant.distantFuture.milliseconds) (milliseconds since 1970)"
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "true or false"
        case .onlyTrue: "true"
        case .cursor: "the value of next from the page before"
        case .changes: "an array of " + SessionEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        }
    }

    private func unexpected() -> RPCError { .invalidParameters("\(name.rawValue): expected \(expectation)") }

    /// Parses a value.
    ///
    /// - Throws: -32602 with what was expected, or 413 for a text or an object over its limit.
    func argument(_ value: JSONValue, in line: Span<UInt8>) throws(RPCError) -> Argument {
        switch (kind, value.kind) {
        case (.presentedToken, .string): return .token(TokenHash(presented: value, in: line))
        case (.chosenToken, .string):
            let isLongEnough = line.withContent(value) { $0.count >= Token.shortest }
            guard isLongEnough, let hash = TokenHash(presented: value, in: line) else { throw unexpected() }
            return .token(hash)
        case (.sessionID, .string):
            guard let id = sessionID(value, in: line) else { throw unexpected() }
            return .sessionID(id)
        case (.tokenOrID, .string):
            return .handle(sessionID(value, in: line), TokenHash(presented: value, in: line))
        case (.userID, .string):
            guard (1...UserID.longest).contains(line.contentLength(value)) else { throw unexpected() }
            return .text(value)
        case (.object, .object):
            // White space that does not count may push an object over its limit, so it is taken out to find out.
            let isLong = value.range.count > SessionLimit.data
            if isLong, line.compacted(value).count > SessionLimit.data {
                throw .tooLarge(name.rawValue, limit: SessionLimit.data)
            }
            return .text(value)
        case (.text(let limit), .string):
            if line.contentLength(value) > limit { throw .tooLarge(name.rawValue, limit: limit) }
            return .text(value)
        case (.text, .null): return .absent
        case (.duration(let least), .number):
            return try integer(value, in: line, least...Milliseconds.longest.count)
        case (.instant, .number): return try integer(value, in: line, 1...Instant.distantFuture.milliseconds)
        case (.integer(let range), .number): return try integer(value, in: line, range)
        case (.flag, .true), (.onlyTrue, .true): return .flag(true)
        case (.flag, .false): return .flag(false)
        case (.cursor, .string):
            guard let cursor = line.withContent(value, { ListCursor(text: $0) }) else { throw unexpected() }
            return .cursor(cursor)
        case (.cursor, .null): return .absent
        case (.changes, .array): return try changes(value, in: line)
        default: throw unexpected()
        }
    }

    private func changes(_ value: JSONValue, in line: Span<UInt8>) throws(RPCError) -> Argument {
        var kinds: EventKinds = []
        // The line has been scanned: the array is valid.
        var scanner = JSONScanner(line, at: value.start, wasRead: true)
        guard var walk = try? scanner.beginArray() else { throw unexpected() }
        while let element = try? scanner.nextElement(&walk) {
            guard element.kind == .string,
                let kind = SessionEvent.Kind.allCases.first(where: { line.string(element, is: $0.rawValue.utf8.span) })
            else { throw unexpected() }
            kinds.insert(EventKinds([kind]))
        }
        return .changes(kinds)
    }

    private func sessionID(_ value: JSONValue, in line: Span<UInt8>) -> SessionID? {
        line.withContent(value) { SessionID(text: $0) }
    }

    private func integer(
        _ value: JSONValue,
        in line: Span<UInt8>,
        _ range: ClosedRange<Int64>
    ) throws(RPCError) -> Argument {
        guard let integer = line.integer(value), range.contains(integer) else { throw unexpected() }
        return .integer(integer)
    }
}

extension ListCursor {
    /// Reads what `text` wrote: the instant and the id, with a full stop between them.
    init?(text: Span<UInt8>) {
        guard let stop = text.indices.first(where: { text[$0] == UInt8(ascii: ".") }), stop > 0, stop <= 16 else {
            return nil
        }
        let digits = (0..<stop).map { text[$0] }
        guard digits[0] != UInt8(ascii: "+"), let milliseconds = Int64(String(decoding: digits, as: UTF8.self)),
            (0...Instant.distantFuture.milliseconds).contains(milliseconds),
            let id = SessionID(text: text.extracting((stop + 1)...))
        else { return nil }
        self.init(id: id, createdAt: Instant(milliseconds: milliseconds))
    }
}
