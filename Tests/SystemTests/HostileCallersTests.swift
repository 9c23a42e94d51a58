// One hostile uid among good ones: it is held to its share and named in the log, the others and the administrator are
// answered meanwhile, and afterwards everything is back.

import Foundation
import TestSupport
import Testing

@Suite(
    "Hostile callers",
    .serialized,
    .enabled(if: ForeignCaller.isPossible, "root and \(ForeignCaller.python) are needed")
)
struct HostileCallersTests {
    private static let good = 20_001
    private static let hostile = 20_002

    @Test("others are answered, the offender is named, and afterwards everything is back", arguments: Attack.all)
    func attack(_ attack: Attack) async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator], configuration: attack.configuration)
        try daemon.letEveryoneIn()
        let token = try await daemon.largeSession()
        let administrator = try LoadSocket(to: daemon.admin)
        let before = try await daemon.holdings(administrator)

        let good = try ForeignCaller(ForeignCaller.good, uid: Self.good, to: daemon.socket, token)
        // It is there before the hostile one: an attack may be over soon.
        let callers = before.stats["connections"]["total"].integer ?? 0
        try await wait(until: "the good caller has come") {
            try await daemon.holdings(administrator).stats["connections"]["total"].integer ?? 0 > callers
        }
        let hostile = try ForeignCaller(attack.program, uid: Self.hostile, to: daemon.socket, token)
        let told = try await wait(for: "the end of the attack", limit: patience * 3) { () -> JSON? in
            try hostile.checkRunning()
            try administrator.ping()
            // Who comes anew is let in, too.
            try LoadSocket(to: daemon.socket).ping()
            try LoadSocket(to: daemon.admin).ping()
            return hostile.told
        }
        #expect(attack.isHeld(told), "\(told)")
        if let words = attack.logged {
            #expect(try await daemon.logged(words).contains("of uid \(Self.hostile): "))
        }
        let complaints = daemon.log.split(separator: "\n").filter { $0.contains("uid \(Self.hostile): ") }
        #expect(complaints.count == (attack.logged == nil ? 0 : 1), "\(complaints)")

        let service = try await good.finish()
        #expect((service["count"].integer ?? 0) > 100, "\(service)")
        #expect((service["worst"].integer ?? .max) < 1000, "\(service)")
        hostile.vanish()
        try await wait(until: "all that was held is back") {
            let now = try await daemon.holdings(administrator)
            return now.descriptors == before.descriptors && now.stats["uids"] == before.stats["uids"]
        }
        let grown = try daemon.residentMemory() - before.memory
        #expect(grown < 24 << 20, "\(grown) bytes of memory stay")
        #expect(daemon.isRunning)
        #expect(try await daemon.stop() == 0)
    }
}

extension LoadSocket {
    /// Asks, and expects the answer.
    fileprivate func ping() throws {
        send(request("server.ping") + "\n")
        let answer = try #require(try waitForLines().first?.text)
        #expect(answer.contains(#""pong":true"#), "\(answer)")
    }
}
