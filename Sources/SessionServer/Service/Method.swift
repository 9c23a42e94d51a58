// The method table: each method's name, who may call it, what it takes, what carries it out, and what `rpc.discover` says
// of it. Finding, permitting and binding are the same for all of them and are done here.

internal import JSONRPC
internal import Sessions

/// A method as the table declares it.
struct Method: Sendable {
    /// Carries the method out: appends its result, or throws before anything was changed.
    typealias Body = @Sendable (inout ServiceState, borrowing Call, inout ByteBuffer) throws(RPCError) -> Void

    let name: StaticString
    let roles: RoleSet
    let parameters: StaticList<Parameter>
    let body: Body
    let documentation: StaticValue<MethodDocumentation>

    /// - Parameters:
    ///   - summary: What it does, for callers.
    ///   - rules: Which of its parameters go together; its body sees to that.
    ///   - errors: Those that do not follow from its roles and parameters.
    init(
        _ name: StaticString,
        _ summary: String,
        _ roles: RoleSet,
        _ parameters: [Parameter],
        rules: [ParameterRule] = [],
        result: Schema,
        errors: [ErrorCode] = [],
        _ body: @escaping Body
    ) {
        self.name = name
        self.roles = roles
        self.parameters = StaticList(parameters)
        self.body = body
        let documentation = MethodDocumentation(summary: summary, rules: rules, result: result, errors: errors)
        self.documentation = StaticValue(documentation)
    }

    /// All methods; the most frequent ones first, since they are looked through in order.
    static let table = StaticList(sessionMethods + serverMethods)

    /// The place of a method in the table.
    static func place(of name: JSONValue, in line: Span<UInt8>) -> Int? {
        let table = table
        for place in table.indices where line.string(name, is: table[place].name) { return place }
        return nil
    }
}

/// One call of a method: who calls, when, and with which arguments.
struct Call: ~Copyable, ~Escapable {
    let caller: Caller
    let now: Instant
    /// Nobody waits for an answer.
    let isNotification: Bool
    private let line: Span<UInt8>
    private let parameters: StaticList<Parameter>
    private var arguments = InlineArray<8, Argument>(repeating: .absent)

    /// Binds the parameters of a request to those that its method declares.
    @_lifetime(copy line)
    init(
        _ request: Request,
        of method: Method,
        in line: Span<UInt8>,
        caller: Caller,
        now: Instant
    ) throws(RPCError) {
        self.caller = caller
        self.now = now
        isNotification = request.id == nil
        self.line = line
        parameters = method.parameters
        if let params = request.params, params.kind != .object {
            throw .invalidParameters("expected an object: parameters are passed by name")
        }
        for index in 0..<request.parameterCount {
            let member = request.parameters[index]
            let name = member.key
            var place = 0
            while place < parameters.count, !line.string(name, is: parameters[place].key.span) { place += 1 }
            guard place < parameters.count else { throw unknown(name, in: line) }
            arguments[place] = try parameters[place].argument(member.value, in: line)
        }
        for place in 0..<parameters.count where parameters[place].isRequired {
            if case .absent = arguments[place] {
                throw .invalidParameters("\(parameters[place].name.rawValue): missing")
            }
        }
    }

    private func unknown(_ key: JSONValue, in line: Span<UInt8>) -> RPCError {
        let known = parameters.map(\.name.rawValue).joined(separator: ", ")
        return .invalidParameters(
            "unknown parameter \"\(line.excerpt(key))\"",
            hint: known.isEmpty ? "this method takes no parameters" : "this method takes \(known)"
        )
    }

    private func argument(_ name: ParameterName) -> Argument {
        for place in 0..<parameters.count where parameters[place].name == name { return arguments[place] }
        return .absent
    }

    /// Whether a parameter was given.
    func has(_ name: ParameterName) -> Bool {
        if case .absent = argument(name) { return false }
        return true
    }

    /// The token's hash; nil when it is not given or cannot be a token.
    func token(_ name: ParameterName = .token) -> TokenHash? {
        if case .token(let hash) = argument(name) { return hash }
        return nil
    }

    func sessionID(_ name: ParameterName = .id) -> SessionID? {
        if case .sessionID(let id) = argument(name) { return id }
        return nil
    }

    /// What may be an id, a token, or either.
    func handle(_ name: ParameterName) -> (id: SessionID?, token: TokenHash?) {
        if case .handle(let id, let token) = argument(name) { return (id, token) }
        return (nil, nil)
    }

    func userID() -> UserID? {
        bytes(.userId).flatMap { UserID($0) }
    }

    /// The compact JSON of an object, or the content of a string.
    func bytes(_ name: ParameterName) -> [UInt8]? {
        guard case .text(let value) = argument(name) else { return nil }
        return value.kind == .object ? line.compacted(value) : line.unescaped(value)
    }

    func integer(_ name: ParameterName) -> Int64? {
        if case .integer(let value) = argument(name) { return value }
        return nil
    }

    func flag(_ name: ParameterName) -> Bool? {
        if case .flag(let value) = argument(name) { return value }
        return nil
    }

    func changes() -> EventKinds? {
        if case .changes(let kinds) = argument(.changes) { return kinds }
        return nil
    }

    func cursor() -> ListCursor? {
        if case .cursor(let cursor) = argument(.after) { return cursor }
        return nil
    }

    /// Makes sure that exactly one of these parameters was given, and says which.
    func exactlyOne(of names: ParameterName...) throws(RPCError) -> ParameterName {
        let given = names.filter { has($0) }
        guard given.count == 1 else {
            let list = names.map(\.rawValue).joined(separator: ", ")
            throw .invalidParameters("expected exactly one of \(list)")
        }
        return given[0]
    }

    /// When a session is to end, from `ttl` or `expiresAt`.
    func sessionEnd() throws(RPCError) -> SessionEnd? {
        if let ttl = integer(.ttl) {
            if has(.expiresAt) { throw .invalidParameters("expected only one of ttl, expiresAt") }
            return .ttl(Milliseconds(ttl))
        }
        guard let milliseconds = integer(.expiresAt) else { return nil }
        let instant = Instant(milliseconds: milliseconds)
        guard instant > now else {
            throw .invalidParameters("expiresAt: expected an instant after now (\(now.milliseconds))")
        }
        return .at(instant)
    }
}
