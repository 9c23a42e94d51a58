// What systemd does for the daemon: restarts that callers do not notice, and help when it is killed, stopped or broken.

import Foundation
import Testing

extension RealSystemdTests {
    @Suite("Supervision")
    struct SupervisionTests {
        @Test("restarts under a caller that keeps asking lose no session and refuse no connection")
        func restart() async throws {
            let container = try installedContainer()
            let token = try await container.socket().create(for: "restarted")
            let ask = """
                while [ ! -e /tmp/enough ]; do
                    echo try
                    echo '\(request("session.lookup", ["token": token]))' |
                        socat -t30 - UNIX-CONNECT:/run/sessiond/sessiond.sock
                done
                rm /tmp/enough
                """
            let asking = try RunningProcess(container.entrance() + ["sh", "-c", ask])
            let restarts = 3
            for _ in 0..<restarts {
                let before = asking.answerLines.count
                try await wait(until: "the caller is being answered") { asking.answerLines.count > before + 3 }
                let process = try await container.mainProcess()
                try await container.systemctl("restart", "sessiond.service")
                #expect(try await container.mainProcess() != process)
            }
            let before = asking.answerLines.count
            try await wait(until: "the caller is being answered") { asking.answerLines.count > before + 3 }
            try await container.output("touch", "/tmp/enough")
            let result = try await asking.end()
            let answers = try asking.answerLines.map { try JSON(parsing: $0) }
            #expect(answers.allSatisfy { $0["result"]["session"]["userId"] == "restarted" })
            // A caller whose connection had been accepted, but not read, when the daemon was told to stop asks again.
            #expect(result.output.split(separator: "\n").count { $0 == "try" } - answers.count <= restarts)
            #expect(!result.errors.contains("connect("), "\(result.errors)")
        }

        @Test("a killed daemon is started again, however often, with all that was acknowledged")
        func killed() async throws {
            let container = try installedContainer()
            let token = try await container.socket().create(for: "killed")
            let revoked = try await container.socket().create(for: "killed")
            try await container.socket().call("session.revoke", ["token": revoked])
            var process = try await container.mainProcess()
            // More often than systemd's usual limit on starts allows.
            for _ in 0..<6 {
                try await container.output("kill", "-KILL", "\(process)")
                process = try await container.successor(of: process)
            }
            #expect(
                try await container.socket().call("session.lookup", ["token": token])["session"]["userId"] == "killed"
            )
            #expect(try await container.socket().call("session.lookup", ["token": revoked])["reason"] == "revoked")
            for unit in Installation.units {
                #expect(try await container.property("ActiveState", of: unit) == "active")
            }
        }

        @Test("a daemon that hangs is noticed by the watchdog and replaced, and its callers are answered")
        func hanging() async throws {
            let container = try installedContainer()
            let token = try await container.socket().create(for: "hanging")
            let process = try await container.mainProcess()
            try await container.output("kill", "-STOP", "\(process)")
            let waiting = try container.socket().begin(lines([request("session.lookup", ["token": token])]))
            _ = try await container.successor(of: process, limit: .seconds(60))
            #expect(try await container.property("NRestarts") != "0")
            let answer = try await waiting.end(limit: .seconds(60))
            #expect(try JSON(parsing: answer.output)["result"]["session"]["userId"] == "hanging")
            try await container.journalled("Watchdog timeout")
        }

        @Test("systemctl reload puts a changed configuration in force in the same process")
        func reload() async throws {
            let container = try installedContainer()
            try await container.socket().call("server.ping")
            let process = try await container.mainProcess()
            try await container.configured("ttl = \"90m\"\n") { () async throws in
                try await container.systemctl("reload", "sessiond.service")
                try await wait(until: "the new ttl is in force") { try await container.ttl() == 5_400_000 }
                #expect(try await container.mainProcess() == process)
                #expect(try await container.property("ActiveState") == "active")
            }
            #expect(try await container.ttl() == 604_800_000)
        }

        @Test("a configuration that is made after the start is found by a reload")
        func laterConfiguration() async throws {
            let container = try installedContainer()
            try await container.configured(nil) { () async throws in
                try await container.systemctl("restart", "sessiond.service")
                #expect(try await container.ttl() == 604_800_000)
                try await container.configure("ttl = \"90m\"\n")
                try await container.systemctl("reload", "sessiond.service")
                let process = try await container.mainProcess()
                try await container.journalled("configuration reloaded", "_PID=\(process)")
                #expect(try await container.ttl() == 5_400_000)
            }
        }

