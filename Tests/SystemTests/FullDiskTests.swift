// A state directory on a file system that fills up, turns read-only, and gets room again: what cannot be made durable is
// refused or says so, what was acknowledged stays, and the daemon heals by itself.

import Foundation
import TestSupport
import Testing

@Suite("Full disk", .enabled(if: geteuid() == 0, "only root may mount file systems"))
struct FullDiskTests {
    @Test(
        "on a full tmpfs writes are refused and revocations hold; with more room all goes on, and nothing is lost",
        .rule("the revocation holds at once nevertheless, and is written as soon as the disk works again")
    )
    func tmpfs() async throws {
        let disk = try await SmallDisk.tmpfs()
        let full = try await FilledDaemon(on: disk)
        try await full.refusesWrites("No space left on device")
        try await full.revokes()
        try await full.daemon.logged("no snapshot was written")
        try await full.refusesWrites("No space left on device")

        try await disk.mounts.call("mount", "-o", "remount,size=16m", disk.state)
        try await full.healsByItself()
        full.daemon.kill()
        try await full.daemon.start()
        try await full.hasAllThatWasAcknowledged(revoked: full.revocable)
    }

    @Test("on a full ext4 it is the same")
    func ext4() async throws {
        let disk = try await SmallDisk.ext4()
        let ballast = "fallocate -l $(($(stat -f --format='%a * %S' \(disk.state)) - 2000000)) \(disk.state)/ballast"
        try await disk.mounts.call("sh", "-c", ballast)
        let full = try await FilledDaemon(on: disk)
        try await full.refusesWrites("No space left on device")
        try await full.revokes()
        try await full.daemon.logged("no snapshot was written")
        try await full.refusesWrites("No space left on device")

        try await disk.mounts.call("rm", "\(disk.state)/ballast")
        try await full.healsByItself()
        full.daemon.kill()
        try await full.daemon.start()
        try await full.hasAllThatWasAcknowledged(revoked: full.revocable)
    }

    @Test("a daemon that is killed while the disk is full starts on the full disk, and has all that was acknowledged")
    func killedWhileFull() async throws {
        let disk = try await SmallDisk.tmpfs()
        let full = try await FilledDaemon(on: disk)
        try await full.refusesWrites("No space left on device")
        full.daemon.kill()
        try await full.daemon.start()
        try await full.daemon.logged("the journal failed")
        try await full.hasAllThatWasAcknowledged(revoked: nil)
        try await full.refusesWrites("No space left on device")
        try await full.revokes()

        try await disk.mounts.call("mount", "-o", "remount,size=16m", disk.state)
        try await full.healsByItself()
        full.daemon.kill()
        try await full.daemon.start()
        try await full.hasAllThatWasAcknowledged(revoked: full.revocable)
    }

    @Test("a disk that was full and turns read-only is a failed one still, until it can be written to")
    func readOnly() async throws {
        let disk = try await SmallDisk.tmpfs()
        let full = try await FilledDaemon(on: disk)
        // While a snapshot is being tried, a file is open for writing.
        try await disk.mounts.call(until: "it is read-only", "mount", "-o", "remount,ro,size=16m", disk.state)
        let failure = try await full.daemon.logged("Read-only file system")
        #expect(failure.hasPrefix("<3>no snapshot was written: create snapshot.tmp"))
        // What it says is why the journal failed.
        try await full.refusesWrites("No space left on device")
        try await full.revokes()
        #expect(try await full.daemon.admin.answer("server.snapshot")["error"]["code"] == 503)
        #expect(full.daemon.isRunning)

        try await disk.mounts.call("mount", "-o", "remount,rw,size=16m", disk.state)
        try await full.healsByItself()
        full.daemon.kill()
        try await full.daemon.start()
        try await full.hasAllThatWasAcknowledged(revoked: full.revocable)
    }

    @Test("on a file system that was lazily unmounted the daemon goes on, and what it acknowledges is there")
    func lazilyUnmounted() async throws {
        let disk = try await SmallDisk.ext4()
        let daemon = try await DaemonUnderTest(
            [.application, .administrator],
            in: disk.folder,
            through: disk.mounts.entrance
        )
        var tokens = try await daemon.create(2)
        try await disk.mounts.call("umount", "--lazy", disk.state)
        tokens += try await daemon.create(2)
        try await daemon.socket.call("session.revoke", ["token": tokens[0]])
        let snapshot = try await daemon.admin.call("server.snapshot")
        #expect(snapshot["sessions"] == 3)
        tokens += try await daemon.create(1)
        daemon.kill()

        // Its last user gone, the file system is let go of; then it can be mounted again.
        try await disk.mounts.call(until: "it is mounted again", "sh", "-c", disk.mountOnce)
        try await daemon.start()
        let lookups = tokens.map { request("session.lookup", ["token": $0]) }
        let found = try await daemon.socket.answers(to: lookups).map { $0["result"] }
        #expect(found[0]["reason"] == "revoked")
        #expect(found.dropFirst().allSatisfy { $0["session"]["userId"] == "ann" })
    }
}

/// A daemon whose disk has just become full, and what it has acknowledged until then.
private struct FilledDaemon {
    let daemon: DaemonUnderTest
    /// Acknowledged sessions; the last one was there before the disk was full, too, and is to be revoked.
    private let tokens: [JSON]
    var revocable: JSON { tokens[tokens.count - 1] }
    private let data: JSON = ["x": .string(String(repeating: "x", count: 60_000))]
    /// What it tells the service manager.
    private let notifications: RunningProcess

