// Looking ahead: a lookup reads a bucket, a record and a payload, each somewhere in memory and each found through the one
// before. For many lookups the processor fetches them at the same time, instead of waiting for one after the other.

internal import CProcessor

extension SessionStore {
    /// For how many tokens `prefetch` works at a time: what lookups of them read, and their answers, fit into the processor's
    /// nearest cache.
    public static let prefetchLimit = 32

    /// Has the processor fetch what lookups of these tokens will read. It changes nothing, and nothing depends on it.
    ///
    /// - Parameter hashes: At most `prefetchLimit` of them; of more, the first.
    public func prefetch(_ hashes: Span<TokenHash>) {
        let places = 0..<min(hashes.count, Self.prefetchLimit)
        // As many as `prefetchLimit`.
        var slots = InlineArray<32, Slot>(repeating: .none)
        for place in places { tokens.prefetch(ByToken.hash(hashes[place])) }
        for place in places {
            slots[place] = tokens.first(ByToken.hash(hashes[place]))
            slab.prefetch(slots[place])
        }
        // One in three is not the first of its chain.
        for place in places {
            slots[place] = step(slots[place], to: hashes[place])
            slab.prefetch(slots[place])
        }
        for place in places { slab.prefetchPayload(of: slots[place]) }
    }

    /// The next record of a chain, or this one if it has the token.
    @inline(__always)
    private func step(_ slot: Slot, to tokenHash: TokenHash) -> Slot {
        slot == .none || slab[slot].tokenHash == tokenHash ? slot : slab[slot].nextByToken
    }
}

extension RecordSlab {
    /// What a lookup reads of a record: up to and including its id.
    private static let lookupSize = 104

    @inline(__always)
    fileprivate func prefetch(_ slot: Slot) {
        guard slot != .none else { return }
        unsafe fetch(pointer(to: slot), Self.lookupSize)
    }

    @inline(__always)
    fileprivate func prefetchPayload(of slot: Slot) {
        if slot != .none { payloads.prefetch(self[slot].payload) }
    }
}

private let cacheLineSize = 64

/// Has the processor fetch so many bytes of memory.
@inline(__always)
func fetch(_ start: UnsafeRawPointer, _ count: Int) {
    var offset = 0
    while offset < count {
        unsafe CProcessor.prefetch(start + offset)
        offset += cacheLineSize
    }
    unsafe CProcessor.prefetch(start + count - 1)
}
