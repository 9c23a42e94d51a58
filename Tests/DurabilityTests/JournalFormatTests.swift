// Every kind of change comes back from a journal as it went in, at the limits of its values, too.

import Testing

@testable import Durability
@testable import Sessions

@Suite("Changes in a journal")
struct JournalFormatTests {
    private static let id = SessionID(high: .max, low: 1)
    private static let longestUser = UserID([UInt8](repeating: 0xFF, count: UserID.longest))!

    /// A session with every value at its upper limit.
    private static var largest: Session {
        var session = sampleSession(.max, data: "{\"x\":\"" + String(repeating: "y", count: 65_528) + "\"}")
        session.userID = longestUser
        session.createdAt = .distantFuture
        session.authenticatedAt = .distantFuture
        session.touchedAt = .distantFuture
        session.expiresAt = .distantFuture
        session.lifetimeEndsAt = .distantFuture
        session.ttl = .longest
        session.version = .max
        session.ip = [UInt8](repeating: 0x62, count: SessionLimit.ip)
        session.userAgent = [UInt8](repeating: 0x63, count: SessionLimit.userAgent)
        return session
    }

    /// A session of nobody with nothing in it.
    private static var smallest: Session {
        Session(
            id: SessionID(high: 0, low: 0),
            tokenHash: TokenHash(words: .init(a: 0, b: 0, c: 0, d: 0)),
            userID: nil,
            createdAt: Instant(milliseconds: 0),
            authenticatedAt: Instant(milliseconds: 0),
            touchedAt: Instant(milliseconds: 0),
            expiresAt: Instant(milliseconds: 0),
            lifetimeEndsAt: Instant(milliseconds: 0),
            ttl: Milliseconds(-5),
            version: 0,
            ip: [],
            userAgent: [],
            data: []
        )
    }

    private static let longestCause = [UInt8](repeating: 0x64, count: SessionLimit.cause)

    private static func revoked(_ scope: Revocation.Scope, cause: [UInt8] = []) -> Change {
        .revoked(Revocation(scope: scope, at: noon, cause: cause))
    }

    private static let changes: [Change] = [
        .created(sampleSession(1)), .created(sampleSession(2)), .created(largest), .created(smallest),
        .rotated(
            Rotation(session: sampleSession(4), replaced: ReplacedToken(tokenHash: largest.tokenHash, id: id, at: noon))
        ),
        .updated(sampleSession(3)), .updated(largest), .updated(smallest),
        .touched(Touch(id: id, touchedAt: noon, expiresAt: noon.advanced(by: .days(7)), ttl: .days(7))),
        .touched(Touch(id: id, touchedAt: .distantFuture, expiresAt: .distantFuture, ttl: .longest)),
        .touched(Touch(id: id, touchedAt: noon, expiresAt: noon, ttl: Milliseconds(.min))),
        revoked(.session(id)), revoked(.session(id), cause: longestCause),
        revoked(.user(longestUser, except: nil)), revoked(.user(longestUser, except: id), cause: longestCause),
        revoked(.user(UserID([0])!, except: nil), cause: [0]), revoked(.user(UserID([0])!, except: id)),
        revoked(.everyone), revoked(.everyone, cause: longestCause),
        .expired(id), .expired(SessionID(high: 0, low: 0)),
    ]

    private func read(_ generation: UInt64, on disk: SimulatedDisk) throws -> [[JournalRecord]] {
        var reader = try JournalReader(StateFileName(.journal, generation).text, on: disk)
        defer { reader.close() }
        var commits: [[JournalRecord]] = []
        while let commit = try reader.next() { commits.append(commit) }
        #expect(reader.tornBytes == 0)
        return commits
    }

    @Test("come back one by one")
    func oneByOne() throws {
        let disk = SimulatedDisk()
        writeJournal(1, commits: Self.changes.map { [$0] }, on: disk)
        let records = try read(1, on: disk)
        #expect(records.count == Self.changes.count)
        for (place, change) in Self.changes.enumerated() {
            #expect(records[place] == [JournalRecord(sequence: UInt64(place) + 1, change: change, occasion: .plain)])
        }
    }

