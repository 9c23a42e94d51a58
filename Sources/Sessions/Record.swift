// How one session, or the tombstone it leaves, lies in memory: a fixed part in a slab of records, and one block of an
// arena for what varies in length. Records name each other by slot, so that links cost four bytes and nothing is counted.

internal import Glibc

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

    // In the order in which a lookup comes by, so that it touches as few cache lines as possible, and without gaps.
    var tokenHash = TokenHash(words: .init(a: 0, b: 0, c: 0, d: 0))
    var nextByToken = Slot.none
    var payload = Payload()
    var kind = Kind.free
    private var packedExpiresAt = PackedMilliseconds.zero
    private var packedTouchedAt = PackedMilliseconds.zero
    private var packedTTL = PackedMilliseconds.zero
    private var packedAuthenticatedAt = PackedMilliseconds.zero
    private var packedLifetimeEndsAt = PackedMilliseconds.zero
    private var packedCreatedAt = PackedMilliseconds.zero
    var version: UInt32 = 0
    var id = SessionID(high: 0, low: 0)
    /// The sequence number of the last change that this record contains.
    var sequence: UInt64 = 0
    var nextByID = Slot.none
    /// The next newer session of the user; of the newest, the next user in the same bucket.
    private var newerOrNextUser = Slot.none
    var older = Slot.none
    /// How many sessions the list has that this record is the head of; zero when it is the head of none.
    var userCount: UInt32 = 0
    var nextToExpire = Slot.none
    /// The one before in the bucket of the wheel; of the first, the bucket.
    var previousToExpire = Slot.none
}

extension Record {
    /// What an unused place holds.
    static var placeholder: Record { Record() }

    var expiresAt: Instant {
        get { packedExpiresAt.instant }
        set { packedExpiresAt = PackedMilliseconds(newValue.milliseconds) }
    }

    /// Of a tombstone: when the session was revoked. Of a replaced token: when it was replaced.
    var touchedAt: Instant {
        get { packedTouchedAt.instant }
        set { packedTouchedAt = PackedMilliseconds(newValue.milliseconds) }
    }

    var ttl: Milliseconds {
        get { Milliseconds(packedTTL.count) }
        set { packedTTL = PackedMilliseconds(newValue.count) }
    }

    var authenticatedAt: Instant {
        get { packedAuthenticatedAt.instant }
        set { packedAuthenticatedAt = PackedMilliseconds(newValue.milliseconds) }
    }

    var lifetimeEndsAt: Instant {
        get { packedLifetimeEndsAt.instant }
        set { packedLifetimeEndsAt = PackedMilliseconds(newValue.milliseconds) }
    }

    var createdAt: Instant {
        get { packedCreatedAt.instant }
        set { packedCreatedAt = PackedMilliseconds(newValue.milliseconds) }
    }

    /// The next newer session of the user. Set only for one that is not the head of the list.
    var newer: Slot {
        get { userCount > 0 ? .none : newerOrNextUser }
        set { newerOrNextUser = newValue }
    }

    /// The next user in the same bucket; only for the head of a user's list.
    var nextUser: Slot {
        get { newerOrNextUser }
        set { newerOrNextUser = newValue }
    }
}

extension Span<UInt8> {
    /// A copy of the bytes.
    var array: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }

    func elementsEqual(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        // Sound: both have that many bytes, and of none nothing is looked at.
        return unsafe withUnsafeBytes { one in
            unsafe other.withUnsafeBytes { other in
                unsafe one.isEmpty || memcmp(one.baseAddress!, other.baseAddress!, one.count) == 0
            }
        }
    }
}
