// The first part: cycles of attacks on one life of the daemon, each by itself and all together. After each cycle all that it
// held is given back, and its memory is that of the cycle before.

import Foundation

extension SoakRun {
    /// Goes through cycles for two thirds of the time, two at least.
    func besiege() async throws {
        var cycle = 0
        while cycle < 2 || elapsed < limit * 2 / 3 {
            cycle += 1
            try await measure(Self.alone)
            for attack in Attack.all {
                try await measureElsewhere([attack], attack.description)
                let siege = try await begin([attack])
                try await measure(attack.description, siege)
                try await finish(siege)
            }
            try await measureElsewhere(Attack.all, Self.together)
            // Shares are small then, so that little can be said of what an attack must come to.
            let siege = try await begin(Attack.all)
            try await measure(Self.together, siege)
            siege.lift()
            try await settle()
            try await measure(Self.alone)
            holdings.append(try await settle())
            let report = try await callers.order("report")
            if report["told"] != report["revocations"] || report["resyncs"] != 0 {
                problems.append("of \(report["revocations"]) revocations the watcher was told \(report["told"])")
            }
            let mebibytes = (holdings.last?.memory ?? 0) >> 20
            say("cycle \(cycle): \(report["acknowledged"]) changes acknowledged, \(mebibytes) MiB resident")
        }
    }

    /// The same load on the machine, and none on the daemon.
    private func measureElsewhere(_ attacks: [Attack], _ name: String) async throws {
        let siege = try Siege(attacks, on: other, token: otherToken)
        try await measure(name + Self.elsewhere, siege)
    }

    /// Goes on until an attack by itself has come to its end, and nothing is left of it.
    private func finish(_ siege: Siege) async throws {
        do {
            // It has what time the machine has left: on a busy one that is little.
            try await wait(until: "an attack to come to its end; \(siege.errors)", limit: patience * 6) {
                try siege.tend()
                return siege.isThrough
            }
        } catch let error as WaitedInVain {
            problems.append("\(error)")
        }
        problems += siege.problems
        siege.lift()
        try await settle()
    }

    /// Begins a siege, and waits until its callers have come.
    func begin(_ attacks: [Attack]) async throws -> Siege {
        let before = try await callersUntilNow()
        let siege = try Siege(attacks, on: daemon, token: token)
        try await wait(until: "the attack begins") {
            try siege.tend()
            return try await callersUntilNow() >= before + Int64(attacks.count)
        }
        return siege
    }

    private func callersUntilNow() async throws -> Int64 {
        try await daemon.holdings(administrator).stats["connections"]["total"].integer ?? 0
    }
}
