// What happened lately, for watchers: a ring of bounded size, which each watcher reads at its own pace. Who is slower than
// the ring is long has missed something, and is told so.

internal import Sessions

/// The last events, oldest first, each at a position that only grows.
struct ChangeRing {
    /// Those that are in the ring, behind some that are not any more and go together later.
    private var events: [SessionEvent] = []
    private var gone = 0
    /// The position of the first of `events`.
    private var base = 0
    private let capacity: Int
    /// The change up to which events were never here or have been dropped.
    private(set) var droppedSequence: UInt64

    /// - Parameter sequence: The last change before the first event.
    init(capacity: Int, since sequence: UInt64) {
        self.capacity = capacity
        droppedSequence = sequence
    }

    /// The position of the oldest event.
    var start: Int { base + gone }
    /// The position of the next event.
    var end: Int { base + events.count }

    mutating func append(_ event: SessionEvent) {
        events.append(event)
        guard events.count - gone > capacity else { return }
        droppedSequence = events[gone].sequence
        gone += 1
        if gone > max(capacity, 1024) {
            events.removeFirst(gone)
            base += gone
            gone = 0
        }
    }

    subscript(position: Int) -> SessionEvent { events[position - base] }

    /// Where events of later changes than this one begin; nil when some of them were dropped.
    func position(after sequence: UInt64) -> Int? {
        guard sequence >= droppedSequence else { return nil }
        return firstPosition { $0 > sequence }
    }

    /// Where to go on for who was interrupted after this change; nil when something of what came after was dropped.
    ///
    /// Of a change that has several events all come again, since it may have seen some of them only.
    func position(resumingAfter sequence: UInt64) -> Int? {
        guard let next = position(after: sequence) else { return nil }
        let first = firstPosition { $0 >= sequence }
        return next - first > 1 ? first : next
    }

    private func firstPosition(where isReached: (UInt64) -> Bool) -> Int {
        var (low, high) = (start, end)
        while low < high {
            let middle = (low + high) / 2
            if isReached(self[middle].sequence) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Drops what was taken back: the events after this change, but for revocations.
    mutating func takeBack(after sequence: UInt64) {
        let first = events[gone...].firstIndex { $0.sequence > sequence } ?? events.endIndex
        let revocations = events[first...].filter { $0.kind == .revoked }
        events.removeSubrange(first...)
        events += revocations
    }
}