        @Test("a broken configuration ends the start for good, and callers are told; once mended, a restart heals all")
        func brokenConfiguration() async throws {
            let container = try installedContainer()
            try await container.systemctl("stop", "sessiond.service")
            try await container.configured("tll = \"7d\"\n") { () async throws in
                let caller = try await container.socket().converse(lines([request("server.ping")]))
                #expect(caller.output.isEmpty)
                try await wait(until: "the start is given up") {
                    try await container.property("ActiveState", of: "sessiond.socket") == "failed"
                }
                #expect(try await container.property("ExecMainStatus") == "78")
                try await container.journalled("\(Installation.configuration):1: unknown key \"tll\"")
                try await container.journalled("did you mean \"ttl\"?")
            }
            for role in SocketRole.allCases {
                #expect(try await container.socket(role).call("server.ping")["pong"] == true)
            }
            for unit in Installation.units + ["sessiond.service"] {
                #expect(try await container.property("ActiveState", of: unit) == "active")
            }
            // Or systemd would still count these starts when another test has the sockets start the service.
            try await container.systemctl("daemon-reload")
        }

        @Test(
            "a damaged snapshot is told of in status and journal; without a whole one the service stays down until mended"
        )
        func damagedState() async throws {
            let container = try installedContainer()
            _ = try await container.socket().create()
            try await container.socket(.administrator).call("server.snapshot")
            let token = try await container.socket().create(for: "damaged")
            try await container.systemctl("stop", "sessiond.service")
            // A byte in the middle of the newest snapshot becomes another one.
            let damage = """
                cd /var/lib/sessiond
                for file in $(ls snapshot-???????????????? | tail -n "$0"); do
                    printf '\\377\\0' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 2)) conv=notrunc status=none
                done
                """
            try await container.output("sh", "-c", damage, "1")
            let found = try await container.socket().call("session.lookup", ["token": token])
            #expect(found["session"]["userId"] == "damaged")
            #expect(try await container.property("StatusText").contains("damaged"))
            try await container.journalled("/snapshot-0", "MESSAGE_ID=5015373e47bd4afb88315ec3bc09bfe0")
            #expect(try await container.output("sh", "-c", "ls /var/lib/sessiond").contains(".damaged"))

            // So that the journals do not reach back to the beginning, which would do without any snapshot.
            try await container.socket(.administrator).call("server.snapshot")
            _ = try await container.socket().create()
            try await container.systemctl("stop", "sessiond.service")
            try await container.output("sh", "-c", damage, "100")
            #expect(try await container.execute("systemctl", "start", "sessiond.service").status != 0)
            #expect(try await container.property("ActiveState") == "failed")
            #expect(try await container.property("ExecMainStatus") == "65")
            let refusal = "MESSAGE_ID=736b1c9d723b4970b0a984ebaff9f4f4"
            try await container.journalled("the state in /var/lib/sessiond is damaged: snapshot-0", refusal)

            // As the catalog says.
            let units = Installation.units.joined(separator: " ")
            try await container.output("sh", "-c", "systemctl stop \(units) sessiond.service")
            let command = container.entrance() + ["sessionctl", "state"]
            let check = try await RunningProcess(command + ["check", "/var/lib/sessiond"]).end()
            #expect(check.status == 65)
            #expect(check.output.contains("sessionctl state repair /var/lib/sessiond"))
            let repair = try await RunningProcess(command + ["repair", "/var/lib/sessiond"]).end()
            #expect(repair.status == 0, "\(repair.output)\(repair.errors)")
            // Root has done it, and the daemon can read what came of it.
            try await container.output("sh", "-c", "systemctl start \(units)")
            #expect((try await container.socket().call("server.stats")["store"]["sessions"].integer ?? 0) > 0)
            try await container.output("sh", "-c", "rm /var/lib/sessiond/*.damaged")
        }
    }
}

extension Container {
    fileprivate func ttl() async throws -> JSON { try await socket().call("server.info")["policy"]["ttl"] }
}

extension RunningProcess {
    /// The whole lines of its output that are answers.
    fileprivate var answerLines: [Substring] {
        let text = String(decoding: output, as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().filter { $0.hasPrefix("{") }
    }
}
