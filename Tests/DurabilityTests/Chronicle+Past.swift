// What the past that a recovery finds is measured by: what watchers were to be told of each change when it was made.

@testable import Durability
@testable import Sessions

extension Chronicle {
    /// What is wrong with what watchers that come back are told; nil when it is all that happened since and was recovered.
    func complaint(about past: Past, upTo sequence: UInt64, at mark: Mark) -> String? {
        if let ancestor = past.ancestors.first(where: { $0.epoch == epoch }) {
            if ancestor.end < mark.acknowledged { return "its history ends with change \(ancestor.end), at \(mark)" }
            if ancestor.end > sequence { return "its history goes on to change \(ancestor.end), at \(mark)" }
        }
        // What was before this chronicle is another one's concern.
        let known = max(past.since, first)
        let found = Self.sorted(past.events.filter { $0.sequence > known })
        let expected = Self.sorted(events.filter { $0.sequence > known && $0.sequence <= sequence })
        guard found != expected else { return nil }
        let (surplus, missing) = (found.filter { !expected.contains($0) }, expected.filter { !found.contains($0) })
        return "after change \(sequence), at \(mark), watchers\nare told \(surplus)\nand not \(missing)"
    }

    /// Whether somebody who was told of all that was acknowledged goes on where it was interrupted.
    func goesOn(in past: Past, at mark: Mark) -> Bool { past.goesOn(from: epoch, after: mark.acknowledged) }

    /// Those of one change have no order.
    private static func sorted(_ events: [SessionEvent]) -> [SessionEvent] {
        events.sorted { ($0.sequence, $0.id.high, $0.id.low) < ($1.sequence, $1.id.high, $1.id.low) }
    }
}
