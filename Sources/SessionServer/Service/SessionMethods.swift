// What the session methods do. Each one decides with the store, commits what was decided, and writes what came of it.

internal import Durability
internal import JSONRPC
internal import Sessions

/// What a session's data is when none is given.
private let emptyObject = Array("{}".utf8)

@Sendable
func lookup(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    if call.caller.role == .reader, call.flag(.touch) == true {
        throw .forbidden("the reader socket never touches", hint: "leave touch out")
    }
    service.lookUp(call.token(), by: call.caller.role, mayTouch: call.flag(.touch) ?? true, now: call.now, to: &output)
}

@Sendable
func refresh(
    _ service: inout ServiceState,
    _ call: borrowing Call,
    _ output: inout ByteBuffer
) throws(RPCError) {
    let end = try call.sessionEnd()
    let presence = service.presence(of: call.token(), now: call.now)
    if presence == .absent(.rotated) { return service.revokeReused(call, to: &output) }
    try service.requireWritable(for: call)
    guard let slot = service.living(presence, orWriteTo: &output) else { return }
    let data = try call.bytes(.data).map { (patch) throws(RPCError) in try service.merged(patch, at: slot) }
    if let data { try service.requireMemory(of: data, at: slot, for: call.caller) }
    let isAuthenticated = call.flag(.authenticated) ?? false
    var token: Token?
    if isAuthenticated || call.flag(.rotate) ?? false {
        try service.requireMemory(for: call.caller)
        token = service.rotate(slot, isAuthenticated: isAuthenticated, end: end, data: data, call)
    } else {
        service.commitAwaited(service.store.refresh(slot, end: end, data: data, now: call.now))
    }
    output.append("{\"session\":")
    write(slot, of: service.store, to: &output)
    output.append(",\"fresh\":")
    output.append(service.store.isFresh(slot, now: call.now))
    if let token {
        output.append(",\"token\":\"")
        output.append(token.text.span)
        output.append("\"")
    }
    output.append(UInt8(ascii: "}"))
}

@Sendable
func create(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    try service.requireWritable(for: call)
    let new = NewSession(
        userID: call.userID(),
        data: call.bytes(.data) ?? emptyObject,
        end: try call.sessionEnd(),
        lifetime: call.integer(.lifetime).map { Milliseconds($0) },
        ip: call.bytes(.ip) ?? [],
        userAgent: call.bytes(.userAgent) ?? []
    )
    try service.makeRoom(for: new.userID, of: call.caller, now: call.now)
    let (token, change) = service.store.create(new, now: call.now, using: &service.generator)
    service.commitAwaited(change)
    output.append("{\"token\":\"")
    output.append(token.text.span)
    output.append("\",\"session\":")
    if case .created(let session) = change { service.writeSession(of: session.tokenHash, now: call.now, to: &output) }
    output.append(UInt8(ascii: "}"))
}

@Sendable
func put(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    try service.requireWritable(for: call)
    guard let token = call.token() else { throw .internalError("put without a token") }
    let condition: PutCondition
    switch (call.flag(.create) ?? false, call.flag(.update) ?? false) {
    case (true, true): throw .invalidParameters("expected only one of create, update")
    case (true, false): condition = .mustNotExist
    case (false, true): condition = .mustExist
    case (false, false): condition = .none
    }
    let new = NewSession(userID: call.userID(), data: call.bytes(.data) ?? emptyObject, end: try call.sessionEnd())
    let changes: [Change]
    let isNew: Bool
    do {
        (changes, isNew) = try service.store.put(
            token,
            new,
            condition: condition,
            now: call.now,
            using: &service.generator
        )
    } catch {
        throw RPCError(error)
    }
    if case .live(let slot) = service.presence(of: token, now: call.now) {
        try service.requireMemory(of: new.data, at: slot, for: call.caller)
    }
    if let user = service.newcomer(in: changes) {
        try service.makeRoom(for: user, of: call.caller, now: call.now)
        // An old session is put among the others of its new user.
        if !isNew, let user { service.hiddenWork += service.store.searchLength(in: user) * lookCost }
    }
    for change in changes { service.commitAwaited(change) }
    output.append("{\"session\":")
    service.writeSession(of: token, now: call.now, to: &output)
    output.append(",\"created\":")
    output.append(isNew)
    output.append(UInt8(ascii: "}"))
}

