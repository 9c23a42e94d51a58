// The checksum of any piece of a text in the time that a short one takes, after going through all of it once: where a commit
// may begin at every twelfth byte, computing each one's checksum from its bytes would take hours.

/// What is needed to have the CRC-32C of each piece of one text.
///
/// A checksum is a remainder of polynomials: that of a piece is what is left of that up to its end when that up to its
/// beginning, multiplied by x once for each bit between, is taken away.
struct PieceChecksums {
    private static let step = 64

    /// The checksums of the first 0, 64, 128, … bytes.
    private var starts: [UInt32] = [0]
    /// How many bytes the text has.
    let count: Int

    init(of text: Span<UInt8>) {
        count = text.count
        starts.reserveCapacity(count / Self.step + 1)
        for place in 0..<(count / Self.step) {
            let next = text.extracting((place * Self.step)..<((place + 1) * Self.step))
            starts.append(CRC32C.checksum(next, seed: starts[place]))
        }
    }

    /// The checksum of a piece.
    ///
    /// - Parameters:
    ///   - seed: The checksum of what is thought to come before it.
    ///   - text: The text that this was made of.
    func checksum(_ piece: Range<Int>, seed: UInt32, of text: Span<UInt8>) -> UInt32 {
        let before = seed ^ checksum(upTo: piece.lowerBound, of: text)
        return Self.shift(before, over: piece.count) ^ checksum(upTo: piece.upperBound, of: text)
    }

    private func checksum(upTo end: Int, of text: Span<UInt8>) -> UInt32 {
        let place = end / Self.step
        return CRC32C.checksum(text.extracting((place * Self.step)..<end), seed: starts[place])
    }

    /// A remainder when so many bytes of zeros follow.
    private static func shift(_ remainder: UInt32, over count: Int) -> UInt32 {
        var (shifted, left, power) = (remainder, count, 0)
        while left > 0 {
            if left & 1 == 1 { shifted = product(powers[power], shifted) }
            (left, power) = (left >> 1, power + 1)
        }
        return shifted
    }

    /// x to the power of 8, 16, 32, …
    private static let powers: [UInt32] = {
        // The highest bit is 1, and the next one x.
        var power: UInt32 = 1 << 23
        return (0..<64)
            .map { _ in
                defer { power = product(power, power) }
                return power
            }
    }()

    /// The remainder of a product, of polynomials whose lowest coefficient is the highest bit.
    private static func product(_ one: UInt32, _ other: UInt32) -> UInt32 {
        var (result, factor, other): (UInt32, UInt32, UInt32) = (0, one, other)
        while factor != 0 {
            if factor & 1 << 31 != 0 { result ^= other }
            factor <<= 1
            other = other >> 1 ^ (other & 1 == 1 ? CRC32C.polynomial : 0)
        }
        return result
    }
}