    init(on disk: SmallDisk) async throws {
        let path = disk.folder.path(of: "notify")
        let notifications = try RunningProcess(disk.mounts.entrance + ["socat", "-u", "UNIX-RECV:\(path)", "-"])
        try await wait(until: "a service manager listens") { FileManager.default.fileExists(atPath: path) }
        let environment = ["env", "NOTIFY_SOCKET=\(path)"]
        let daemon = try await DaemonUnderTest(
            [.application, .administrator],
            in: disk.folder,
            through: disk.mounts.entrance + environment
        )
        let first = try await daemon.create(2)
        var large: [JSON] = []
        let data = data
        let refusal = try await wait(for: "the disk to be full") { () -> JSON? in
            let answer = try await daemon.socket.answer("session.create", ["userId": "ann", "data": data])
            large.append(answer["result"]["token"])
            return answer["error"] == .null ? nil : answer["error"]
        }
        #expect(refusal["code"] == 503)
        #expect(large.count > 10)
        self.daemon = daemon
        self.notifications = notifications
        tokens = [first[0]] + large.dropLast() + [first[1]]
    }

    /// Whatever would have to be durable is refused with 503 and these words, and changes nothing; lookups go on.
    func refusesWrites(_ words: String) async throws {
        let socket = daemon.socket
        let before = try await socket.answers(to: lookups).map { $0["result"] }
        let sessions = try await socket.call("server.stats")["store"]["sessions"]
        let writes: [(String, JSON)] = [
            ("session.create", ["userId": "eve"]), ("session.put", ["token": "a-token-of-our-own", "data": [:]]),
            ("session.put", ["token": tokens[0], "data": ["n": 1]]),
            ("session.update", ["token": tokens[0], "data": ["n": 1]]),
            ("session.refresh", ["token": tokens[0], "ttl": 1000]),
        ]
        for (method, parameters) in writes {
            let error = try await socket.answer(method, parameters)["error"]
            #expect(error["code"] == 503, "\(method)")
            #expect(error["message"].string?.contains(words) == true, "\(method) said \(error)")
            #expect(error["data"]["hint"].string?.contains("nothing was changed") == true)
        }
        #expect(try await socket.answers(to: lookups).map { $0["result"] } == before)
        #expect(before.dropLast().allSatisfy { $0["session"]["userId"] == "ann" })
        #expect(try await socket.call("session.lookup", ["token": "a-token-of-our-own"])["reason"] == "unknown")

        let stats = try await socket.call("server.stats")
        #expect(stats["store"]["sessions"] == sessions)
        let health = stats["journal"]["health"].string ?? ""
        #expect(health.hasPrefix("failed: "))
        #expect(health.contains(words))
        let line = try await daemon.logged("the journal failed: ")
        #expect(line.hasPrefix("<3>"))
        #expect(line.contains(words))
        try await wait(until: "the status says so: \(status)") {
            status.contains("writes are refused: ") && status.contains(words)
        }
    }

    /// A revocation takes place and says that it is not durable.
    func revokes() async throws {
        let socket = daemon.socket
        #expect(try await socket.call("session.revoke", ["token": revocable]) == ["revoked": 1, "durable": false])
        #expect(try await socket.call("session.lookup", ["token": revocable])["reason"] == "revoked")
        #expect(try await socket.call("session.revoke", ["token": revocable]) == ["revoked": 0, "durable": false])
    }

    /// Now that there is room, it notices within its longest pause, and says so.
    func healsByItself() async throws {
        try await wait(until: "the journal works: \(daemon.log)", limit: .seconds(20)) {
            daemon.log.contains("<5>the journal works again")
        }
        let stats = try await daemon.socket.call("server.stats")["journal"]
        #expect(stats["health"] == "working")
        #expect((stats["failures"].integer ?? 0) >= 1)
        try await wait(until: "the status is quiet again: \(status)") { !status.contains("refused") }
        let created = try await daemon.socket.create(for: "late", ["data": data])
        #expect(try await daemon.socket.call("session.lookup", ["token": created])["session"]["userId"] == "late")
        let revocation = try await daemon.socket.call("session.revoke", ["token": revocable])
        #expect(revocation == ["revoked": 0, "durable": true])
    }

    func hasAllThatWasAcknowledged(revoked: JSON?) async throws {
        let found = try await daemon.socket.answers(to: lookups).map { $0["result"] }
        try #require(found.count == tokens.count)
        #expect(found.dropLast().allSatisfy { $0["session"]["userId"] == "ann" && $0["session"]["version"] == 1 })
        if revoked == nil {
            #expect(found[tokens.count - 1]["session"]["userId"] == "ann")
            return
        }
        #expect(found[tokens.count - 1]["reason"] == "revoked")
        // What was refused has not come back, and what came after the healing is there.
        let late = try await daemon.socket.call("session.list", ["userId": "late"])["sessions"].elements
        #expect(late.count == 1)
        #expect(try await daemon.socket.call("session.list", ["userId": "eve"])["sessions"] == [])
        #expect(try await daemon.socket.call("session.lookup", ["token": "a-token-of-our-own"])["reason"] == "unknown")
        #expect(
            try await daemon.socket.call("server.stats")["store"]["sessions"] == .integer(Int64(tokens.count - 1 + 1))
        )
    }

    private var lookups: [String] { tokens.map { request("session.lookup", ["token": $0, "touch": false]) } }

    /// What it has said last.
    private var status: String {
        let text = String(decoding: notifications.output, as: UTF8.self)
        return text.range(of: "STATUS=", options: .backwards).map { String(text[$0.upperBound...]) } ?? ""
    }
}
