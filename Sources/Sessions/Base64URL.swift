// base64url without padding (RFC 4648, section 5), for the two fixed-size values that are written with it.

enum Base64URL {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    /// The character for the six lowest bits of a number.
    @inline(__always)
    static func character(_ bits: UInt64) -> UInt8 {
        // Sound: a static string's bytes live for ever, and the index has six bits.
        unsafe alphabet.utf8Start[Int(truncatingIfNeeded: bits & 0x3F)]
    }

    /// The bytes that a text stands for; nil when it has another character, an impossible length, or bits that an
    /// encoder would have left zero (so that each value has one text only).
    static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count * 3 / 4)
        var (pending, bits) = (UInt32(0), 0)
        for index in text.indices {
            guard let value = value(of: text[index]) else { return nil }
            pending = pending << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
            }
        }
        return pending & ((1 << UInt32(bits)) - 1) == 0 ? result : nil
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
