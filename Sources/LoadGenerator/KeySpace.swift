// The keys of the sessions that the generator has made: tokens that sessiond handed out, or names that were chosen for
// Redis, 43 characters each. Some stay and are looked up; the others were begun meanwhile, and are ended, oldest first.

internal import JSONRPC

/// The keys of one server.
final class KeySpace {
    /// The length of a key in bytes: of a token of sessiond.
    static let width = 43
    /// The most keys that are kept.
    static let limit = 20_000_000

    private var bytes: [UInt8] = []
    /// How many keys there are, and the number that the next one gets.
    private(set) var count = 0
    /// The keys of numbers below this stay.
    private(set) var settled = 0
    /// The numbers of the sessions that may be ended, and how many of them have been.
    private var begun: [Int] = []
    private var ended = 0
    private var random: RandomBits

    init(seed: UInt64) { random = RandomBits(seed: seed) }

    var isFull: Bool { count >= Self.limit }
    /// How many sessions can be ended.
    var endable: Int { begun.count - ended }

    /// Reserves the number of a new key, which is chosen at random until the server says another.
    func reserve() -> Int {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        var bits: UInt64 = 0
        for index in 0..<Self.width {
            if index % 10 == 0 { bits = random.next() }
            unsafe bytes.append(alphabet.utf8Start[Int(bits & 63)])
            bits >>= 6
        }
        count += 1
        return count - 1
    }

    /// Appends the key of a number.
    func write(_ number: Int, to output: inout ByteBuffer) {
        let (bytes, start) = (bytes, number * Self.width)
        output.append(bytes.span.extracting(start..<(start + Self.width)))
    }

    /// Notes the key that the server chose.
    func set(_ number: Int, to key: [UInt8]) {
        bytes.replaceSubrange((number * Self.width)..<((number + 1) * Self.width), with: key)
    }

    /// Notes that the session of a number has begun.
    func begin(_ number: Int) { begun.append(number) }

    /// One of those that stay.
    func anySettled() -> Int { random.below(settled) }

    /// The oldest that may be ended; nil when there is none. It counts as ended.
    func endOldest() -> Int? {
        guard ended < begun.count else { return nil }
        ended += 1
        return begun[ended - 1]
    }

    /// The newest that may be ended; nil when there is none. It counts as ended.
    func endNewest() -> Int? { ended < begun.count ? begun.popLast() : nil }

    /// From now on the sessions of all keys stay; they have all begun.
    func settle() {
        settled = count
        begun = []
        ended = 0
    }

    /// From now on the sessions of all keys may be ended.
    func release() {
        begun = Array(0..<settled) + begun[ended...]
        ended = 0
        settled = 0
    }

    /// Forgets the keys that do not stay; their sessions have ended.
    func forget() {
        bytes.removeLast((count - settled) * Self.width)
        count = settled
        begun = []
        ended = 0
    }
}

/// Random bits for keys and choices: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), which costs a few instructions.
struct RandomBits {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below a bound, which must be positive.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
