// The methods about the daemon itself.

internal import Durability
internal import JSONRPC
internal import Sessions

/// The methods about the daemon.
let serverMethods: [Method] = [
    Method(
        "server.ping",
        "answers",
        .everyone,
        [],
        result: .object([SchemaMember("pong", .onlyTrue), SchemaMember("now", .instant, "the daemon's clock")]),
        ping
    ),
    Method(
        "server.info",
        "version, policy and limits in force, what the last start found",
        .everyone,
        [],
        result: infoSchema,
        info
    ),
    Method("server.stats", "counters and latencies, as JSON", .writers, [], result: Figure.schema, stats),
    Method(
        "server.metrics",
        "the same as OpenMetrics text",
        .writers,
        [],
        result: .object([SchemaMember("text", .text(), "OpenMetrics text")]),
        metrics
    ),
    Method(
        "server.snapshot",
        "writes a snapshot now",
        [.administrator],
        [],
        result: .object([
            SchemaMember("path", .text(), "its file"), SchemaMember("sessions", .count, "how many are in it"),
            SchemaMember("bytes", .count, "how large it is"), SchemaMember("tookMs", .count, "how long it took"),
        ]),
        errors: [.unavailable],
        snapshot
    ),
    Method(
        "rpc.discover",
        "describes all of this as an OpenRPC document",
        .writers,
        [],
        result: .someObject(),
        discover
    ),
]

private let infoSchema = Schema.object([
    SchemaMember("name", .text()), SchemaMember("version", .text()), SchemaMember("protocol", .count),
    SchemaMember("pid", .count), SchemaMember("startedAt", .instant),
    SchemaMember("uptime", .integer(), "milliseconds; negative when the clock was set back"),
    SchemaMember("role", .word(Role.allCases.map(\.rawValue)), "the caller's"),
    SchemaMember(
        "policy",
        .object([
            SchemaMember("ttl", .count), SchemaMember("touchInterval", .count), SchemaMember("lifetime", .count),
            SchemaMember("freshAge", .count), SchemaMember("rotationGrace", .count),
            SchemaMember("maxSessionsPerUser", .count),
            SchemaMember("whenFull", .word(Policy.WhenFull.allCases.map(\.rawValue))),
            SchemaMember("sync", .word(SyncPolicy.allCases.map(\.rawValue))),
            SchemaMember("snapshotInterval", .count),
        ])
    ),
    SchemaMember(
        "limits",
        .object(
            [
                "lineBytes", "batchRequests", "depth", "dataBytes", "userIdBytes", "tokenBytes", "connections",
                "watchHistory", "memoryBytes", "bufferedBytes", "watchers", "waitingAnswers", "uidSharePercent",
                "lineTimeout",
            ]
            .map { SchemaMember($0, .count) }
        )
    ),
    SchemaMember(
        "recovery",
        .object([
            SchemaMember("snapshot", .optional(.text())), SchemaMember("sessions", .count),
            SchemaMember("tombstones", .count), SchemaMember("changes", .count), SchemaMember("bytes", .count),
            SchemaMember("cutBytes", .count), SchemaMember("tookMs", .integer()),
            SchemaMember("journals", .list(.text())), SchemaMember("damaged", .list(.text())),
        ])
    ),
])

@Sendable
private func ping(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    output.append("{\"pong\":true,\"now\":")
    output.append(call.now.milliseconds)
    output.append(UInt8(ascii: "}"))
}

@Sendable
private func info(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    let facts = service.facts
    let policy = service.store.policy
    output.writeObject { object in
        object.member("name", "sessiond")
        object.member("version", facts.version)
        object.member("protocol", 1)
        object.member("pid", Int64(facts.processID))
        object.member("startedAt", facts.startedAt.milliseconds)
        object.member("uptime", call.now.since(facts.startedAt).count)
        object.member("role", call.caller.role.rawValue)
        object.object("policy") { policyObject in
            policyObject.member("ttl", policy.ttl.count)
            policyObject.member("touchInterval", policy.touchInterval(forTTL: policy.ttl).count)
            policyObject.member("lifetime", policy.lifetime.count)
            policyObject.member("freshAge", policy.freshAge.count)
            policyObject.member("rotationGrace", policy.rotationGrace.count)
            policyObject.member("maxSessionsPerUser", Int64(policy.maxSessionsPerUser))
            policyObject.member("whenFull", policy.whenFull.rawValue)
            policyObject.member("sync", service.journal.sync.rawValue)
            policyObject.member("snapshotInterval", service.limits.snapshotInterval.count)
        }
        object.object("limits") { limits in
            limits.member("lineBytes", Int64(LineLimit.bytes))
            limits.member("batchRequests", Int64(ExchangeLimit.batch))
            limits.member("depth", Int64(JSONScanner.depthLimit))
            limits.member("dataBytes", Int64(SessionLimit.data))
            limits.member("userIdBytes", Int64(UserID.longest))
            limits.member("tokenBytes", Int64(Token.longest))
            limits.member("connections", Int64(service.limits.connections))
            limits.member("watchHistory", Int64(service.limits.watchHistory))
            limits.member("memoryBytes", Int64(service.limits.memory))
            let quotas = service.quotas.limits
            limits.member("bufferedBytes", Int64(quotas.memory))
            limits.member("watchers", Int64(quotas.watchers))
            limits.member("waitingAnswers", Int64(quotas.waiting))
            limits.member("uidSharePercent", Int64(quotas.uidShare))
            limits.member("lineTimeout", quotas.lineTimeout.count)
        }
        object.object("recovery") { recovery in
            recovery.member("snapshot", facts.recovery.snapshot)
            recovery.member("sessions", Int64(facts.recovery.sessions))
            recovery.member("tombstones", Int64(facts.recovery.tombstones))
            recovery.member("changes", Int64(facts.recovery.changes))
            recovery.member("bytes", Int64(facts.recovery.bytes))
            recovery.member("cutBytes", Int64(facts.recovery.cutBytes))
            recovery.member("tookMs", facts.recovery.took.count)
            recovery.array("journals", of: facts.recovery.journals)
            recovery.array("damaged", of: facts.recovery.damaged)
        }
    }
}

/// The snapshot itself was taken before the line was carried out; see `SnapshotSchedule`.
@Sendable
private func snapshot(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer)
    throws(RPCError)
{
    switch call.caller.snapshot {
    case .written(let summary):
        output.writeObject { object in
            object.member("path", summary.path)
            object.member("sessions", Int64(summary.sessions))
            object.member("bytes", Int64(summary.bytes))
            object.member("tookMs", summary.took.count)
        }
        service.report(.tookSnapshot, call.caller)
    case .failed(let error):
        throw .unavailable("no snapshot was written: \(error.message)", hint: "look at the disk, then try again")
    case nil:
        throw .internalError("no snapshot was taken")
    }
}
