// What watchers are told, as `rpc.discover` describes it; `Watcher` writes it.

internal import Sessions

/// A line that is no answer: a notification from the daemon.
enum Notification: String, CaseIterable {
    case changed = "session.changed"
    case resync = "session.resync"

    var summary: String {
        switch self {
        case .changed: "a session has changed; sent to who has asked with `session.watch`"
        case .resync: "changes were dropped before the caller took them: forget what is cached, and go on"
        }
    }

    var parameters: [SchemaMember] {
        switch self {
        case .changed:
            [
                SchemaMember("seq", .count, "the number of the change"),
                SchemaMember("change", .word(SessionEvent.Kind.allCases.map(\.rawValue)), "what has happened"),
                SchemaMember("id", .sessionID, "to which session"),
                SchemaMember("userId", .optional(.text(bytes: 1...UserID.longest)), "whose it is"),
                SchemaMember("at", .instant, "when"),
                SchemaMember(
                    "cause",
                    .optional(.text(bytes: 1...SessionLimit.cause)),
                    "why, as given; only where `change` is `revoked`",
                    isRequired: false
                ),
            ]
        case .resync:
            [
                SchemaMember("epoch", .text(), "names the history that `seq` belongs to"),
                SchemaMember("seq", .count, "the number of the last change that was dropped"),
            ]
        }
    }
}
