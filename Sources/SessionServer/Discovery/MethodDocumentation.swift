// What the method table says about a method beyond what is needed to carry it out. It lies beside the table, behind one
// word, so that calls neither copy it nor walk past it.

internal import Sessions

/// What a method does, for its callers.
struct MethodDocumentation: Sendable {
    /// What it does, in a few words.
    let summary: String
    /// Which of its parameters go together.
    let rules: [ParameterRule]
    let result: Schema
    /// The errors that do not follow from its roles and parameters.
    let errors: [ErrorCode]
}

/// Which parameters go together.
enum ParameterRule: Sendable {
    case exactlyOne([ParameterName])
    case atMostOne([ParameterName])
    case allOrNone([ParameterName])
    /// The first only together with the second.
    case onlyWith(ParameterName, ParameterName)
}

/// What a parameter means, for callers.
struct ParameterDocumentation: Sendable {
    let summary: String
    let defaultValue: ParameterDefault
}

/// The value that a parameter has when it is left out.
enum ParameterDefault: Sendable {
    /// None; what happens without it, if that is not plain, the summary says.
    case none
    case flag(Bool)
    case integer(Int64)
    case emptyObject
    /// The kinds of changes that are told unasked.
    case unaskedChanges
    /// The `ttl` of the policy in force.
    case policyTTL
    /// The `lifetime` of the policy in force.
    case policyLifetime
}

extension Method {
    /// The errors that a call can be answered with, besides those about the line and the request as such.
    var errors: [ErrorCode] {
        var errors: Set<ErrorCode> = [.invalidParameters, .internalError]
        if roles != .everyone { errors.insert(.forbidden) }
        if parameters.contains(where: { $0.kind.hasByteLimit }) { errors.insert(.tooLarge) }
        errors.formUnion(documentation.value.errors)
        return ErrorCode.allCases.filter { errors.contains($0) }
    }
}

extension Parameter.Kind {
    /// Whether what is too long is refused as such.
    fileprivate var hasByteLimit: Bool {
        switch self {
        case .object, .text: true
        default: false
        }
    }

    /// The shape of a value of this kind.
    var schema: Schema {
        switch self {
        case .presentedToken, .tokenOrID: .text()
        case .chosenToken: .text(bytes: Token.shortest...Token.longest)
        case .sessionID: .sessionID
        case .userID: .text(bytes: 1...UserID.longest)
        case .object: .someObject(bytes: SessionLimit.data)
        case .text(let limit): .optional(.text(bytes: 0...limit))
        case .duration(let least): .integer(from: least, to: Milliseconds.longest.count)
        case .instant: .integer(from: 1, to: Instant.distantFuture.milliseconds)
        case .integer(let range): .integer(from: range.lowerBound, to: range.upperBound)
        case .flag: .flag
        case .onlyTrue: .onlyTrue
        case .cursor: .optional(.cursor)
        case .changes: .list(.word(SessionEvent.Kind.allCases.map(\.rawValue)))
        }
    }
}
