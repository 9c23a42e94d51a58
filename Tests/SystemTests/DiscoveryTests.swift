// What the daemon says of itself through socat: rpc.discover, and server.metrics as a scraper would ask for it.

import Foundation
import Testing

@Suite("rpc.discover and server.metrics", .serialized)
struct DiscoveryTests {
    @Test("the document describes the methods that there are, each as it can be called")
    func document() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator, .reader])
        let document = try await daemon.socket.call("rpc.discover")
        #expect(document["openrpc"].string?.hasPrefix("1.3.") == true)
        let version = try await run(Package.binary(), "--version").output
        #expect(try version == "sessiond \(#require(document["info"]["version"].string))\n")
        #expect(try await daemon.admin.call("rpc.discover") == document)
        #expect(try await daemon.socket(.reader).answer("rpc.discover")["error"]["code"] == 403)

        let methods = document["methods"].elements
        #expect(methods.count > 10)
        for method in methods {
            let name = try #require(method["name"].string)
            for role in SocketRole.allCases {
                // Without an unknown parameter, some of them would do something.
                let answer = try await daemon.socket(role).answer(name, ["no such": 1])
                let mayCall = method["x-roles"].elements.contains(.string(role.rawValue))
                #expect(answer["error"]["code"] == (mayCall ? -32602 : 403), "\(name) \(role)")
            }
        }
        let created = try #require(methods.first { $0["name"] == "session.create" })
        let ttl = created["params"].elements.first { $0["name"] == "ttl" }
        #expect(ttl?["schema"]["default"] == 604_800_000)
    }

    @Test("metrics count what callers do, and how long it takes")
    func metrics() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let token = try await daemon.socket.create()
        let lookup = request("session.lookup", ["token": token])
        #expect(try await daemon.socket.answers(to: Array(repeating: lookup, count: 50)).count == 50)
        #expect(try await daemon.socket.answer("session.dance")["error"]["code"] == -32601)
        _ = try await daemon.admin.call("server.snapshot")

        let text = try #require(try await daemon.socket.call("server.metrics")["text"].string)
        #expect(text.hasSuffix("\n# EOF\n"))
        #expect(try await daemon.admin.call("server.metrics")["text"].string?.hasSuffix("\n# EOF\n") == true)
        let samples = Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").filter { !$0.hasPrefix("#") }
                .map { line in
                    let parts = line.split(separator: " ")
                    return (String(parts[0]), Double(parts[1]) ?? .nan)
                }
        )
        let duration = "sessiond_request_duration_seconds"
        let expected: [(String, Double)] = [
            ("sessiond_sessions", 1), (#"sessiond_requests_total{method="session.lookup"}"#, 50),
            (#"sessiond_errors_total{code="-32601"}"#, 1), (#"sessiond_changes_total{change="created"}"#, 1),
            ("sessiond_snapshots_written_total", 1), ("sessiond_journal_working", 1),
            (#"\#(duration)_count{method="session.lookup"}"#, 50), (#"\#(duration)_count{method="session.create"}"#, 1),
            (#"\#(duration)_bucket{method="session.lookup",le="+Inf"}"#, 50),
        ]
        for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
        // Created is what is on the disk: that takes time, but not for ever.
        let created = try #require(samples[#"\#(duration)_sum{method="session.create"}"#])
        #expect(created > 0 && created < 60)
        #expect((samples["sessiond_process_resident_memory_bytes"] ?? 0) > 1e6)
        #expect((samples["sessiond_process_cpu_seconds_total"] ?? 0) > 0)
        #expect((samples["sessiond_process_start_time_seconds"] ?? 0) > 1.6e9)

        let stats = try await daemon.socket.call("server.stats")
        #expect(stats["latency"]["session.lookup"]["count"] == 50)
        #expect(stats["latency"]["session.lookup"]["buckets"]["10000000"] == 50)
    }
}
