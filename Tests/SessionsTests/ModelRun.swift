// A store and the naive model led through the same random operations. Each operation compares what both say of it;
// where they differ the run ends with an error that names the seed, the operation and the difference.

import TestSupport

@testable import Sessions

/// Where store and model differ.
struct Divergence: Error, CustomStringConvertible {
    let description: String
}

struct ModelRun {
    let seed: UInt64
    let scenario: Scenario
    var model: NaiveModel
    var generator: SplitMix64
    /// Says what is being done.
    var latest = { "beginning" }
    /// A snapshot that is being walked while operations go on: its entries, the next place, and where the journal was.
    var walk: (entries: [SnapshotEntry], place: Int, journalStart: Int)?
    /// Cursors of pages that were shown at some time.
    var cursors: [(user: UserID, cursor: ListCursor)] = []
    /// Tokens and ids of what went.
    var past: [(token: TokenHash, id: SessionID)] = []
    /// How often each operation was made, and what came of them.
    private(set) var tally: [String: Int] = [:]

    let users = ["a", "bb", "ccc", "dddd", "eeeee", "f", "gg", "hhh"].map { UserID(named: $0) }
    private let chosenTokens = (0..<60).map { TokenHash(text: "chosen by a caller \($0)") }
    /// The binary logarithm of the longest usual pause in milliseconds.
    private let longestPause: Int
    private var operation = 0

    /// - Parameter promptLimit: How many records a revocation looks at when it is applied.
    init(policy: Policy, longestPause: Int, promptLimit: Int = SessionStore.promptRevocationLimit, seed: UInt64) {
        self.seed = seed
        self.longestPause = longestPause
        scenario = Scenario(policy: policy, seed: seed)
        scenario.store.promptLimit = promptLimit
        model = NaiveModel(policy: policy, now: .start)
        generator = SplitMix64(seed: ~seed)
    }

    mutating func run(operations: Int) throws {
        while operation < operations {
            try step()
            operation += 1
            if operation % 250 == 0 { try compareEverything() }
        }
        try compareEverything()
    }

    /// Fails, saying what was being done, unless store and model agree.
    func check(_ agree: Bool, _ what: @autoclosure () -> String) throws {
        guard !agree else { return }
        throw Divergence(description: "SESSIOND_SEED=\(seed), operation \(operation), \(latest()): \(what())")
    }

    mutating func count(_ event: String) { tally[event, default: 0] += 1 }

    private mutating func step() throws {
        let isCrowded = model.entries.count > 300
        switch Int.random(in: 0..<1000, using: &generator) {
        case ..<130 where isCrowded: pass(upTo: longestPause + 1)
        case ..<130: try create()
        case ..<330: try put()
        case ..<560: try lookup()
        case ..<600: try refresh()
        case ..<640: try rotate()
        case ..<720: try update()
        case ..<745: try revoke()
        case ..<805: try list()
        case ..<820: carryOutRevocations()
        case ..<918: pass(upTo: longestPause)
        case ..<920: pass(upTo: 29)
        case ..<970: try sweep(budget: Int.random(in: 0...3000, using: &generator))
        case ..<994: try walkSnapshot()
        case ..<999: try recover()
        case _ where generator.oneIn(2): try revokeEveryone()
        default: pass(upTo: longestPause)
        }
    }

    private mutating func pass(upTo logarithm: Int) {
        let longest = Int64(1) << Int.random(in: 0...logarithm, using: &generator)
        pass(Int64.random(in: 0...longest, using: &generator))
    }

    mutating func pass(_ milliseconds: Int64) {
        scenario.pass(Milliseconds(milliseconds))
        model.now += milliseconds
    }
}

// Random choices.
extension ModelRun {
    mutating func any<Element>(of choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &generator)]
    }

    /// Of something alive, over, revoked, forgotten or never there.
    mutating func anyToken() -> TokenHash {
        switch Int.random(in: 0..<20, using: &generator) {
        case ..<11: any(of: chosenTokens)
        case ..<16 where !model.entries.isEmpty: any(of: model.entries).token
        case ..<18 where !model.entries.isEmpty:
            any(of: model.entries.map { entry in [entry.token] + entry.replaced.map(\.token) }.flatMap { $0 })
        case ..<19 where !past.isEmpty: any(of: past).token
        default: .random(using: &generator)
        }
    }

    mutating func anyID() -> SessionID {
        switch Int.random(in: 0..<20, using: &generator) {
        case ..<18 where !model.entries.isEmpty: any(of: model.entries).id
        case ..<19 where !past.isEmpty: any(of: past).id
        default: SessionID(using: &generator)
        }
    }

    /// Few texts, so that the same comes again.
    mutating func anyData() -> [UInt8] {
        let number = Int.random(in: 0..<6, using: &generator)
        return Array("{\"n\":\"\(String(repeating: "n", count: number))\"}".utf8)
    }

    mutating func anyEnd() -> SessionEnd? {
        switch Int.random(in: 0..<16, using: &generator) {
        case ..<11: nil
        case ..<14: .ttl(Milliseconds(any(of: [1, 999, 5000, 60_000, 3_600_000, 300_000_000])))
        case ..<15: .at(scenario.now.plus(Int64.random(in: -5...100_000, using: &generator)))
        default: .at(scenario.now.plus(Int64.random(in: 0...300_000_000, using: &generator)))
        }
    }

    mutating func anyWishes() -> NaiveModel.Wishes {
        let user = generator.oneIn(6) ? nil : any(of: users)
        return NaiveModel.Wishes(user: user, data: anyData(), end: anyEnd())
    }
}
