// The limits that NIST SP 800-63B-4 names for its levels of assurance: the settings that the threat model gives for them are
// those limits, and sessions end by them to the millisecond, however they are used.

import Sessions
import Testing

@testable import SessionServer

@Suite("Levels of assurance")
struct AssuranceLevelTests {
    /// A level as the article has it.
    struct Level: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let policy: Policy
        /// What the article says that it is, in words.
        let overall: Milliseconds
        let inactivity: Milliseconds?
    }

    static let levels = (try? readLevels()) ?? []

    private static func readLevels() throws -> [Level] {
        try ArticleRow.all(in: ThreatModelTests.article).filter { $0.heads.first == "level" }
            .map { row in
                let settings = ArticleRow.code(in: row.cell("settings") ?? "").joined(separator: "\n")
                return Level(
                    testDescription: row.cells[0],
                    policy: try Configuration(text: settings, file: "ThreatModel.md").policy,
                    overall: duration(row.cell("overall") ?? "") ?? .zero,
                    inactivity: duration(row.cell("inactivity") ?? "")
                )
            }
    }

    private static func duration(_ words: String) -> Milliseconds? {
        let parts = words.split(separator: " ")
        let units: [Substring: Int64] = ["days": 86_400, "hours": 3600, "hour": 3600, "minutes": 60]
        guard let count = parts.first.flatMap({ Int64($0) }), let unit = parts.last.flatMap({ units[$0] }) else {
            return nil
        }
        return .seconds(count * unit)
    }

    @Test("there are three, within which the settings stay")
    func settings() {
        #expect(Self.levels.map(\.testDescription) == ["AAL1", "AAL2", "AAL3"])
        for level in Self.levels {
            #expect(level.policy.lifetime == level.overall)
            if let inactivity = level.inactivity { #expect(level.policy.ttl == inactivity) }
        }
    }

    @Test("however much it is used, a session ends when the overall timeout is over", arguments: levels)
    func overall(_ level: Level) throws {
        let tested = ServiceUnderTest(policy: level.policy)
        let token = try tested.create().token
        let pace = Milliseconds(level.policy.ttl.count / 3)
        while tested.now.advanced(by: pace) < Instant.start.advanced(by: level.overall) {
            tested.pass(pace)
            #expect(try tested.lookup(token)["session"] != .null)
        }
        tested.now = Instant.start.advanced(by: level.overall).plus(-1)
        #expect(try tested.lookup(token)["session"] != .null)
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(token)["session"] == .null)
    }

    @Test(
        "a session that is not used ends when the inactivity timeout is over, and activity resets it",
        arguments: levels
    )
    func idle(_ level: Level) throws {
        let tested = ServiceUnderTest(policy: level.policy)
        let token = try tested.create().token
        tested.pass(Milliseconds(level.policy.ttl.count - 1))
        #expect(try tested.lookup(token)["touched"] == true)
        tested.pass(Milliseconds(level.policy.ttl.count - 1))
        #expect(try tested.isAlive(token))
        tested.pass(Milliseconds(1))
        #expect(try tested.isAlive(token) == false)
    }

    @Test("reauthentication resets both timeouts", arguments: levels)
    func reauthenticated(_ level: Level) throws {
        let tested = ServiceUnderTest(policy: level.policy)
        let token = try tested.create().token
        tested.pass(Milliseconds(level.policy.ttl.count - 1))
        let refreshed = try tested.call("session.refresh", #"{"token":"\#(token)","authenticated":true}"#)
        let session = refreshed["session"]
        #expect(session?["lifetimeEndsAt"]?.integer == tested.now.advanced(by: level.overall).milliseconds)
        #expect(session?["expiresAt"]?.integer == tested.now.advanced(by: level.policy.ttl).milliseconds)
    }
}
