// The shapes that many answers share: a session, and why there is none.

internal import Sessions

/// A schema that the others refer to by its name.
enum NamedSchema: String, CaseIterable, Sendable {
    case session = "Session"
    case noSession = "NoSession"

    var schema: Schema {
        switch self {
        case .session: .object(sessionMembers)
        case .noSession: .either([absence, revoked])
        }
    }
}

extension Schema {
    static let session = Schema.named(.session)

    /// An answer about a session that was found, or why there is none.
    static func found(_ members: SchemaMember...) -> Schema {
        .either([.object([SchemaMember("session", .session)] + members), .named(.noSession)])
    }
}

private let sessionMembers = [
    SchemaMember("id", .sessionID, "its public name"),
    SchemaMember("userId", .optional(.text(bytes: 1...UserID.longest)), "whose it is; null for nobody's yet"),
    SchemaMember("createdAt", .instant, "when it began"),
    SchemaMember("authenticatedAt", .instant, "when the user last proved who they are"),
    SchemaMember("touchedAt", .instant, "when it was last used, to the accuracy of the touch interval"),
    SchemaMember("expiresAt", .instant, "when it ends if nothing touches it"),
    SchemaMember("lifetimeEndsAt", .optional(.instant), "when it ends in any case; null for never"),
    SchemaMember(
        "version",
        .integer(from: 1, to: Int64(UInt32.max)),
        "1 at first, one more with each change of `data` and each rotation"
    ),
    SchemaMember("ip", .optional(.text(bytes: 1...SessionLimit.ip)), "as given at creation, or null"),
    SchemaMember("userAgent", .optional(.text(bytes: 1...SessionLimit.userAgent)), "as given at creation, or null"),
    SchemaMember("data", .someObject(bytes: SessionLimit.data), "the application's own object"),
]

private let absence = Schema.object([
    SchemaMember("session", .null),
    SchemaMember("reason", .word(["unknown", "expired", "rotated"])),
])

private let revoked = Schema.object([
    SchemaMember("session", .null),
    SchemaMember("reason", .word(["revoked"])),
    SchemaMember("revokedAt", .instant),
    SchemaMember("cause", .optional(.text(bytes: 1...SessionLimit.cause))),
])
