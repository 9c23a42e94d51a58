// CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's own instruction or, where it has none, from tables,
// eight bytes at a time. It guards against disks and torn writes, not against people.

internal import CProcessor

/// A checksum over bytes.
struct CRC32C {
    /// The divisor but for its highest power, whose lowest coefficient is the highest bit.
    static let polynomial: UInt32 = 0x82F6_3B78

    /// `tables[k * 256 + b]` is the checksum of byte `b` followed by `k` zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let shorter = tables[index - 256]
            tables[index] = shorter >> 8 ^ tables[Int(shorter & 0xFF)]
        }
        return tables
    }()

    /// The checksum of `bytes`.
    ///
    /// - Parameter seed: The checksum of what came before; zero for nothing.
    static func checksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        guard hasInstruction else { return checksumFromTables(bytes, seed: seed) }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe ~crc32c_instruction(~seed, bytes.baseAddress, bytes.count)
        }
    }

    private static let hasInstruction = crc32c_instruction_exists()

    /// The same without the instruction.
    static func checksumFromTables(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        let tables = tables
        var value = ~seed
        var index = 0
        while index &+ 8 <= bytes.count {
            value ^=
                UInt32(bytes[index]) | UInt32(bytes[index &+ 1]) << 8 | UInt32(bytes[index &+ 2]) << 16
                | UInt32(bytes[index &+ 3]) << 24
            value =
                tables[7 << 8 | Int(value & 0xFF)] ^ tables[6 << 8 | Int(value >> 8 & 0xFF)]
                ^ tables[5 << 8 | Int(value >> 16 & 0xFF)] ^ tables[4 << 8 | Int(value >> 24)]
                ^ tables[3 << 8 | Int(bytes[index &+ 4])] ^ tables[2 << 8 | Int(bytes[index &+ 5])]
                ^ tables[1 << 8 | Int(bytes[index &+ 6])] ^ tables[Int(bytes[index &+ 7])]
            index &+= 8
        }
        while index < bytes.count {
            value = value >> 8 ^ tables[Int((value ^ UInt32(bytes[index])) & 0xFF)]
            index &+= 1
        }
        return ~value
    }
}
