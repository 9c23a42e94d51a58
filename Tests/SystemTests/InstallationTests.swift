// systemd/install: what it does, that it does it once, and that it takes away what it brought.

import Foundation
import Testing

extension RealSystemdTests {
    @Suite("Installation")
    struct InstallationTests {
        @Test("a second installation changes nothing and says so")
        func again() async throws {
            let container = try installedContainer()
            let process = try await container.mainProcess()
            let result = try await container.install("--binary", Installation.binary)
            #expect(result.status == 0)
            for line in result.output.split(separator: "\n") {
                #expect(
                    ["unchanged", "present", "answered"].contains(line.split(separator: " ").first ?? ""),
                    "\(line)"
                )
            }
            #expect(result.output.contains(#""pong":true"#))
            if process != 0 { #expect(try await container.mainProcess() == process) }
        }

        @Test("a new binary is put in place of the old one, and the sessions stay")
        func update() async throws {
            let container = try installedContainer()
            let token = try await container.socket().create()
            let process = try await container.mainProcess()
            // What is behind the end of a program does not change it.
            try await container.output("sh", "-c", "cp /root/sessiond /root/newer && echo >>/root/newer")
            for binary in ["/root/newer", Installation.binary] {
                let result = try await container.install("--binary", binary)
                #expect(result.status == 0)
                #expect(result.output.contains(/updated +\/usr\/local\/bin\/sessiond/))
                #expect(result.output.contains(/restarted +sessiond.service/))
                try await container.output("cmp", binary, "/usr/local/bin/sessiond")
            }
            #expect(try await container.mainProcess() != process)
            #expect(try await container.socket().call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        }

        @Test("a configuration that was changed on the machine is kept")
        func configuration() async throws {
            let container = try installedContainer()
            try await container.configured("ttl = \"1h\"\n") { () async throws in
                let result = try await container.install("--binary", Installation.binary)
                #expect(result.output.contains(/kept +\/etc\/sessiond\/sessiond.toml/))
                #expect(try await container.output("cat", Installation.configuration) == "ttl = \"1h\"")
            }
        }

        @Test("without root it refuses and does nothing, but stages files for a package")
        func withoutRoot() async throws {
            let container = try installedContainer()
            let options = ["/src/systemd/install", "--binary", "/usr/local/bin/sessiond"]
            let entrance = container.entrance(as: .nobody(in: "65534"))
            let refused = try await RunningProcess(entrance + options).end()
            #expect(refused.status == 77)
            #expect(refused.errors.contains("sudo"))
            let staged = try await RunningProcess(entrance + options + ["--prefix", "/usr", "--destdir", "/tmp/stage"])
                .end()
            #expect(staged.status == 0, "\(staged.errors)")
            let files = try await container.output("find", "/tmp/stage", "-type", "f")
            for file in [
                "usr/bin/sessiond", "usr/lib/systemd/system/sessiond.service", "usr/lib/sysusers.d/sessiond.conf",
                "etc/sessiond/sessiond.toml", "usr/bin/sessionctl", "usr/share/man/man1/sessionctl.1",
                "usr/share/man/man8/sessiond.8", "usr/share/bash-completion/completions/sessionctl",
                "usr/share/zsh/site-functions/_sessionctl", "usr/share/fish/vendor_completions.d/sessionctl.fish",
            ] {
                #expect(files.contains("/tmp/stage/\(file)"))
            }
            let start = try await container.output("grep", "-rh", "^ExecStart=", "/tmp/stage/usr/lib")
            #expect(start == "ExecStart=/usr/bin/sessiond")
        }

        @Test("sessionctl finds the socket that its user may open, and says which group opens one")
        func tool() async throws {
            let container = try installedContainer()
            #expect(try await container.output("sessionctl", "ping").contains("/run/sessiond/admin.sock"))
            #expect(try await container.output("sessionctl", "snapshot").contains("wrote /var/lib/sessiond/snapshot-"))
            for (group, role) in [("sessiond", "application"), ("sessiond-reader", "reader")] {
                let id = try await container.output("sh", "-c", "getent group \(group) | cut -d: -f3")
                let info = try await container.execute("sessionctl", "info", as: .nobody(in: id))
                #expect(info.output.contains(role), "\(info.errors)")
            }
            let refused = try await container.execute("sessionctl", "info", as: .nobody(in: "65534"))
            #expect(refused.status == 77)
            #expect(refused.errors.contains("members of the group sessiond"))
        }

        @Test("--uninstall leaves nothing but state and configuration, and with them a new installation goes on")
        func uninstall() async throws {
            let container = try installedContainer()
            let token = try await container.socket().create()
            let result = try await container.install("--uninstall")
            #expect(result.status == 0)
            let places = ["/etc", "/run", "/usr/local", "/var/lib", "/opt"]
            let names = ["-name", "*sessiond*", "-o", "-name", "*sessionctl*"]
            let find = container.entrance() + ["find"] + places + names
            let left = try await RunningProcess(find).end().output.split(separator: "\n").map { String($0) }
            #expect(Set(left) == ["/etc/sessiond", Installation.configuration, "/var/lib/sessiond"])
            #expect(
                try await container.output("systemctl", "list-units", "--all", "--plain", "--legend=no", "sessiond*")
                    == ""
            )
            #expect(try await container.execute("pgrep", "-x", "sessiond").status == 1)
            let again = try await container.install("--uninstall")
            #expect(again.status == 0)
            #expect(!again.output.contains("removed"))

            #expect(try await container.install("--binary", Installation.binary).status == 0)
            #expect(try await container.socket().call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        }
    }
}
