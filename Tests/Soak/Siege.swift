// Attacks that go on, each by a uid of its own: one that has come to its end, or was sent away, begins again.

import Foundation

final class Siege {
    /// What hostile callers are run through: they have only what time the good callers leave.
    private static let through = ["chrt", "--idle", "0"]

    private struct Assailant {
        let attack: Attack
        var caller: ForeignCaller
        var since = ContinuousClock.now
        /// How often it has come to its end.
        var ends = 0
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
    var isThrough: Bool { assailants.allSatisfy { $0.ends > 0 } }

    /// Lets those begin again that have ended.
    func tend() throws {
        for index in assailants.indices {
            let assailant = assailants[index]
            let told = assailant.caller.told
            if let told {
                if !assailant.attack.isHeld(told) { problems.append("\(assailant.attack) came to \(told)") }
            } else if (try? assailant.caller.checkRunning()) != nil {
                continue
            } else if ContinuousClock.now - assailant.since < .seconds(1) {
                // The daemon is gone, perhaps, and need not be looked for at once.
                continue
            }
            assailant.caller.vanish()
            assailants[index].ends += told == nil ? 0 : 1
            assailants[index].caller = try start(assailant.attack)
            assailants[index].since = .now
        }
    }

    private func start(_ attack: Attack) throws -> ForeignCaller {
        try ForeignCaller(attack.program, uid: Self.uid(of: attack), to: daemon.socket, through: Self.through, token)
    }
}
