// Random runs whose files are damaged at random: a repair always comes to a state that a start goes on with, in which
// nobody lives who was revoked by a change that is not among those that it says are lost.

import TestSupport
import Testing

@testable import Durability
@testable import Sessions

@Suite("Repairing at random")
struct RandomRepairTests {
    @Test("revocations that are not reported lost hold")
    func revocations() throws {
        var generator = SplitMix64(seed: seed(for: "RandomRepairTests"))
        var (repairs, revoked) = (0, 0)
        for _ in 0..<200 {
            let run = JournalUnderTest(seed: generator.next())
            run.run(turns: Int.random(in: 40...160, using: &generator))
            run.settle()
            let disk = run.disk.restarted(.kept)
            for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(disk, using: &generator) }
            let repair = try repairState(on: disk, now: run.now)
            let state = try recover(from: disk, policy: JournalUnderTest.policy, now: run.now)
            #expect(state.report.damaged.isEmpty || repair.written == nil)
            if repair.written == nil { continue }
            repairs += 1
            let store = state.takeStore()
            for token in run.chronicle.revoked where token.end > run.now && token.change <= store.sequence {
                if repair.losses.changes.contains(where: { $0.contains(token.change) }) { continue }
                revoked += 1
                guard case .live = store.presence(of: token.hash, now: run.now) else { continue }
                if run.chronicle.movesSession(token.id, in: repair.losses.changes) { continue }
                Issue.record("change \(token.change) is not lost, and who it revoked lives: \(repair.losses)")
            }
        }
        #expect(repairs > 50)
        #expect(revoked > 100)
        print("RandomRepairTests: \(repairs) repairs, in which \(revoked) revocations held")
    }

    private func damage(_ disk: SimulatedDisk, using generator: inout SplitMix64) {
        let names = disk.image.names.keys.filter { $0.contains("-") && !$0.contains(".") }.sorted()
        guard let name = names.randomElement(using: &generator), var bytes = disk.content(of: name), !bytes.isEmpty
        else { return }
        let place = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return disk.removeContent(of: name)
        case 1: bytes.removeSubrange(place...)
        case 2:
            let end = min(place + Int.random(in: 1...200, using: &generator), bytes.count)
            for place in place..<end { bytes[place] = 0 }
        case 3: bytes.remove(at: place)
        default: bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
        }
        disk.setContent(of: name, to: bytes)
    }
}
