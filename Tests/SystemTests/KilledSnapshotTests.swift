// SIGKILL around a snapshot. While one is written, lookups touch sessions: changes that nobody waits for and that the
// snapshot may hold before the journal does. However that ends, later starts succeed and lack nothing acknowledged.

import Foundation
import TestSupport
import Testing

@Suite("Killed around a snapshot", .serialized)
struct KilledSnapshotTests {
    private let touchAlways = #"touchInterval = "0""#

    @Test("touches that a snapshot holds and the journal does not, do not stand in the way of later starts")
    func touched() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator], configuration: touchAlways)
        let crowd = try Crowd(of: 3000, on: daemon)
        let (socket, admin) = (try LoadSocket(to: daemon.socket), try LoadSocket(to: daemon.admin))
        admin.send("\(request("server.snapshot"))\n")
        var answer: [Response] = []
        var touches = 0
        while answer.isEmpty {
            socket.send(crowd.someLookups)
            touches += try socket.waitForLines().count { $0.contains(#""touched":true"#) }
            answer = admin.receive()
        }
        daemon.kill()
        #expect(answer[0].contains(#""sessions":3000"#))
        #expect(touches > 0)
        try await daemon.startsAgainAndAgain(with: crowd)
    }

    @Test("a daemon that is killed while it mends a failed journal has lost nothing that it had acknowledged")
    func mending() async throws {
        var generator = SplitMix64(seed: seed(for: "KilledSnapshotTests"))
        let daemon = try await DaemonUnderTest(
            [.application, .administrator],
            configuration: touchAlways,
            through: ["sh", "-c", #"trap '' XFSZ; exec "$0" "$@""#]
        )
        let crowd = try Crowd(of: 1000, on: daemon)
        var (interrupted, mended) = (0, 0)
        // How long it takes shows the first time, and is sought ever after: some kills are to come before, some after.
        var usual = patience
        for round in 0..<15 {
            // Files cannot grow: the journal fails. Then they can: the snapshot that is asked for mends it.
            try await daemon.limitFiles(to: "1")
            #expect(try await daemon.socket.answer("session.create", ["userId": "eve"])["error"]["code"] == 503)
            try await daemon.limitFiles(to: "unlimited")
            let (socket, admin) = (try LoadSocket(to: daemon.socket), try LoadSocket(to: daemon.admin))
            let start = ContinuousClock.now
            admin.send("\(request("server.snapshot"))\n")
            let end = round == 0 ? start + usual : start + usual * generator.number(in: 0...200) / 100
            var isAnswered = false
            while ContinuousClock.now < end, round > 0 || !isAnswered {
                socket.send(crowd.someLookups)
                _ = try socket.waitForLines()
                if !isAnswered, admin.receive().contains(where: { $0.contains(#""sessions":"#) }) { isAnswered = true }
            }
            daemon.kill()
            if round == 0 { usual = ContinuousClock.now - start }
            usual = usual * (isAnswered ? 2 : 4) / 3
            if isAnswered { mended += 1 } else { interrupted += 1 }
            try await daemon.startsAgainAndAgain(with: crowd)
        }
        print(
            "KilledSnapshotTests: killed \(interrupted) times before, \(mended) times after the snapshot was answered"
        )
        #expect(interrupted > 0)
        #expect(mended > 0)
    }
}

/// Many sessions of one user, large enough for a snapshot of them to take a while.
private struct Crowd {
    let tokens: [String]
    /// Lookups of those that a walk over the sessions comes to last.
    let someLookups: String
    private let lookups: String

    init(of count: Int, on daemon: DaemonUnderTest) throws {
        let data: JSON = ["pad": .string(String(repeating: "x", count: 1000))]
        tokens = try LoadSocket(to: daemon.socket).tokens(ofCreated: count, data: data)
        let lines = tokens.map { "\(request("session.lookup", ["token": .string($0)]))\n" }
        someLookups = lines.suffix(50).joined()
        lookups = lines.joined()
    }

    /// All of them are there.
    func isWhole(on daemon: DaemonUnderTest) throws {
        let socket = try LoadSocket(to: daemon.socket)
        socket.send(lookups)
        var found = 0
        while found < tokens.count {
            let answers = try socket.waitForLines()
            try #require(answers.allSatisfy { $0.contains(#""userId":"ann""#) })
            found += answers.count
        }
    }
}

extension DaemonUnderTest {
    /// A start goes on where the one before it ended, which was killed, too, after one more session was acknowledged.
    fileprivate func startsAgainAndAgain(with crowd: Crowd) async throws {
        var later: [JSON] = []
        for _ in 0..<2 {
            try await start()
            later.append(try await socket.create())
            kill()
        }
        try await start()
        try crowd.isWhole(on: self)
        for token in later {
            #expect(try await socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        }
        #expect(try await socket.call("server.info")["recovery"]["damaged"] == [])
    }

    fileprivate func limitFiles(to bytes: String) async throws {
        let limited = try await run("prlimit", "--pid", "\(id)", "--fsize=\(bytes):")
        _ = try CommandFailed.check(limited, ["prlimit"])
    }
}
