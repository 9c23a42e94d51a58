// What a record keeps of its payload, in ten bytes: where the block is in the arena, and how long the parts are that lie
// in it one after the other.

/// The parts of a record whose length varies, before they are stored.
struct PayloadParts {
    var user: [UInt8] = []
    var ip: [UInt8] = []
    var userAgent: [UInt8] = []
    var data: [UInt8] = []
}

extension PayloadParts {
    init(_ session: borrowing Session) {
        self.init(
            user: session.userID?.bytes ?? [],
            ip: session.ip,
            userAgent: session.userAgent,
            data: session.data
        )
    }

    /// What a tombstone keeps.
    init(cause: [UInt8]) { self.init(data: cause) }
}

/// A handle that `PayloadArena` resolves.
struct Payload {
    /// How many bits a place has.
    static let placeBits = 37

    private var lowPlace: UInt32 = 0
    /// Of the data 17 bits, of the user 8, of the address 7.
    private var lengths: UInt32 = 0
    /// The length of the user agent in 11 bits, and below it the high bits of the place.
    private var userAgentLengthAndHighPlace: UInt16 = 0

    init() {}

    init(_ parts: borrowing PayloadParts) {
        self.init(
            user: parts.user.count,
            ip: parts.ip.count,
            userAgent: parts.userAgent.count,
            data: parts.data.count
        )
    }

    /// Takes the lengths. Their limits (`UserID.longest`, `SessionLimit`) are what makes them fit.
    init(user: Int, ip: Int, userAgent: Int, data: Int) {
        precondition(
            data < 1 << 17 && user < 1 << 8 && ip < 1 << 7 && userAgent < 1 << 11,
            "a session is beyond its limits"
        )
        lengths = UInt32(data << 15 | user << 7 | ip)
        userAgentLengthAndHighPlace = UInt16(userAgent << 5)
    }

    /// Where the block is, in the arena's terms; zero when there is none, because nothing is in it.
    var place: Int {
        get { Int(userAgentLengthAndHighPlace & 0x1F) << 32 | Int(lowPlace) }
        set {
            precondition(newValue >> Self.placeBits == 0, "the payloads take more than 256 GiB")
            lowPlace = UInt32(truncatingIfNeeded: newValue)
            userAgentLengthAndHighPlace = userAgentLengthAndHighPlace & ~0x1F | UInt16(newValue >> 32)
        }
    }

    var dataLength: Int { Int(lengths >> 15) }
    var userLength: Int { Int(lengths >> 7 & 0xFF) }
    var ipLength: Int { Int(lengths & 0x7F) }
    var userAgentLength: Int { Int(userAgentLengthAndHighPlace >> 5) }

    /// What it takes in memory, without the arena's own bookkeeping.
    var byteCount: Int { dataLength + userLength + ipLength + userAgentLength }
}
