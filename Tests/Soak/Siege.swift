// Attacks that go on, each by a uid of its own: one that has come to its end begins again, and so does one that was sent away.

import Foundation

final class Siege {
    /// What hostile callers are run through: they have only what time the good callers leave.
    private static let through = ["chrt", "--idle", "0"]

    private struct Assailant {
        let attack: Attack
        var caller: ForeignCaller
        var since = ContinuousClock.now
        /// How often it has come to its end since it was started.
        var ends = 0
        /// Whether it has done so at all.
        var isThrough = false
    }

    private let daemon: DaemonUnderTest
    private let token: String
    private var assailants: [Assailant] = []
    /// What came to something else than it should.
    private(set) var problems: [String] = []

    init(_ attacks: [Attack], on daemon: DaemonUnderTest, token: String) throws {
        self.daemon = daemon
        self.token = token
        for attack in attacks { assailants.append(Assailant(attack: attack, caller: try start(attack))) }
    }

    deinit { lift() }

    /// All of them are gone at once.
    func lift() {
        for assailant in assailants { assailant.caller.vanish() }
        assailants = []
    }

    /// The uid that an attack comes from.
    static func uid(of attack: Attack) -> Int {
        21_001 + (Attack.all.firstIndex { $0.description == attack.description } ?? 0)
    }

    /// What went wrong with those that do not run.
    var errors: [String] {
        assailants.compactMap { assailant in
            do { try assailant.caller.checkRunning() } catch { return "\(assailant.attack): \(error)" }
            return nil
        }
    }

    /// Whether each has come to its end once at least.
    var isThrough: Bool { assailants.allSatisfy { $0.isThrough } }

    /// Looks at what they came to, and starts those again that have ended.
    func tend() throws {
        for index in assailants.indices {
            let assailant = assailants[index]
            let told = assailant.caller.allTold
            for facts in told[assailant.ends...] where !assailant.attack.isHeld(facts) {
                problems.append("\(assailant.attack) came to \(facts)")
            }
            assailants[index].ends = told.count
            if !told.isEmpty { assailants[index].isThrough = true }
            // The daemon is gone, perhaps, and need not be looked for at once.
            if assailant.caller.isRunning || ContinuousClock.now - assailant.since < .seconds(1) { continue }
            assailant.caller.vanish()
            assailants[index].caller = try start(assailant.attack)
            assailants[index].ends = 0
            assailants[index].since = .now
        }
    }

    private func start(_ attack: Attack) throws -> ForeignCaller {
        try ForeignCaller(
            attack.program,
            uid: Self.uid(of: attack),
            to: daemon.socket,
            through: Self.through,
            again: true,
            token
        )
    }
}
