// The configuration file: every key, every default, and what a running daemon can take over from a new one.

import Durability
import Sessions
import Testing

@testable import SessionServer

@Suite("Configuration")
struct ConfigurationTests {
    private func read(_ text: String) throws -> Configuration { try Configuration(text: text, file: "test.toml") }

    static let keys = [
        "ttl", "touchInterval", "lifetime", "freshAge", "rotationGrace", "maxSessionsPerUser", "whenFull", "sync",
        "snapshotInterval", "maxConnections", "maxBuffered", "maxWatchers", "maxWaiting", "uidShare", "lineTimeout",
        "watchHistory", "maxMemory",
    ]

    @Test("without a setting the defaults are those of the protocol", arguments: ["", "|", "# nothing|", "  |"])
    func defaults(_ text: String) throws {
        let configuration = try read(text.replacing("|", with: "\n"))
        #expect(configuration == Configuration())
        #expect(configuration.policy.ttl == .days(7))
        #expect(configuration.policy.touchInterval(forTTL: .days(7)) == .days(1))
        #expect(configuration.policy.touchInterval(forTTL: .days(14)) == .days(2))
        #expect(configuration.policy.lifetime == .days(30))
        #expect(configuration.policy.freshAge == .days(1))
        #expect(configuration.sync == .always)
        #expect(configuration.snapshotInterval == .seconds(300))
        #expect(configuration.maxConnections == 4096)
    }

    @Test("every key sets its own setting and no other")
    func everyKey() throws {
        var expected = Configuration()
        expected.policy.ttl = .seconds(1)
        #expect(try read(#"ttl = "1s""#) == expected)
        expected = Configuration()
        expected.policy.touchInterval = .seconds(2)
        #expect(try read(#"touchInterval = "2s""#) == expected)
        expected = Configuration()
        expected.policy.lifetime = .seconds(3)
        #expect(try read(#"lifetime = "3s""#) == expected)
        expected = Configuration()
        expected.policy.freshAge = .seconds(4)
        #expect(try read(#"freshAge = "4s""#) == expected)
        expected = Configuration()
        expected.sync = .everysec
        #expect(try read(#"sync = "everysec""#) == expected)
        expected.sync = .always
        expected.snapshotInterval = .seconds(5)
        #expect(try read(#"snapshotInterval = "5s""#) == expected)
        expected = Configuration()
        expected.maxConnections = 6
        #expect(try read("maxConnections = 6") == expected)
        expected = Configuration()
        expected.maxBuffered = .bytes(7 << 20)
        #expect(try read(#"maxBuffered = "7M""#) == expected)
        expected = Configuration()
        expected.maxWatchers = 8
        #expect(try read("maxWatchers = 8") == expected)
        expected = Configuration()
        expected.maxWaiting = 9
        #expect(try read("maxWaiting = 9") == expected)
        expected = Configuration()
        expected.uidShare = 10
        #expect(try read(#"uidShare = "10%""#) == expected)
        expected = Configuration()
        expected.lineTimeout = .seconds(11)
        #expect(try read(#"lineTimeout = "11s""#) == expected)
    }

    @Test("limits may be switched off where the protocol says so", arguments: ["0", "0s"])
    func zeros(_ zero: String) throws {
        let configuration = try read("touchInterval = \"\(zero)\"\nlifetime = \"\(zero)\"\nfreshAge = \"\(zero)\"\n")
        #expect(configuration.policy.touchInterval == .zero)
        #expect(configuration.policy.lifetime == .zero)
        #expect(configuration.policy.freshAge == .zero)
    }

    @Test(
        "TOML may be written in its other ways",
        arguments: [
            "ttl='1h30m'", #"  ttl   =   "1h30m"   # a comment"#, #""ttl" = "1h30m""#, #"'ttl' = """1h30m""""#,
            #"ttl = "\u0031h30m""#,
        ]
    )
    func spellings(_ text: String) throws {
        #expect(try read(text).policy.ttl == .seconds(5400))
        #expect(try read(text + "\r\n").policy.ttl == .seconds(5400))
        #expect(try read("\u{feff}" + text).policy.ttl == .seconds(5400))
    }

    @Test("the bounds of maxConnections are taken", arguments: [("1", 1), ("1_000_000", 1_000_000), ("0x10", 16)])
    func connectionBounds(_ text: String, _ count: Int) throws {
        #expect(try read("maxConnections = \(text)").maxConnections == count)
    }

    @Test("the text of a configuration shows every key, in lines that a file may have")
    func text() {
        let lines = Configuration().text.split(separator: "\n")
        #expect(lines.map { String($0.prefix { $0 != " " }) } == Self.keys)
        #expect(lines.first == #"ttl = "7d""#)
        #expect(lines.last == #"maxMemory = "25%""#)
    }

    @Test(
        "the text of a configuration is read as that configuration",
        arguments: [
            "", "ttl = '14d'", "touchInterval = '0'", "lifetime = '0'|freshAge = '0'", "ttl = '1h30m'",
            "ttl = '1h'|touchInterval = '10m'", "snapshotInterval = '1s'|maxConnections = 1",
        ]
    )
    func textRoundTrip(_ text: String) throws {
        let configuration = try read(text.replacing("|", with: "\n"))
        // What is in force is spelt out, so an interval that followed the ttl is an interval of its own now.
        #expect(try read(configuration.text).text == configuration.text)
    }

    @Test("only maxConnections needs a restart, and only when it changes")
    func restart() throws {
        let old = Configuration()
        let everythingElse = try read(
            """
            ttl = "1h"
            touchInterval = "1m"
            lifetime = "1d"
            freshAge = "1m"
            sync = "everysec"
            snapshotInterval = "1m"
            maxBuffered = "1M"
            maxWatchers = 1
            maxWaiting = 1
            uidShare = "1%"
            lineTimeout = "1s"
            """
        )
        #expect(everythingElse.changesThatNeedRestart(from: old) == [])
        #expect(old.changesThatNeedRestart(from: old) == [])
        #expect(try read("maxConnections = 4096").changesThatNeedRestart(from: old) == [])
        #expect(try read("maxConnections = 4095").changesThatNeedRestart(from: old) == ["maxConnections"])
        #expect(try old.changesThatNeedRestart(from: read("maxConnections = 4095")) == ["maxConnections"])
    }
}
