// SIGKILL under load, again and again on the same state: whatever was acknowledged before is there after the next start,
// with the last data that was acknowledged, and what was revoked stays revoked.

import Foundation
import TestSupport
import Testing

@Suite("Killed", .serialized)
struct KilledTests {
    @Test("a daemon that is killed under load, dozens of times, has lost nothing that it had acknowledged")
    func underLoad() async throws {
        var generator = SplitMix64(seed: seed(for: "KilledTests"))
        let daemon = try await DaemonUnderTest([.application, .administrator], configuration: "")
        let load = Load(writers: 6)
        let kills = 60
        var looked = 0
        for round in 1...kills {
            try load.run(on: daemon, using: &generator)
            #expect(!daemon.isRunning)
            // Most rounds touch at every lookup: changes that nobody waits for are then among those that somebody does.
            try daemon.configure(generator.chance(60) ? #"touchInterval = "0""# : "")
            try await daemon.start()
            let problems = try load.compare(on: daemon)
            try #require(problems.isEmpty, "after kill \(round): \(problems.prefix(5).joined(separator: "\n"))")
            looked += load.sessions
        }
        // What was replayed so often is also what a last snapshot holds.
        try await daemon.restart()
        #expect(try load.compare(on: daemon).isEmpty)
        #expect(load.interruptedSnapshots > 0)
        #expect(load.acknowledgements > 50 * kills, "hardly anything was asked for: this test shows nothing")
        print(
            """
            KilledTests: \(kills) kills, \(load.interruptedSnapshots) of them while a snapshot was taken; \
            \(load.acknowledgements) acknowledged changes checked, of \(load.sessions) sessions, in \(looked) lookups: \
            nothing lost
            """
        )
    }
}

/// Several writers at once, and an administrator who asks for a snapshot now and then.
private final class Load {
    private let writers: [LoadWriter]
    private var snapshot: LoadSocket?
    /// How many kills came while a snapshot was being taken.
    private(set) var interruptedSnapshots = 0

    init(writers: Int) { self.writers = (1...writers).map { LoadWriter(name: "writer\($0)") } }

    var acknowledgements: Int { writers.reduce(0) { $0 + $1.acknowledgements } }
    var sessions: Int { writers.reduce(0) { $0 + $1.sessions.count } }

    /// Asks for as much as the daemon takes, kills it at a random moment, and takes what it has answered until then.
    func run(on daemon: DaemonUnderTest, using generator: inout SplitMix64) throws {
        for writer in writers { try writer.connect(to: daemon.socket) }
        let end = ContinuousClock.now + .microseconds(generator.number(in: 0...150_000))
        var snapshotAt = generator.chance(50) ? end - .microseconds(generator.number(in: 0...20_000)) : nil
        while ContinuousClock.now < end {
            for writer in writers { writer.proceed(asking: true, using: &generator) }
            if let due = snapshotAt, ContinuousClock.now >= due {
                snapshotAt = nil
                snapshot = try LoadSocket(to: daemon.admin)
                snapshot?.send("\(request("server.snapshot"))\n")
            }
            let next = min(end, snapshotAt ?? end)
            try wait(for: writers.compactMap { $0.socket }, milliseconds: next.millisecondsFromNow)
        }
        daemon.kill()
        for writer in writers {
            while writer.socket?.hasEnded == false { writer.proceed(asking: false, using: &generator) }
            writer.disconnect()
        }
        if let snapshot, snapshot.receive().isEmpty { interruptedSnapshots += 1 }
        snapshot = nil
    }

    /// What the daemon holds otherwise than was acknowledged, and what it has answered otherwise than it had to.
    func compare(on daemon: DaemonUnderTest) throws -> [String] {
        let socket = try LoadSocket(to: daemon.socket)
        return try writers.flatMap { try $0.problems + $0.sessions.compare(through: socket) }
    }
}

extension ContinuousClock.Instant {
    /// How many whole milliseconds there are until then; none when it has passed.
    fileprivate var millisecondsFromNow: Int32 {
        Int32(max(0, (self - .now) / .milliseconds(1)))
    }
}
