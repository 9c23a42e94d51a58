// The store against the naive model: four policies, each with tens of thousands of random operations. The seed is
// printed; SESSIOND_SEED=… repeats a run exactly.

import TestSupport
import Testing

@testable import Sessions

@Suite("The store and the naive model")
struct ModelTests {
    struct Setting: CustomTestStringConvertible {
        let testDescription: String
        let policy: Policy
        /// The binary logarithm of the longest usual pause in milliseconds: some hundreds of sessions live at a time.
        let longestPause: Int
        /// How many records a revocation looks at when it is applied.
        var promptLimit = SessionStore.promptRevocationLimit
    }

    private static let operations = 30_000

    @Test(
        "agree on every answer",
        arguments: [
            Setting(testDescription: "the defaults", policy: Policy(), longestPause: 27),
            Setting(
                testDescription: "short sessions under a long touch interval",
                policy: Policy(
                    ttl: .seconds(60),
                    touchInterval: .days(1),
                    lifetime: .seconds(300),
                    freshAge: .seconds(30)
                ),
                longestPause: 14
            ),
            Setting(
                testDescription: "no limits, every lookup touches",
                policy: Policy(ttl: .seconds(3600), touchInterval: .zero, lifetime: .zero, freshAge: .zero),
                longestPause: 19
            ),
            Setting(
                testDescription: "an interval of its own",
                policy: Policy(ttl: .days(1), touchInterval: .seconds(600), lifetime: .days(2), freshAge: .seconds(60)),
                longestPause: 24
            ),
            Setting(
                testDescription: "revocations of many that are carried out later",
                policy: Policy(ttl: .days(1), touchInterval: .zero, lifetime: .zero),
                longestPause: 23,
                promptLimit: 1
            ),
        ]
    )
    func agree(setting: Setting) throws {
        let seed = SplitMix64.seedOfThisRun
        print("ModelTests: SESSIOND_SEED=\(seed), \(Self.operations) operations on \(setting.testDescription)")
        var run = ModelRun(
            policy: setting.policy,
            longestPause: setting.longestPause,
            promptLimit: setting.promptLimit,
            seed: seed
        )
        try run.run(operations: Self.operations)
        // A run in which something never happened would prove nothing of it.
        let late = setting.promptLimit == 1 ? ["revoke: standing", "revoke: standing, twice", "carried out"] : []
        for event in Self.events + late {
            #expect(run.tally[event, default: 0] > 0, "SESSIOND_SEED=\(seed): no \(event)")
        }
    }

    private static let events = [
        "create", "put, none: new", "put, none: changed", "put, none: revoked", "put, mustExist: missing",
        "put, mustNotExist: exists", "lookup: absent", "lookup: found", "lookup: touched", "refresh", "update: same",
        "update: changed", "revoke: session", "revoke: user", "revoke: user except", "revoke: everyone", "list",
        "swept", "recovery: snapshot", "recovery: snapshot and changes",
    ]
}
