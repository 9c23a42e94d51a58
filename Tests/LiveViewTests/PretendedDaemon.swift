// A daemon of the tests that answers `server.stats` as the real one does, with whatever has happened to it.

import SessionClient

@testable import LiveView

struct PretendedDaemon {
    static let start: Int64 = 1_795_323_484_000
    private static let bounds: [Int64] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 10_000_000]

    var now = PretendedDaemon.start + 3_600_000
    var startedAt = PretendedDaemon.start
    var sessions: Int64 = 1_204_331
    var connections: Int64 = 51
    var health = "working"
    var errors: Int64 = 0
    var snapshotsFailed: Int64 = 0
    var unwritten: Int64 = 0
    private(set) var requests: [String: Int64] = [:]
    private var latencies: [String: [Int64: Int64]] = [:]
    private var changes: [String: Int64] = [:]

    /// Answers so many requests, each in that many microseconds.
    mutating func serve(_ method: String, _ count: Int64, in microseconds: Int64) {
        requests[method, default: 0] += count
        for bound in Self.bounds where bound >= microseconds {
            latencies[method, default: [:]][bound, default: 0] += count
        }
    }

    mutating func change(_ kind: String, _ count: Int64) { changes[kind, default: 0] += count }

    /// Ends, and is started again.
    mutating func restart() {
        (requests, latencies, changes) = ([:], [:], [:])
        startedAt = now
    }

    private func object(_ members: [String: Int64]) -> JSONTree {
        .object(members.sorted { $0.key < $1.key }.map { .init($0.key, .number(String($0.value))) })
    }

    var stats: JSONTree {
        let latency = requests.keys.sorted()
            .map { name in
                let counts = latencies[name] ?? [:]
                let buckets = Self.bounds.map { JSONTree.Member(String($0), .number(String(counts[$0] ?? 0))) }
                let count = JSONTree.number(String(requests[name] ?? 0))
                return JSONTree.Member(name, ["count": count, "sumMicroseconds": 1000, "buckets": .object(buckets)])
            }
        return [
            "now": .number(String(now)), "uptime": .number(String(now - startedAt)), "version": "0.1.0",
            "store": [
                "sessions": .number(String(sessions)), "users": 803_112, "tombstones": 12,
                "memoryBytes": 536_870_912, "sequence": .number(String(100 + unwritten)),
            ],
            "changes": object(changes), "requests": object(requests), "lookupMisses": 7,
            "errors": ["403": .number(String(errors))], "watchers": 3,
            "connections": ["open": .number(String(connections)), "refused": 0, "bytesRead": 5, "bytesWritten": 9],
            "journal": [
                "health": .string(health), "durableSequence": 100, "commits": 40, "bytes": 5000,
                "lastCommitMicroseconds": 88,
            ],
            "snapshots": [
                "written": 3, "failed": .number(String(snapshotsFailed)), "lastAt": .number(String(now - 240_000)),
                "lastBytes": 300_000_000, "lastTookMs": 2100,
            ],
            "process": [
                "startedAt": .number(String(startedAt)), "cpuMicroseconds": .number(String((now - startedAt) * 380)),
                "residentBytes": 640_000_000,
            ],
            "latency": .object(latency), "somethingNew": [1, 2, 3],
        ]
    }

    var sample: Sample { Sample(stats) }

    static let info: JSONTree = [
        "pid": 4711, "limits": ["connections": 4096, "memoryBytes": 12_884_901_888], "policy": ["sync": "always"],
    ]
}

extension Measurements {
    /// What is known of a daemon that has been busy for so many seconds.
    static func busy(_ daemon: inout PretendedDaemon, seconds: Int = 100) -> Measurements {
        var measurements = Measurements(interval: 1)
        measurements.facts = ServerFacts(PretendedDaemon.info)
        measurements.take(daemon.sample, at: 0)
        for second in 1...seconds {
            daemon.now += 1000
            daemon.serve("session.lookup", 40_000 + Int64(second % 20) * 1000, in: 15)
            daemon.serve("session.create", 120, in: 400)
            daemon.serve("session.revoke", 14, in: 4500)
            daemon.serve("server.stats", 1, in: 80)
            daemon.change("created", 120)
            daemon.change("revoked", 14)
            measurements.take(daemon.sample, at: Double(second))
        }
        for (place, kind) in ["created", "updated", "touched", "rotated", "expired", "revoked"].enumerated() {
            measurements.changes.append(.change(change(kind, number: place)))
        }
        return measurements
    }

    static func change(_ kind: String, number: Int, user: String? = "ada") -> SessionChange {
        SessionChange([
            "seq": .number(String(number)), "change": .string(kind),
            "id": .string("rhqLryWSnvXXo6v3zifou\(number % 10)"),
            "userId": user.map { .string($0) } ?? .null,
            "at": .number(String(PretendedDaemon.start + Int64(number) * 1001)),
            "cause": kind == "revoked" ? "logout" : .null,
        ])
    }
}
