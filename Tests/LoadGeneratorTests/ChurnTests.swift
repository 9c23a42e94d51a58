// How many sessions are alive while others come and go, and what is said of the memory.

import Testing

@testable import LoadGenerator

@Suite("Churn")
struct ChurnTests {
    @Test("sessions last as long as it takes for so many to be alive")
    func ttl() {
        // Six of nine requests create and three revoke: a third of the requests adds a session that expires.
        #expect(Churn.ttl(sessions: 100_000, rate: 60_000) == 5000)
        #expect(Churn.ttl(sessions: 10, rate: 60_000) == 1000)
    }

    @Test(
        "memory is flat when it grows by no more than a twentieth once it is filled",
        arguments: [
            ([1, 9, 100, 100, 100, 105, 100, 100, 100, 100], true),
            ([1, 9, 100, 100, 100, 100, 100, 100, 100, 106], false),
            ([200, 200, 100, 90, 90, 100, 100, 100, 100, 105], true),
            ([100, 100], nil),
        ] as [([Double], Bool?)]
    )
    func flat(_ bytes: [Double], _ expected: Bool?) {
        #expect(Churn.isFlat(bytes) == expected)
    }

    @Test("the course of the memory is shown with the verdict")
    func course() {
        let rounds = Array(repeating: [Figure.residentBytes: 1_048_576.0], count: Churn.rounds)
        let words = Array(repeating: "1.0", count: Churn.rounds).joined(separator: ", ")
        #expect(Churn.course(of: rounds) == "resident MiB after each round: \(words): flat")
        #expect(Churn.course(of: [[:]]).hasSuffix("not known"))
    }
}
