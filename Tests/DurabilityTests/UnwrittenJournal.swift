// A journal without a writer: what it sends is kept, what it is told is up to the test, and so is the time.

import Testing

@testable import Durability
@testable import Sessions

final class UnwrittenJournal {
    private final class Desk {
        var commands: [WriterCommand] = []
        var microseconds: UInt64 = 1_000_000
    }

    let journal: Journal
    private let desk = Desk()
    private var sequence: UInt64 = 0
    private(set) var store = SessionStore(policy: Policy(), now: noon)

    /// Begins the first journal.
    init() {
        let desk = self.desk
        journal = makeJournal(clock: { desk.microseconds }, send: { desk.commands.append($0) })
        journal.begin(now: noon)
        expectSent("begin journal 1 after 0")
        handle(.journalBegun(generation: 1))
    }

    func pass(microseconds: UInt64) { desk.microseconds += microseconds }

    /// Makes a change.
    func make(isAwaited: Bool, data: String = "{}") {
        sequence += 1
        let change = Change.created(sampleSession(sequence, data: data))
        store.apply(change, sequence: sequence)
        journal.append(change, sequence: sequence, on: .plain, isAwaited: isAwaited)
    }

    func beginSnapshot() { journal.beginSnapshot(of: store, now: noon) }

    /// Walks over everything.
    func walk() { journal.proceed(through: store) { false } }

    @discardableResult
    func handle(_ event: WriterEvent) -> String? { journal.handle(event, now: noon)?.words }

    /// Compares what was sent since the last time.
    func expectSent(_ expected: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(takeSent().map(\.words) == expected, sourceLocation: sourceLocation)
    }

    func takeSent() -> [WriterCommand] {
        defer { desk.commands = [] }
        return desk.commands
    }
}

extension WriterCommand {
    /// In words; snapshot pieces all look alike.
    var words: String {
        switch self {
        case .ping: "ping"
        case .beginJournal(let beginning):
            "begin \(beginning.isMending ? "mending " : "")journal \(beginning.generation) after \(beginning.sequence)"
        case .commit(_, let sequence): "commit up to \(sequence)"
        case .beginSnapshot(let generation): "begin snapshot \(generation)"
        case .appendToSnapshot: "append to snapshot"
        case .finishSnapshot: "finish snapshot"
        case .stop: "stop"
        }
    }
}

extension Journal.Event {
    /// In words.
    var words: String {
        switch self {
        case .pong: "pong"
        case .durable(let sequence): "durable up to \(sequence)"
        case .failed(let error): "failed: \(error.message)"
        case .mended: "mended"
        case .snapshotFinished(let receipt, let sessions): "\(receipt.name) has \(sessions) sessions"
        case .snapshotFailed(let error): "snapshot failed: \(error.message)"
        }
    }
}
