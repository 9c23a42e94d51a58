// Every code that an error can have, and what it means.

/// The codes of errors: JSON-RPC's own, and the daemon's, which web developers know from HTTP (RFC 9110, section 15).
enum ErrorCode: Int, CaseIterable, Sendable {
    case parseError = -32700
    case invalidRequest = -32600
    case methodNotFound = -32601
    case invalidParameters = -32602
    case internalError = -32603
    case forbidden = 403
    case conflict = 409
    case gone = 410
    case tooLarge = 413
    case quota = 429
    case unavailable = 503

    var meaning: String {
        switch self {
        case .parseError: "the line is not JSON, or breaks one of the protocol's rules about it"
        case .invalidRequest:
            "JSON, but not a request; or a line or batch that is too long, or a line that is not finished in time"
        case .methodNotFound: "there is no such method"
        case .invalidParameters:
            "a parameter is missing, unknown, or not what is expected, which is said; the message names it"
        case .internalError: "a fault of the daemon"
        case .forbidden: "this socket may not call this method, or not with this parameter"
        case .conflict:
            "`ifVersion`, `create` or `update` did not hold; `data.version` is the present version, or null"
        case .gone: "the token was revoked, and `data.revokedAt` says when, or was replaced; it cannot be put again"
        case .tooLarge: "`data` or another value is over its limit in bytes, or the answer to a batch"
        case .quota:
            """
            a quota: the user has as many sessions as one may have, the sessions take all the memory that they may and this \
            would take more, or there are too many connections (then the connection is closed); or the caller's uid has its \
            share of them, or of what else callers share
            """
        case .unavailable:
            "cannot be made durable now: the disk fails or is full, or the daemon is stopping. Nothing was changed"
        }
    }
}
