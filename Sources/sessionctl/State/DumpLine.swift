// One line of a dump as a value. Whatever is not exactly as `dump` writes it is refused, but for white space and the order
// of members, so that what other tools pass on is read, and a misspelt name is not passed over.

import Durability
import JSONRPC
import Sessions

/// The first line of a dump.
struct DumpHeader {
    let sequence: UInt64
    let epochs: [Past.Ancestor]

    init(_ line: Span<UInt8>) throws(LineError) {
        var members = try LineMembers(line)
        let format = "this is not a dump of sessiond's state: its first line has to begin with \"format\""
        let isDump: Bool
        do { isDump = try members.isString("format", DumpFormat.name) } catch { throw LineError(format) }
        guard isDump else { throw LineError(format) }
        let version = try members.integer("version", in: 1...Int64.max)
        guard version == DumpFormat.version else {
            throw LineError("a dump of version \(version), and this sessionctl reads \(DumpFormat.version)")
        }
        // Beyond it no daemon reads a snapshot.
        let sequence = try members.integer("sequence", in: 0...Int64(greatestSequence))
        var epochs: [Past.Ancestor] = []
        for element in try members.elements("epochs") {
            var epoch = try LineMembers(line, element)
            let name = try epoch.epoch("epoch")
            let least = epochs.last.map { Int64($0.end) } ?? 0
            epochs.append(Past.Ancestor(epoch: name, end: UInt64(try epoch.integer("sequence", in: least...sequence))))
            try epoch.finish()
        }
        if let last = epochs.last, last.end != UInt64(sequence) {
            throw LineError("the last epoch must have the sequence of the dump, \(sequence)")
        }
        try members.finish()
        self.sequence = UInt64(sequence)
        self.epochs = epochs
    }
}

/// Any other line.
enum DumpLine {
    case entry(SnapshotEntry)
    case end

    /// - Parameter last: The sequence number that the header names.
    init(_ line: Span<UInt8>, upTo last: UInt64) throws(LineError) {
        var members = try LineMembers(line)
        if try members.isString("type", "end") {
            self = .end
        } else if try members.isString("type", "session") {
            let sequence = try members.sequence(upTo: last)
            self = .entry(.session(try members.session(), sequence: sequence))
        } else if try members.isString("type", "tombstone") {
            let sequence = try members.sequence(upTo: last)
            self = .entry(.tombstone(try members.tombstone(), sequence: sequence))
        } else if try members.isString("type", "replaced") {
            let sequence = try members.sequence(upTo: last)
            self = .entry(.replaced(try members.replacedToken(), sequence: sequence))
        } else {
            throw LineError("type must be \"session\", \"tombstone\", \"replaced\" or \"end\"")
        }
        try members.finish()
    }
}

extension LineMembers {
    fileprivate mutating func sequence(upTo last: UInt64) throws(LineError) -> UInt64 {
        guard last > 0 else { throw LineError("an entry of a state that has seen no change") }
        return UInt64(try integer("sequence", in: 1...Int64(last)))
    }

    fileprivate mutating func session() throws(LineError) -> Session {
        Session(
            id: try sessionID("id"),
            tokenHash: try tokenHash("tokenHash"),
            userID: UserID(try text("userId", limit: UserID.longest)),
            createdAt: try instant("createdAt"),
            authenticatedAt: try instant("authenticatedAt"),
            touchedAt: try instant("touchedAt"),
            expiresAt: try instant("expiresAt"),
            lifetimeEndsAt: try instantOrNever("lifetimeEndsAt"),
            // Negative when the end that was asked for had passed already.
            ttl: Milliseconds(try integer("ttl", in: -(1 << 47)...(1 << 53))),
            version: UInt32(try integer("version", in: 1...Int64(UInt32.max))),
            ip: try text("ip", limit: SessionLimit.ip),
            userAgent: try text("userAgent", limit: SessionLimit.userAgent),
            data: try object("data", limit: SessionLimit.data)
        )
    }

    fileprivate mutating func tombstone() throws(LineError) -> Tombstone {
        Tombstone(
            id: try sessionID("id"),
            tokenHash: try tokenHash("tokenHash"),
            expiresAt: try instant("expiresAt"),
            revokedAt: try instant("revokedAt"),
            cause: try text("cause", limit: SessionLimit.cause)
        )
    }

    fileprivate mutating func replacedToken() throws(LineError) -> ReplacedToken {
        ReplacedToken(
            tokenHash: try tokenHash("tokenHash"),
            id: try sessionID("id"),
            at: try instant("replacedAt")
        )
    }
}
