// The checksum is the published CRC-32C, and may be computed piece by piece.

import Testing

@testable import Durability

@Suite("CRC-32C")
struct ChecksumTests {
    @Test(
        "agrees with the vectors of RFC 3720, appendix B.4",
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E),
            ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)]
    )
    func vectors(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes.span) == expected)
    }

    @Test("is the same with the processor's instruction and from tables, at every length and seed", arguments: 0...80)
    func bothWays(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 7) }
        for seed: UInt32 in [0, 1, .max, 0x8A91_36AA] {
            let expected = CRC32C.checksumFromTables(bytes.span, seed: seed)
            #expect(CRC32C.checksum(bytes.span, seed: seed) == expected)
        }
    }

    @Test("of any piece follows from going through the whole once")
    func anyPiece() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ $0 / 7) }
        let sums = PieceChecksums(of: bytes.span)
        for start in 0...300 {
            for end in start...300 {
                let piece = CRC32C.checksum(bytes.span.extracting(start..<end), seed: 0x8A91_36AA)
                #expect(sums.checksum(start..<end, seed: 0x8A91_36AA, of: bytes.span) == piece)
            }
        }
    }

    @Test("of two pieces is that of the whole, wherever the cut is")
    func pieces() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let whole = CRC32C.checksum(bytes.span)
        for cut in 0...100 {
            let (first, second) = (Array(bytes[..<cut]), Array(bytes[cut...]))
            #expect(CRC32C.checksum(second.span, seed: CRC32C.checksum(first.span)) == whole, "cut at \(cut)")
        }
    }
}
