// The methods about the daemon itself.

internal import Durability
internal import JSONRPC
internal import Sessions

/// The methods about the daemon.
let serverMethods: [Method] = [
    Method("server.ping", .everyone, [], ping),
    Method("server.info", .everyone, [], info),
    Method("server.stats", .writers, [], stats),
    Method("server.snapshot", [.administrator], [], snapshot),
]

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

@Sendable
private func stats(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    let statistics = service.statistics
    output.writeObject { object in
        object.member("now", call.now.milliseconds)
        object.member("uptime", call.now.since(service.facts.startedAt).count)
        object.object("store") { store in
            store.member("sessions", Int64(service.store.sessionCount))
            store.member("tombstones", Int64(service.store.tombstoneCount))
            store.member("users", Int64(service.store.userCount))
            store.member("payloadBytes", Int64(service.store.payloadBytes))
            store.member("memoryBytes", Int64(service.store.memoryBytes))
            store.member("sequence", Int64(service.store.sequence))
        }
        object.object("changes") { changes in
            changes.member("created", statistics.created)
            changes.member("updated", statistics.updated)
            changes.member("touched", statistics.touched)
            changes.member("rotated", statistics.rotated)
            changes.member("revoked", statistics.revocations)
            changes.member("expired", statistics.expired)
        }
        object.object("requests") { requests in
            for (method, count) in zip(Method.table, statistics.calls) where count > 0 {
                requests.member(method.name, count)
            }
        }
        object.member("lookupMisses", statistics.lookupMisses)
        object.object("errors") { errors in
            for (code, count) in statistics.errors.sorted(by: { $0.key < $1.key }) {
                errors.member(String(code), count)
            }
        }
        object.member("watchers", statistics.watchers)
        object.object("connections") { connections in
            connections.member("open", statistics.connectionsOpen)
            connections.member("total", statistics.connectionsTotal)
            connections.member("refused", statistics.connectionsRefused)
            connections.member("bytesRead", statistics.bytesRead)
            connections.member("bytesWritten", statistics.bytesWritten)
        }
        let journal = service.journal
        object.object("journal") { object in
            if case .failed(let error) = journal.health {
                object.member("health", "failed: \(error.message)")
            } else {
                object.member("health", "working")
            }
            object.member("generation", Int64(journal.generation))
            object.member("durableSequence", Int64(journal.durableSequence))
            object.member("commits", journal.statistics.commits)
            object.member("bytes", journal.statistics.bytes)
            object.member("lastCommitMicroseconds", Int64(journal.statistics.lastCommitMicroseconds))
            object.member("failures", journal.statistics.failures)
        }
        object.object("snapshots") { snapshots in
            snapshots.member("written", statistics.snapshotsWritten)
            snapshots.member("failed", statistics.snapshotsFailed)
            snapshots.member("lastAt", statistics.lastSnapshotAt?.milliseconds)
            snapshots.member("lastBytes", statistics.lastSnapshot.map { Int64($0.bytes) })
            snapshots.member("lastTookMs", statistics.lastSnapshot?.took.count)
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
