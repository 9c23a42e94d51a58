// The session methods as the table declares them; what they do is in SessionMethods.swift.

internal import Sessions

/// The methods about sessions.
let sessionMethods: [Method] = [
    Method(
        "session.lookup",
        "says which session a token is, and touches it when a touch is due",
        .everyone,
        [
            .required(.token, .presentedToken, "what the browser sent, whatever it is"),
            Parameter(
                .touch,
                .flag,
                "whether to touch the session when a touch is due; the reader's socket never does",
                default: .flag(true)
            ),
        ],
        result: .found(fresh, SchemaMember("touched", .flag, "whether it was touched now")),
        errors: [.forbidden],
        lookup
    ),
    Method(
        "session.refresh",
        "touches now; may rotate the token, set another `ttl` or merge into `data`",
        .writers,
        [
            .required(.token, .presentedToken, "the session's token"),
            Parameter(.ttl, .duration(atLeast: 1), "the session's idle limit from now on"),
            Parameter(.expiresAt, .instant, "when it ends, after now; its idle limit becomes the time until then"),
            Parameter(.data, .object, "a merge patch of `data` (RFC 7396)"),
            Parameter(.rotate, .flag, "whether the session gets a new token", default: .flag(false)),
            Parameter(
                .authenticated,
                .flag,
                "whether the user has just proved who they are: restarts the lifetime and rotates",
                default: .flag(false)
            ),
        ],
        rules: [.atMostOne([.ttl, .expiresAt])],
        result: .found(fresh, SchemaMember("token", newToken, "the new token, when rotated", isRequired: false)),
        errors: [.quota, .unavailable],
        refresh
    ),
    Method(
        "session.create",
        "begins a session and returns its token, the only time",
        .writers,
        [
            .required(.userId, .userID, "whose session it is"),
            Parameter(.data, .object, "the application's own object", default: .emptyObject),
            Parameter(.ttl, .duration(atLeast: 1), "the session's idle limit", default: .policyTTL),
            Parameter(
                .lifetime,
                .duration(atLeast: 0),
                "the session's absolute limit; 0 for none",
                default: .policyLifetime
            ),
            Parameter(.ip, .text(limit: SessionLimit.ip), "where it was begun from, for lists"),
            Parameter(.userAgent, .text(limit: SessionLimit.userAgent), "with which browser, for lists"),
        ],
        result: .object([SchemaMember("token", newToken, "its token"), SchemaMember("session", .session)]),
        errors: [.quota, .unavailable],
        create
    ),
    Method(
        "session.put",
        "sets the session of a token that the caller chose, for frameworks with their own tokens",
        .writers,
        [
            .required(.token, .chosenToken, "the token, chosen by the caller"),
            Parameter(.userId, .userID, "whose session it is; a session that is there keeps its user without"),
            .required(.data, .object, "the whole of the application's own object"),
            Parameter(.ttl, .duration(atLeast: 1), "its idle limit; a session that is there keeps its own without"),
            Parameter(.expiresAt, .instant, "when it ends, after now; its idle limit becomes the time until then"),
            Parameter(.create, .flag, "whether it must be new", default: .flag(false)),
            Parameter(.update, .flag, "whether it must be there", default: .flag(false)),
        ],
        rules: [.atMostOne([.ttl, .expiresAt]), .atMostOne([.create, .update])],
        result: .object([
            SchemaMember("session", .session), SchemaMember("created", .flag, "whether it is new"),
        ]),
        errors: [.conflict, .gone, .quota, .unavailable],
        put
    ),
    Method(
        "session.update",
        "merges into `data` or replaces it, if the version is still the expected one",
        .writers,
        [
            Parameter(.token, .presentedToken, "the session by its token"),
            Parameter(.id, .sessionID, "the session by its id"),
            Parameter(.data, .object, "a merge patch of `data` (RFC 7396)"),
            Parameter(.replace, .object, "the whole new `data`"),
            Parameter(.ifVersion, .integer(1...Int64(UInt32.max)), "the version that the session must have"),
        ],
        rules: [.exactlyOne([.token, .id]), .exactlyOne([.data, .replace])],
        result: .found(),
        errors: [.conflict, .quota, .unavailable],
        update
    ),
    Method(
        "session.revoke",
        "ends one session, all of a user's, all but one, or everyone's",
        .writers,
        [
            Parameter(.token, .presentedToken, "one session by its token"),
            Parameter(.id, .sessionID, "one session by its id"),
            Parameter(.userId, .userID, "all sessions of this user"),
            Parameter(.except, .tokenOrID, "the session of the user that is spared, by its token or its id"),
            Parameter(.all, .onlyTrue, "everyone's sessions; the administrator's socket only"),
            Parameter(.cause, .text(limit: SessionLimit.cause), "why, for whoever looks the session up or watches"),
        ],
        rules: [.exactlyOne([.token, .id, .userId, .all]), .onlyWith(.except, .userId)],
        result: .object([
            SchemaMember("revoked", .count, "how many sessions it ended"),
            SchemaMember("durable", .flag, "whether that is on the disk; it holds in any case"),
        ]),
        errors: [.forbidden, .quota],
        revoke
    ),
    Method(
        "session.inspect",
        "shows a session by its public id",
        .writers,
        [.required(.id, .sessionID, "the session's id")],
        result: .found(),
        inspect
    ),
    Method(
        "session.list",
        "lists a user's sessions, newest first, page by page",
        .writers,
        [
            .required(.userId, .userID, "whose sessions"),
            Parameter(
                .limit,
                .integer(1...longestPage),
                "how many at most; a page may have fewer, though it is not the last",
                default: .integer(usualPage)
            ),
            Parameter(.after, .cursor, "`next` of the page before; null for the first page"),
        ],
        result: .object([
            SchemaMember("sessions", .list(.session)),
            SchemaMember("next", .optional(.cursor), "the `after` of the next page; null on the last one"),
        ]),
        list
    ),
    Method(
        "session.watch",
        "tells of changes as they happen: a cache that listens shows nobody who has logged out",
        .everyone,
        [
            Parameter(.since, .integer(0...(1 << 53)), "the last `seq` that the caller has seen"),
            Parameter(.epoch, .text(limit: 64), "the `epoch` that it belongs to"),
            Parameter(.userId, .userID, "tells of this user's sessions only"),
            Parameter(.changes, .changes, "the kinds of changes to tell of", default: .unaskedChanges),
        ],
        rules: [.allOrNone([.since, .epoch])],
        result: .object([
            SchemaMember("epoch", .text(), "names the history that `seq` belongs to"),
            SchemaMember("seq", .count, "the number of the last change before what is told"),
            SchemaMember("resync", .flag, "whether what was missed is not held any more: forget what is cached"),
        ]),
        errors: [.quota],
        watch
    ),
    Method("session.unwatch", "stops that", .everyone, [], result: .object([]), unwatch),
]

private let fresh = SchemaMember("fresh", .flag, "whether the user proved lately who they are")
private let newToken = Schema.pattern("^[A-Za-z0-9_-]{43}$")
