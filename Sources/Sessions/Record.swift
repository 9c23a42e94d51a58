// How one session, or the tombstone it leaves, lies in memory: a fixed part in a slab of records, and one allocation
// for what varies in length. Records name each other by slot, so that links cost four bytes and nothing is counted.

/// The place of a record in the store. Valid until the next change of the store.
public struct Slot: Hashable, Sendable {
    let index: UInt32

    /// No record: the slab never hands out its first place.
    static let none = Slot(index: 0)
}

struct Record {
    enum Kind: UInt8 {
        case free
        case session
        case tombstone
        /// A token that a session had before. It is in the indexes by token and by id, and goes with its session.
        case replaced
    }

    // In the order in which a lookup comes by, so that it touches as few cache lines as possible.
    var tokenHash: TokenHash
    var nextByToken = Slot.none
    var kind = Kind.free
    var expiryBucket: UInt16 = 0
    var expiresAt: Instant
    /// Of a tombstone: when the session was revoked. Of a replaced token: when it was replaced.
    var touchedAt: Instant
    var ttl: Milliseconds
    var authenticatedAt: Instant
    var payload: Payload
    var id: SessionID
    var createdAt: Instant
    var lifetimeEndsAt: Instant
    var version: UInt32

    /// How many sessions the list has that this record is the head of.
    var userCount: UInt32 = 0
    /// The sequence number of the last change that this record contains.
    var sequence: UInt64
    var nextByID = Slot.none
    /// The next user in the same bucket; only for the head of a user's list.
    var nextUser = Slot.none
    var newer = Slot.none
    var older = Slot.none
    var nextToExpire = Slot.none
    var previousToExpire = Slot.none
}

/// The parts of a record whose length varies, one after the other in one allocation.
///
/// Sound: a payload's pointer is made with its lengths and never changed apart from them; the slab frees it exactly
/// once, when its record gives it up.
@safe
struct Payload {
    private let base: UnsafeMutablePointer<UInt8>?
    private let dataLength: UInt32
    private let userAgentLength: UInt16
    private let userLength: UInt8
    private let ipLength: UInt8

    init() {
        unsafe base = nil
        dataLength = 0
        userAgentLength = 0
        userLength = 0
        ipLength = 0
    }

    /// Copies the parts. Their limits (`UserID.longest`, `SessionLimit`) are what makes the lengths fit.
    init(user: [UInt8], ip: [UInt8], userAgent: [UInt8], data: [UInt8]) {
        dataLength = UInt32(data.count)
        userAgentLength = UInt16(userAgent.count)
        userLength = UInt8(user.count)
        ipLength = UInt8(ip.count)
        let total = user.count + ip.count + userAgent.count + data.count
        guard total > 0 else {
            unsafe base = nil
            return
        }
        let start = UnsafeMutablePointer<UInt8>.allocate(capacity: total)
        var end = unsafe start
        for part in [user, ip, userAgent, data] {
            unsafe part.withUnsafeBufferPointer { source in
                guard let first = source.baseAddress else { return }
                unsafe end.initialize(from: first, count: source.count)
            }
            unsafe end += part.count
        }
        unsafe base = start
    }

    func free() { unsafe base?.deallocate() }

    /// What it takes in memory, without the allocator's own bookkeeping.
    var byteCount: Int { Int(dataLength) + Int(userAgentLength) + Int(userLength) + Int(ipLength) }

    var user: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { unsafe _overrideLifetime(span(from: 0, count: Int(userLength)), borrowing: self) }
    }

    var ip: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { unsafe _overrideLifetime(span(from: Int(userLength), count: Int(ipLength)), borrowing: self) }
    }

    var userAgent: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            let start = Int(userLength) + Int(ipLength)
            return unsafe _overrideLifetime(span(from: start, count: Int(userAgentLength)), borrowing: self)
        }
    }

    var data: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            let start = Int(userLength) + Int(ipLength) + Int(userAgentLength)
            return unsafe _overrideLifetime(span(from: start, count: Int(dataLength)), borrowing: self)
        }
    }

    @_lifetime(borrow self)
    private borrowing func span(from start: Int, count: Int) -> Span<UInt8> {
        guard let base = unsafe base else { return Span() }
        return unsafe _overrideLifetime(Span(_unsafeStart: base + start, count: count), borrowing: self)
    }
}

extension Span<UInt8> {
    /// A copy of the bytes.
    var array: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }

    func elementsEqual(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