@Sendable
func update(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    try service.requireWritable(for: call)
    let handle = try call.exactlyOne(of: .token, .id)
    let source = try call.exactlyOne(of: .data, .replace)
    let presence =
        handle == .token
        ? service.presence(of: call.token(), now: call.now) : service.presence(of: call.sessionID(), now: call.now)
    guard let slot = service.living(presence, orWriteTo: &output) else { return }
    let version = version(of: slot, in: service.store)
    if let expected = call.integer(.ifVersion), expected != Int64(version) {
        throw RPCError(.versionMismatch(version: version))
    }
    let given = call.bytes(source) ?? emptyObject
    let data = source == .data ? try service.merged(given, at: slot) : given
    try service.requireMemory(of: data, at: slot, for: call.caller)
    if let change = service.store.update(slot, data: data) {
        service.commitAwaited(change)
    } else {
        service.awaitPresentState()
    }
    output.append("{\"session\":")
    write(slot, of: service.store, to: &output)
    output.append(UInt8(ascii: "}"))
}

@Sendable
func revoke(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    let which = try call.exactlyOne(of: .token, .id, .userId, .all)
    if which != .userId, call.has(.except) {
        throw .invalidParameters("except: expected only together with userId")
    }
    if which == .all, call.caller.role != .administrator {
        throw .forbidden(
            "session.revoke with all is not for the \(call.caller.role.rawValue) socket",
            hint: "connect to the administrator's socket"
        )
    }
    let cause = call.bytes(.cause) ?? []
    var count = 0
    if let scope = service.scope(of: which, call) {
        count = try service.revoke(scope, cause: cause, now: call.now)
        if scope == .everyone { service.report(.revokedEveryone(count: count, cause: cause), call.caller) }
    }
    // Also a session that somebody else has just revoked is reported as revoked for good only when it is.
    service.awaitDurability(ifLost: .notDurable)
    output.append("{\"revoked\":")
    output.append(Int64(count))
    output.append(",\"durable\":")
    output.append(service.journal.health == .working)
    output.append(UInt8(ascii: "}"))
}

@Sendable
func inspect(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    let presence = service.presence(of: call.sessionID(), now: call.now)
    guard let slot = service.living(presence, orWriteTo: &output) else { return }
    output.append("{\"session\":")
    write(slot, of: service.store, to: &output)
    output.append(UInt8(ascii: "}"))
}

/// How many sessions a page has unless it is asked for another number, and the most that it can have.
let (usualPage, longestPage): (Int64, Int64) = (100, 1000)
/// A page ends early when it grows long: data can be large, and an answer is held in memory until it is taken.
private let pageByteLimit = 1 << 18
/// And when many have to be passed over that have ended meanwhile.
private let pageLookLimit = 2048
/// What it costs to look at a record that nothing has prefetched, as bytes of lines and answers.
private let lookCost = 16

@Sendable
func list(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    guard let user = call.userID() else { throw .internalError("list without a user") }
    let limit = Int(call.integer(.limit) ?? usualPage)
    // One more than the page takes tells whether there is a next one.
    let page = service.store.page(
        of: user,
        after: call.cursor(),
        limit: limit + 1,
        looks: pageLookLimit,
        now: call.now
    )
    service.hiddenWork += page.looks * lookCost
    let slots = page.slots
    let start = output.count
    var written = 0
    output.append("{\"sessions\":[")
    for slot in slots.prefix(limit) {
        if written > 0 { output.append(UInt8(ascii: ",")) }
        write(slot, of: service.store, to: &output)
        written += 1
        if output.count - start > pageByteLimit { break }
    }
    output.append("],\"next\":")
    if written < slots.count, written > 0 {
        let last = service.store.session(at: slots[written - 1])
        write(ListCursor(id: last.id, createdAt: last.createdAt), to: &output)
    } else if let end = page.end {
        write(end, to: &output)
    } else {
        output.append("null")
    }
    output.append(UInt8(ascii: "}"))
}

/// Reads by `ListCursor(text:)`.
private func write(_ cursor: ListCursor, to output: inout ByteBuffer) {
    output.append(UInt8(ascii: "\""))
    output.append(cursor.createdAt.milliseconds)
    output.append(UInt8(ascii: "."))
    output.append(cursor.id.text.span)
    output.append(UInt8(ascii: "\""))
}

private func version(of slot: Slot, in store: borrowing SessionStore) -> UInt32 { store.session(at: slot).version }
