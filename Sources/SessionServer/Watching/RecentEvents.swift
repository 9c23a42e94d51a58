// What watchers are told, from before the start on as far as the journals had it. Nothing is noted where nobody watches, so
// that a change costs nothing for it.

internal import Durability
internal import Sessions

/// The last events, and who may go on with which of them.
struct RecentEvents {
    private enum Noting {
        case nothing
        /// Those who watched in the last run may come back.
        case forReturning
        case forWatchers
    }

    private(set) var ring: ChangeRing
    private var noting: Noting
    /// The histories that the present one goes on from.
    private var past: Past

    init(capacity: Int, past: consuming Past) {
        ring = ChangeRing(capacity: capacity, since: past.since)
        for event in past.takeEvents() { ring.append(event) }
        self.past = past
        noting = self.past.ancestors.isEmpty ? .nothing : .forReturning
    }

    /// Whether events are wanted at all.
    var isNoting: Bool { noting != .nothing }

    mutating func append(_ event: SessionEvent) { ring.append(event) }

    /// Notes everything after this change from now on, for a watcher that has come.
    mutating func beginNoting(after sequence: UInt64) {
        if noting == .nothing { ring.restart(since: sequence) }
        noting = .forWatchers
    }

    /// Notes nothing more before a watcher comes, if none has come back. Who comes later has to begin again, and is told so:
    /// what is held then begins with it.
    mutating func giveUpReturning(at sequence: UInt64) {
        guard noting == .forReturning else { return }
        noting = .nothing
        restart(after: sequence)
    }

    /// Drops everything up to this change: everyone who watches is told to begin again.
    mutating func restart(after sequence: UInt64) {
        past = Past(since: sequence)
        ring.restart(since: sequence)
    }

    /// Where a watcher goes on that was interrupted after a change; nil when it has to begin again.
    ///
    /// - Parameters:
    ///   - epoch: The history in which it was told of the change; nil for none that there ever was.
    ///   - present: The present history, and the last change that was made in it.
    func position(
        resumingAfter sequence: UInt64,
        of epoch: Epoch?,
        present: (epoch: Epoch, sequence: UInt64)
    ) -> Int? {
        guard let epoch else { return nil }
        let isKnown =
            epoch == present.epoch ? sequence <= present.sequence : past.goesOn(from: epoch, after: sequence)
        return isKnown ? ring.position(resumingAfter: sequence) : nil
    }
}