    @Test("come back together, and with the greatest numbers")
    func together() throws {
        let disk = SimulatedDisk()
        let start = UInt64.max - UInt64(Self.changes.count)
        writeJournal(.max, after: start, commits: [Self.changes], on: disk)
        let records = try read(.max, on: disk)
        let expected = Self.changes.enumerated()
            .map { JournalRecord(sequence: start + UInt64($0) + 1, change: $1, occasion: .plain) }
        #expect(records == [expected])
    }

    @Test("behind the greatest number there is none")
    func overflow() throws {
        let disk = SimulatedDisk()
        writeJournal(1, after: .max, commits: [[Self.changes[0]]], on: disk)
        #expect { try read(1, on: disk) } throws: { error in
            guard case .damaged(let damage) = error as? StateReadError else { return false }
            return damage.reason == "change 0 follows change \(UInt64.max)"
        }
    }

    @Test("take what the format says at least, and a header what it says exactly")
    func sizes() throws {
        #expect(JournalFormat.header(of: 1).count == JournalFormat.headerSize + JournalFormat.epochSize)
        for change in Self.changes {
            var buffer = CommitBuffer()
            buffer.append(change, sequence: 1, occasion: .plain)
            #expect(buffer.count >= JournalFormat.commitOverhead + JournalFormat.recordOverhead)
            let records = buffer.take()
            // The length in front of a record counts all of it but itself.
            var reader = BinaryReader(records[JournalFormat.commitOverhead...])
            #expect(reader.integer(UInt32.self).map(Int.init) == records.count - JournalFormat.commitOverhead - 4)
            #expect(buffer.isEmpty)
        }
    }

    @Test("are no changes when bytes are missing at their end, or when there are more")
    func wrongLengths() {
        for change in Self.changes {
            var buffer = CommitBuffer()
            buffer.append(change, sequence: 1, occasion: .plain)
            let content = buffer.take()[(JournalFormat.commitOverhead + 12)...]
            var whole = BinaryReader(content)
            #expect(whole.change() == change)
            #expect(whole.occasion() == .plain)
            #expect(whole.isAtEnd)
            // Of the largest only some cuts, for time's sake.
            for count in stride(from: 0, to: content.count, by: max(content.count / 100, 1)) {
                var cut = BinaryReader(content.prefix(count))
                #expect(cut.change() == nil || cut.occasion() == nil, "\(count) of \(content.count) bytes")
            }
        }
    }

    @Test("are no changes when a value is beyond its limit")
    func beyondLimits() {
        var (user, ip, userAgent, data) = (Self.smallest, Self.smallest, Self.smallest, Self.smallest)
        ip.ip = [UInt8](repeating: 0, count: SessionLimit.ip + 1)
        userAgent.userAgent = [UInt8](repeating: 0, count: SessionLimit.userAgent + 1)
        data.data = [UInt8](repeating: 0, count: SessionLimit.data + 1)
        user.userID = UserID([0x61])
        let cause = [UInt8](repeating: 0, count: SessionLimit.cause + 1)
        for change in [.created(ip), .updated(userAgent), .created(data), Self.revoked(.everyone, cause: cause)] {
            var buffer = CommitBuffer()
            buffer.append(change, sequence: 1, occasion: .plain)
            var reader = BinaryReader(buffer.take()[(JournalFormat.commitOverhead + 12)...])
            #expect(reader.change() == nil, "\(change)")
        }
        // A revocation of all sessions of nobody would be one of no user at all.
        var buffer = CommitBuffer()
        buffer.append(Self.revoked(.user(UserID([0x61])!, except: nil)), sequence: 1, occasion: .plain)
        var records = buffer.take()
        // Behind it are the user id, whether there is an exception, and the occasion.
        let length = records.count - (8 + 1) - 1 - 1 - 4
        #expect(records[length] == 1, "the length of the user id")
        records[length] = 0
        records.remove(at: length + 4)
        var reader = BinaryReader(records[(JournalFormat.commitOverhead + 12)...])
        #expect(reader.change() == nil)
    }
}

extension JournalFormat {
    /// The header of a journal that the writer begins.
    fileprivate static func header(of generation: UInt64) -> [UInt8] {
        let disk = SimulatedDisk()
        writeJournal(generation, commits: [], on: disk)
        return disk.content(of: StateFileName(.journal, generation).text) ?? []
    }
}
