// Random numbers from the system's CSPRNG, some at a time: one system call for each number would cost a login more than
// hashing its token.

internal import Glibc

/// A generator that draws from getentropy(3). What it has handed out it forgets.
struct SystemRandom: RandomNumberGenerator {
    private static let count = 64

    private var numbers = InlineArray<64, UInt64>(repeating: 0)
    private var used = count

    mutating func next() -> UInt64 {
        if used == Self.count { refill() }
        defer {
            numbers[used] = 0
            used += 1
        }
        return numbers[used]
    }

    private mutating func refill() {
        used = 0
        var span = numbers.mutableSpan
        unsafe span.withUnsafeMutableBytes { bytes in
            // It gives at most 256 bytes at a time, and waits until the kernel has been seeded.
            for start in stride(from: 0, to: bytes.count, by: 256) {
                let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + 256)])
                let result = unsafe getentropy(piece.baseAddress, piece.count)
                precondition(result == 0, "getentropy(3) gave no random numbers")
            }
        }
    }
}
