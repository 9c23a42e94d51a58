// What happened lately, for watchers: a ring of bounded size, which each watcher reads at its own pace. Who is slower than
// the ring is long has missed something, and is told so.

internal import Sessions

/// The last events, oldest first, each at a position that only grows.
struct ChangeRing {
    /// Each at the remainder of its position, counted from where the ring last began.
    private var events: [SessionEvent] = []
    private let capacity: Int
    private var origin = 0
    /// The position of the oldest event.
    private(set) var start = 0
    /// The position of the next event.
    private(set) var end = 0
    /// The change up to which events were never here or have been dropped.
    private(set) var droppedSequence: UInt64

    /// - Parameters:
    ///   - capacity: How many events are held; one at least, or nobody would notice that there was any.
    ///   - sequence: The last change before the first event.
    init(capacity: Int, since sequence: UInt64) {
        self.capacity = max(capacity, 1)
        droppedSequence = sequence
    }

    mutating func append(_ event: SessionEvent) {
        let place = (end - origin) % capacity
        if end - start == capacity {
            droppedSequence = events[place].sequence
            start += 1
        }
        if place == events.count { events.append(event) } else { events[place] = event }
        end += 1
    }

    /// Drops everything, so that whoever has a position here has missed something.
    mutating func restart(since sequence: UInt64) {
        events = []
        end += 1
        (origin, start) = (end, end)
        droppedSequence = sequence
    }

    subscript(position: Int) -> SessionEvent { events[(position - origin) % capacity] }

    /// Where events of later changes than this one begin; nil when some of them were dropped.
    func position(after sequence: UInt64) -> Int? {
        guard sequence >= droppedSequence else { return nil }
        return firstPosition { $0 > sequence }
    }

    /// Where to go on for who was interrupted after this change; nil when something of what came after was dropped.
    ///
    /// Of a change that has several events, or one that came late, all come again: it may have seen some of them only.
    func position(resumingAfter sequence: UInt64) -> Int? {
        // Of the last change of which an event was dropped, more than that one event may have been.
        if start > origin, sequence == droppedSequence { return nil }
        guard let next = position(after: sequence) else { return nil }
        let first = firstPosition { $0 >= sequence }
        return next - first > 1 || next > first && self[first].isLate ? first : next
    }

    private func firstPosition(where isReached: (UInt64) -> Bool) -> Int {
        var (low, high) = (start, end)
        while low < high {
            let middle = (low + high) / 2
            if isReached(self[middle].sequence) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
