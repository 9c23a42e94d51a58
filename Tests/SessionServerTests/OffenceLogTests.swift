// What the log is told of offences: each kind by each uid at once, and then how many more there were, once a minute.

import TestSupport
import Testing

@testable import SessionServer

@Suite("The log of offences")
final class OffenceLogTests {
    private var messages: [String] = []
    private lazy var log = OffenceLog { [unowned self] message, _ in messages.append(message) }

    private func offend(_ offence: Offence = .memory, uid: UInt32 = 33, pid: Int32 = 1, times: Int = 1) {
        let peer = Peer(processID: pid, userID: uid, groupID: 0)
        for _ in 0..<times { log.note(Offender(offence: offence, peer: peer, reason: "why")) }
    }

    private func tick(_ count: Int) {
        for _ in 0..<count { log.tick() }
    }

    @Test("the first is told at once, with who, what and why", .rule("The log names who wants more."))
    func first() {
        offend()
        offend(.watchers, uid: 34, pid: 2)
        #expect(messages == ["disconnected pid 1 of uid 33: why", "refused pid 2 of uid 34: why"])
    }

    @Test("a million of them are two lines, of which the second says how many there were")
    func flood() {
        offend()
        offend(pid: 2, times: 999_999)
        #expect(messages.count == 1)
        tick(OffenceLog.pause)
        #expect(messages.count == 2)
        #expect(messages.last == "disconnected uid 33 999999 more times within 60 seconds, at last pid 2: why")
    }

    @Test("it goes on once a minute for as long as they go on, and begins anew when they have stopped")
    func goesOn() {
        for _ in 0..<3 {
            offend(times: 10)
            tick(OffenceLog.pause)
        }
        #expect(messages.count == 4)
        tick(OffenceLog.pause)
        #expect(messages.count == 4)
        offend()
        #expect(messages.count == 5)
        #expect(messages.last == "disconnected pid 1 of uid 33: why")
    }

    @Test("each kind and each uid has a line of its own")
    func apart() {
        for offence in Offence.allCases {
            for uid in 1...3 { offend(offence, uid: UInt32(uid), times: 5) }
        }
        #expect(messages.count == Offence.allCases.count * 3)
    }

    @Test("however many uids there are, what is kept in mind of them is bounded")
    func manyUIDs() {
        for uid in 1...5000 { offend(uid: UInt32(uid)) }
        #expect(messages.count == 1001)
        tick(OffenceLog.pause)
        #expect(messages.count == 1002)
        #expect(messages.last?.contains("3999 more times") == true)
    }
}
