// The installed service: its sockets start it, its groups open it, and systemd and the journal show what it does.

import Foundation
import TestSupport
import Testing

extension RealSystemdTests {
    @Suite("Service")
    struct ServiceTests {
        @Test("the first caller starts the service; until then only its sockets are there")
        func activation() async throws {
            let container = try installedContainer()
            try await container.systemctl("stop", "sessiond.service")
            for unit in Installation.units {
                #expect(try await container.property("ActiveState", of: unit) == "active")
                #expect(try await container.output("systemctl", "is-enabled", unit) == "enabled")
            }
            #expect(try await container.property("ActiveState") == "inactive")
            let info = try await container.socket().call("server.info")
            #expect(try await container.property("ActiveState") == "active")
            #expect(try await .integer(Int64(container.mainProcess())) == info["pid"])
        }

        @Test(
            "each socket has its role, its group and its mode",
            .rule("`/run/sessiond/sessiond.sock` | 0660, group `sessiond`"),
            .rule("`/run/sessiond/reader.sock` | 0660, group `sessiond-reader`"),
            .rule("`/run/sessiond/admin.sock` | 0600, root")
        )
        func sockets() async throws {
            let container = try installedContainer()
            let expected: [(SocketRole, String)] = [
                (.application, "660 root sessiond"), (.reader, "660 root sessiond-reader"),
                (.administrator, "600 root root"),
            ]
            for (role, owner) in expected {
                let socket = container.socket(role)
                #expect(try await socket.call("server.info")["role"] == .string(role.rawValue))
                #expect(try await container.output("stat", "--format=%a %U %G", socket.path) == owner)
            }
        }

        @Test("who is in no group is refused by the socket's mode, a member is let in by his socket only")
        func groups() async throws {
            let container = try installedContainer()
            let cases: [(group: String, opens: [SocketRole])] = [
                ("nogroup", []), ("sessiond", [.application]), ("sessiond-reader", [.reader]),
            ]
            for (group, opens) in cases {
                for role in SocketRole.allCases {
                    let socket = container.socket(role, as: .nobody(in: group))
                    let result = try await socket.converse(lines([request("server.ping")]))
                    let isLetIn = result.output.contains(#""pong":true"#)
                    #expect(isLetIn == opens.contains(role), "\(group) at \(role): \(result.errors)")
                    #expect(isLetIn || result.errors.contains("Permission denied"))
                }
            }
            // The journal says who came, as the kernel knows it.
            try await container.journalled("first caller of uid 65534", "PEER_UID=65534", "PEER_GID=65534")
        }

        @Test("the daemon runs as its own user, and its state is for nobody else")
        func user() async throws {
            let container = try installedContainer()
            try await container.socket().call("server.ping")
            let process = try await container.mainProcess()
            #expect(try await container.output("stat", "--format=%U", "/proc/\(process)") == "sessiond")
            #expect(try await container.output("stat", "--format=%a %U", "/var/lib/sessiond") == "700 sessiond")
            let path = try await container.socket(.administrator).call("server.snapshot")["path"].string ?? ""
            #expect(path.hasPrefix("/var/lib/sessiond/snapshot-"))
            #expect(try await container.output("stat", "--format=%a %U", path) == "600 sessiond")
        }

        @Test("systemctl status shows how many sessions and connections there are")
        func status() async throws {
            let container = try installedContainer()
            try await container.socket(.administrator).call("session.revoke", ["all": true])
            for _ in 0..<3 { _ = try await container.socket().create() }
            let caller = try container.socket().connect()
            _ = try await caller.answer(to: request("server.ping"))
            try await wait(until: "the status shows them") {
                let status = try await container.output("systemctl", "status", "--no-pager", "sessiond.service")
                return status.contains(#"Status: "3 sessions, 1 connections""#)
            }
            try caller.halfClose()
        }

        @Test("systemd-analyze rates the exposure at 0.5 or better")
        func exposure() async throws {
            let container = try installedContainer()
            let report = try await container.output("systemd-analyze", "security", "--no-pager", "sessiond.service")
            let rating = try #require(report.firstMatch(of: /Overall exposure level for sessiond.service: ([0-9.]+)/))
            #expect(try #require(Double(rating.output.1)) <= 0.5, "\(report)")
        }

        @Test("the units hold what systemd knows of")
        func verify() async throws {
            let container = try installedContainer()
            let units = ["sessiond.service"] + Installation.units
            let result = try await RunningProcess(container.entrance() + ["systemd-analyze", "verify"] + units).end()
            #expect(result.status == 0)
            #expect(!result.errors.contains("sessiond"), "\(result.errors)")
        }

        @Test("the journal has the start with its message id, and the catalog explains it")
        func journal() async throws {
            let container = try installedContainer()
            try await container.systemctl("restart", "sessiond.service")
            let process = try await container.mainProcess()
            let id = "MESSAGE_ID=67205cfd9c6d4caeabf6429c3482f909"
            let entry = try await wait(for: "the entry") { () -> JSON? in
                let json = try await container.output("journalctl", "--output=json", "--lines=1", id, "_PID=\(process)")
                return json.isEmpty ? nil : try JSON(parsing: json)
            }
            #expect(entry["_SYSTEMD_UNIT"] == "sessiond.service")
            #expect(entry["SYSLOG_IDENTIFIER"] == "sessiond")
            #expect(entry["PRIORITY"] == "5")
            #expect(entry["MESSAGE"].string?.contains("from /var/lib/sessiond") == true)
            let explained = try await container.output("journalctl", "--catalog", "--lines=1", id)
            #expect(explained.contains("Subject: The session daemon is ready"))
        }

        @Test("every kind of message that the daemon sends is in the catalog")
        func catalog() async throws {
            let container = try installedContainer()
            let listed = try await container.output("journalctl", "--list-catalog")
            let source = try String(contentsOfFile: "\(Package.root)/systemd/sessiond.catalog", encoding: .utf8)
            let ids = source.matches(of: /(?m)^-- ([0-9a-f]{32})$/).map { String($0.output.1) }
            #expect(ids.count >= 10)
            for id in ids { #expect(listed.contains(id)) }
        }
    }
}
