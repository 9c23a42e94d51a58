// The daemon's own errors, each with what is wrong and what can be done about it.

internal import Durability
internal import JSONRPC
internal import Sessions

/// How long answers may be.
enum AnswerLimit {
    /// After how many bytes of its answer the rest of a batch is not carried out.
    static let batch = 1 << 20
}

extension RPCError {
    private init(_ code: ErrorCode, message: String, hint: String? = nil, details: [Detail] = []) {
        self.init(code: code.rawValue, message: message, hint: hint, details: details)
    }

    static func forbidden(_ what: String, hint: String) -> RPCError {
        RPCError(.forbidden, message: "forbidden: \(what)", hint: hint)
    }

    static func conflict(_ what: String, version: UInt32?, hint: String) -> RPCError {
        let version = Detail(name: "version", json: version.map { String($0) } ?? "null")
        return RPCError(.conflict, message: "conflict: \(what)", hint: hint, details: [version])
    }

    static func gone(revokedAt: Instant) -> RPCError {
        RPCError(
            .gone,
            message: "gone: this token was revoked",
            hint: "give the browser a new token",
            details: [Detail(name: "revokedAt", json: String(revokedAt.milliseconds))]
        )
    }

    static func replaced() -> RPCError {
        RPCError(
            .gone,
            message: "gone: this token was replaced by another one",
            hint: "give the browser a new token"
        )
    }

    static func tooLarge(_ what: String, limit: Int) -> RPCError {
        RPCError(.tooLarge, message: "too large: \(what) is limited to \(limit) bytes")
    }

    /// Of a batch, what has been answered is long enough.
    static var tooLongAnswer: RPCError {
        let hint = "this request was not carried out; ask for less in one batch"
        let limit = AnswerLimit.batch
        return RPCError(.tooLarge, message: "too large: the answer to a batch is limited to \(limit) bytes", hint: hint)
    }

    static func quota(_ what: String, hint: String) -> RPCError {
        RPCError(.quota, message: "quota: \(what)", hint: hint)
    }

    static func unavailable(_ what: String, hint: String) -> RPCError {
        RPCError(.unavailable, message: "unavailable: \(what)", hint: hint)
    }

    static func notDurable(_ error: SystemError) -> RPCError {
        let hint = "nothing was changed; try again when the disk works (server.stats and the log say more)"
        return .unavailable("cannot be made durable now: \(error.message)", hint: hint)
    }

    init(_ refusal: Refusal) {
        switch refusal {
        case .revoked(let instant, _): self = .gone(revokedAt: instant)
        case .rotated: self = .replaced()
        case .full(let limit):
            let hint = "end one of the user's sessions first (session.list, session.revoke)"
            self = .quota("the user has \(limit) sessions already", hint: hint)
        case .exists(let version):
            self = .conflict("the session exists", version: version, hint: "leave create out to replace its data")
        case .versionMismatch(let version):
            let hint = "look the session up again and repeat the update with its version"
            self = .conflict("the session has another version", version: version, hint: hint)
        case .missing:
            self = .conflict("there is no such session", version: nil, hint: "leave update out to create it")
        }
    }
}
