// The lines of a dump: a header, a line for each entry, and a last one that says that nothing is missing.

import Durability
import Glibc
import JSONRPC
import Sessions

/// What a dump says of itself.
enum DumpFormat {
    static let name: StaticString = "sessiond-state"
    static let version: Int64 = 1
}

/// Writes a dump to a file.
struct DumpWriter: ~Copyable {
    private static let pieceSize = 1 << 16

    private let descriptor: CInt
    private var buffer = ByteBuffer()

    init(to descriptor: CInt) {
        self.descriptor = descriptor
    }

    mutating func begin(sequence: UInt64, epochs: [Past.Ancestor]) {
        buffer.append(#"{"format":""#)
        buffer.append(DumpFormat.name)
        buffer.append(#"","version":"#)
        buffer.append(DumpFormat.version)
        buffer.append(#","sequence":"#)
        buffer.append(Int64(sequence))
        buffer.append(#","epochs":["#)
        for (place, epoch) in epochs.enumerated() {
            if place > 0 { buffer.append(",") }
            buffer.append(#"{"epoch":""#)
            buffer.append(utf8: epoch.epoch.text)
            buffer.append(#"","sequence":"#)
            buffer.append(Int64(epoch.end))
            buffer.append("}")
        }
        buffer.append("]}\n")
    }

    mutating func append(_ entry: SnapshotEntry) throws(StateFailure) {
        switch entry {
        case .session(let session, let sequence):
            begin("session", session.id, session.tokenHash, sequence)
            append(session)
        case .tombstone(let tombstone, let sequence):
            begin("tombstone", tombstone.id, tombstone.tokenHash, sequence)
            append(#","expiresAt":"#, tombstone.expiresAt)
            append(#","revokedAt":"#, tombstone.revokedAt)
            append(#","cause":"#, tombstone.cause)
        case .replaced(let token, let sequence):
            begin("replaced", token.id, token.tokenHash, sequence)
            append(#","replacedAt":"#, token.at)
        }
        buffer.append("}\n")
        if buffer.count >= Self.pieceSize { try flush() }
    }

    /// Ends the dump.
    mutating func end() throws(StateFailure) {
        buffer.append("{\"type\":\"end\"}\n")
        try flush()
    }

    private mutating func begin(_ type: StaticString, _ id: SessionID, _ token: TokenHash, _ sequence: UInt64) {
        buffer.append(#"{"type":""#)
        buffer.append(type)
        buffer.append(#"","id":""#)
        let text = id.text
        buffer.append(text.span)
        buffer.append(#"","sequence":"#)
        buffer.append(Int64(sequence))
        buffer.append(#","tokenHash":""#)
        for byte in token.bytes {
            buffer.append(hexadecimalDigit(byte >> 4))
            buffer.append(hexadecimalDigit(byte & 0xF))
        }
        buffer.append("\"")
    }

    private mutating func append(_ session: Session) {
        append(#","userId":"#, session.userID?.bytes ?? [])
        append(#","createdAt":"#, session.createdAt)
        append(#","authenticatedAt":"#, session.authenticatedAt)
        append(#","touchedAt":"#, session.touchedAt)
        append(#","expiresAt":"#, session.expiresAt)
        if session.lifetimeEndsAt == .distantFuture {
            buffer.append(#","lifetimeEndsAt":null"#)
        } else {
            append(#","lifetimeEndsAt":"#, session.lifetimeEndsAt)
        }
        buffer.append(#","ttl":"#)
        buffer.append(session.ttl.count)
        buffer.append(#","version":"#)
        buffer.append(Int64(session.version))
        append(#","ip":"#, session.ip)
        append(#","userAgent":"#, session.userAgent)
        buffer.append(#","data":"#)
        // It is JSON already, and compact.
        buffer.append(session.data.span)
    }

    private mutating func append(_ name: StaticString, _ instant: Instant) {
        buffer.append(name)
        buffer.append(instant.milliseconds)
    }

    /// Appends a text; null for an empty one.
    private mutating func append(_ name: StaticString, _ text: [UInt8]) {
        buffer.append(name)
        if text.isEmpty { buffer.append("null") } else { buffer.append(jsonString: text.span) }
    }

    private mutating func flush() throws(StateFailure) {
        while !buffer.isEmpty {
            let count = write(buffer.bytes)
            guard count > 0 else {
                throw StateFailure(.inputOutput, SystemError("write the dump", code: CInt(-count)).message)
            }
            buffer.consume(count)
        }
    }

    private func write(_ bytes: Span<UInt8>) -> Int {
        systemCall { unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) } }
    }
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
