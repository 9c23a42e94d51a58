// What names a session: the token, a secret that only the browser keeps; its hash, which is all that this machine
// keeps of it; and the id, a public handle that authenticates nobody.

// BoringSSL below the Crypto module: that one's SHA256 allocates an object for every hash, which costs as much as hashing.
internal import CCryptoBoringSSL

/// The SHA-256 of a token (FIPS 180-4): what is stored, indexed and written to disk in its place.
public struct TokenHash: Hashable, Sendable {
    /// The digest as four words, in memory order.
    let words: Words

    /// Four 64-bit words.
    struct Words: Hashable, Sendable {
        let a: UInt64
        let b: UInt64
        let c: UInt64
        let d: UInt64
    }

    init(words: Words) {
        self.words = words
    }

    /// The number of bytes of a hash.
    public static let byteCount = 32

    /// Hashes a token.
    ///
    /// - Parameter token: The bytes of the token as the caller sent them, whatever their form.
    public init(of token: Span<UInt8>) {
        words = token.count <= Self.longestInOneBlock ? Self.hash(ofOneBlock: token) : Self.hash(ofBlocks: token)
    }

    private static func hash(ofBlocks token: Span<UInt8>) -> Words {
        var words = Words(a: 0, b: 0, c: 0, d: 0)
        unsafe token.withUnsafeBytes { token in
            unsafe withUnsafeMutableBytes(of: &words) { words in
                _ = unsafe CCryptoBoringSSL_SHA256(token.baseAddress, token.count, words.baseAddress)
            }
        }
        return words
    }

    /// A block has 64 bytes, and the padding takes at least nine of them.
    private static let longestInOneBlock = 55

    /// Hashes a token that fits into one block, as those do that are drawn here: padded in place, which takes half the
    /// time of handing it to the general function (FIPS 180-4, 5.1.1 and 6.2.2).
    private static func hash(ofOneBlock token: Span<UInt8>) -> Words {
        var block = InlineArray<64, UInt8>(repeating: 0)
        var state: InlineArray<8, UInt32> = [
            0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
        ]
        unsafe withUnsafeMutableBytes(of: &block) { block in
            unsafe token.withUnsafeBytes { unsafe block.copyMemory(from: $0) }
            unsafe block[token.count] = 0x80
            let length = UInt64(token.count) * 8
            unsafe block.storeBytes(of: length.bigEndian, toByteOffset: 56, as: UInt64.self)
            unsafe withUnsafeMutableBytes(of: &state) { state in
                unsafe CCryptoBoringSSL_SHA256_TransformBlocks(
                    state.assumingMemoryBound(to: UInt32.self).baseAddress,
                    block.baseAddress,
                    1
                )
            }
        }
        func word(_ place: Int) -> UInt64 {
            UInt64(state[place].bigEndian) | UInt64(state[place + 1].bigEndian) << 32
        }
        return Words(a: word(0), b: word(2), c: word(4), d: word(6))
    }

    /// Restores a hash from its 32 bytes; nil when there are more or fewer.
    public init?(bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self = unsafe bytes.withUnsafeBytes { unsafe TokenHash(raw: $0) }
    }

    /// Sound: both callers pass exactly 32 bytes.
    private init(raw bytes: UnsafeRawBufferPointer) {
        words = unsafe Words(
            a: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
            b: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            c: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
            d: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
    }

    /// The 32 bytes, without an allocation.
    public var inlineBytes: InlineArray<32, UInt8> {
        // Sound: both are 32 bytes, of which every pattern is a value.
        unsafe unsafeBitCast(words, to: InlineArray<32, UInt8>.self)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        // In memory order, as they came.
        unsafe withUnsafeBytes(of: words) { unsafe Array($0) }
    }
}

/// A session's public handle: 16 random bytes, 22 characters of base64url on the wire.
public struct SessionID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// The number of bytes of an id.
    public static let byteCount = 16
    /// The number of characters of its text.
    public static let textLength = 22

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Draws a new id.
    public init(using generator: inout some RandomNumberGenerator) {
        self.init(high: generator.next(), low: generator.next())
    }

    /// Reads an id from its text; nil when it is not 22 characters of base64url that stand for 16 bytes.
    public init?(text: Span<UInt8>) {
        guard text.count == Self.textLength, var bytes = Base64URL.decode(text) else { return nil }
        self.init(bytes: bytes.span)
        // A caller's own token may look like an id.
        unsafe bytes.withUnsafeMutableBytes { unsafe CCryptoBoringSSL_OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    /// Restores an id from its 16 bytes; nil when there are more or fewer.
    public init?(bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        // Sound: there are exactly 16 bytes, and eight of them make any integer.
        let high = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
        let low = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
        self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    /// The 16 bytes.
    public var bytes: InlineArray<16, UInt8> {
        InlineArray { index in
            UInt8(truncatingIfNeeded: index < 8 ? high >> (56 - 8 * index) : low >> (120 - 8 * index))
        }
    }

    /// The 22 characters, as ASCII.
    public var text: InlineArray<22, UInt8> {
        // 128 bits are 21 characters of six bits and one that holds the last two.
        var text = InlineArray<22, UInt8>(repeating: Base64URL.character(low << 4))
        for place in 0..<10 { text[place] = Base64URL.character(high >> UInt64(58 &- 6 &* place)) }
        text[10] = Base64URL.character(high << 2 | low >> 62)
        for place in 11..<21 { text[place] = Base64URL.character(low >> UInt64(56 &- 6 &* (place &- 11))) }
        return text
    }
}

/// A freshly drawn token: 32 random bytes as 43 characters of unpadded base64url (256 bits; OWASP ASVS 5.0, 7.2.3
/// asks for at least 128). It exists only until it has been handed to the caller.
public struct Token: Sendable {
    /// The shortest token that a caller may choose, in bytes.
    public static let shortest = 16
    /// The longest token that a caller may choose, in bytes.
    public static let longest = 512

    /// The 43 characters, as ASCII.
    public private(set) var text: InlineArray<43, UInt8>

    /// Draws a token.
    ///
    /// - Parameter generator: In the daemon the system's CSPRNG (`getentropy(3)`).
    public init(using generator: inout some RandomNumberGenerator) {
        // 256 bits are 42 characters of six bits and one that holds the last four: each takes the first six that are left.
        var words = InlineArray<4, UInt64> { _ in generator.next() }
        var text = InlineArray<43, UInt8>(repeating: 0)
        for place in text.indices {
            text[place] = Base64URL.character(words[0] >> 58)
            for word in 0..<3 { words[word] = words[word] << 6 | words[word + 1] >> 58 }
            words[3] <<= 6
        }
        self.text = text
    }

    /// The hash under which the session is kept.
    public var hash: TokenHash { TokenHash(of: text.span) }

    /// Overwrites it where it lies in memory.
    public mutating func wipe() {
        unsafe withUnsafeMutableBytes(of: &text) { unsafe CCryptoBoringSSL_OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}
