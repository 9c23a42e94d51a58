// SIGHUP: the configuration is read again, and taken as a whole or not at all.

import Foundation
import TestSupport
import Testing

@Suite("Reload", .serialized)
struct ReloadTests {
    @Test(
        "SIGHUP puts a changed configuration in force for sessions to come, and spares those that are there",
        .rule("The configuration sets these")
    )
    func changed() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"ttl = "1h""#)
        #expect(try await daemon.policy()["ttl"] == 3_600_000)
        let old = try await daemon.socket.call("session.create", ["userId": "ann"])
        try daemon.configure(
            """
            # Everything that a reload can change.
            ttl = "2h"
            touchInterval = "10m"
            lifetime = "1d"
            freshAge = "5m"
            snapshotInterval = "30s"
            """
        )
        daemon.signal(SIGHUP)
        try await wait(until: "the new ttl is in force") { try await daemon.policy()["ttl"] == 7_200_000 }
        let policy = try await daemon.policy()
        #expect(policy["touchInterval"] == 600_000)
        #expect(policy["lifetime"] == 86_400_000)
        #expect(policy["freshAge"] == 300_000)
        #expect(policy["snapshotInterval"] == 30_000)
        try await daemon.logged("configuration reloaded")

        let new = try await daemon.socket.call("session.create", ["userId": "ann"])["session"]
        let createdAt = try #require(new["createdAt"].integer)
        #expect(new["expiresAt"] == .integer(createdAt + 7_200_000))
        #expect(new["lifetimeEndsAt"] == .integer(createdAt + 86_400_000))
        let found = try await daemon.socket.call("session.lookup", ["token": old["token"]])
        #expect(found["session"] == old["session"])
    }

    @Test("a key that is taken out of the configuration goes back to its default")
    func removed() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"ttl = "1h""#)
        try daemon.configure("")
        daemon.signal(SIGHUP)
        try await wait(until: "the default is in force") { try await daemon.policy()["ttl"] == 604_800_000 }
    }

    @Test("a configuration with an error is refused with its place, and the old one stays as a whole")
    func broken() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"ttl = "1h""#)
        let before = try await daemon.policy()
        let texts: [(text: String, complaints: [String])] = [
            ("# more\nlifetime = \"1d\"\ntouchIntervall = \"1h\"\n", [":3:", "touchIntervall", "\"touchInterval\""]),
            ("lifetime = \"1d\"\nttl = \"soon\"\n", [":2:", "ttl", "\"7d\""]),
            ("lifetime = \"1d\"\nttl = 7\n", [":2:", "ttl"]),
            ("lifetime = \"1d\"\nttl = \"0\"\n", [":2:", "ttl"]),
            ("lifetime = \"1d\"\n\nttl = = 1\n", [":3"]),
        ]
        for (text, complaints) in texts {
            try daemon.configure(text)
            daemon.signal(SIGHUP)
            for complaint in [daemon.configurationFile] + complaints {
                let line = try await daemon.logged(complaint)
                #expect(line.hasPrefix("<3>"))
            }
            #expect(try await daemon.policy() == before, "after \(text)")
        }
        #expect(daemon.log.split(separator: "\n").count { $0.contains("the old one stays") } == texts.count)
    }

    @Test("what a reload cannot change is refused by name, with all the rest")
    func fixed() async throws {
        let daemon = try await DaemonUnderTest(configuration: "maxConnections = 10\n")
        try daemon.configure("ttl = \"1h\"\nmaxConnections = 20\n")
        daemon.signal(SIGHUP)
        let line = try await daemon.logged("not reloaded")
        #expect(line.hasPrefix("<3>"))
        #expect(line.contains("maxConnections"))
        #expect(line.contains("restart"))
        let info = try await daemon.socket.call("server.info")
        #expect(info["policy"]["ttl"] == 604_800_000)
        #expect(info["limits"]["connections"] == 10)

        try await daemon.restart()
        #expect(try await daemon.socket.call("server.info")["limits"]["connections"] == 20)
    }

    @Test("a configuration that has gone is refused, and the daemon goes on")
    func gone() async throws {
        let daemon = try await DaemonUnderTest(configuration: #"ttl = "1h""#)
        try FileManager.default.removeItem(atPath: daemon.configurationFile)
        daemon.signal(SIGHUP)
        #expect(try await daemon.logged("not reloaded").contains(daemon.configurationFile))
        #expect(try await daemon.policy()["ttl"] == 3_600_000)
    }
}

extension DaemonUnderTest {
    fileprivate func policy() async throws -> JSON { try await socket.call("server.info")["policy"] }
}
