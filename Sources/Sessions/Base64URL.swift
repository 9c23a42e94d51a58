// base64url without padding (RFC 4648, section 5), for the two fixed-size values that are written with it.

enum Base64URL {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    /// Calls `put` with the place and the ASCII code of each character.
    static func encode(_ bytes: Span<UInt8>, _ put: (Int, UInt8) -> Void) {
        // Sound: a static string's bytes live for ever, and the index has six bits.
        let alphabet = unsafe UnsafeBufferPointer(start: alphabet.utf8Start, count: 64)
        var (pending, bits, place) = (UInt32(0), 0, 0)
        for index in bytes.indices {
            pending = pending << 8 | UInt32(bytes[index])
            bits += 8
            while bits >= 6 {
                bits -= 6
                unsafe put(place, alphabet[Int(pending >> UInt32(bits)) & 0x3F])
                place += 1
            }
        }
        if bits > 0 { unsafe put(place, alphabet[Int(pending << UInt32(6 - bits)) & 0x3F]) }
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
