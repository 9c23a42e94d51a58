// The two languages that the generator speaks, as far as it has to: where an answer ends. Ours ends at a line feed; one of
// Redis says by its first byte and its length how far it goes (RESP2).

internal import Glibc

/// The language of a server.
public enum Dialect: String, Codable, Sendable {
    /// Newline-delimited JSON-RPC 2.0.
    case sessiond
    /// RESP2.
    case redis
}

/// How much of an answer has come.
enum Framing: Equatable {
    /// The answer ends before this offset.
    case whole(end: Int)
    case partial
    /// This is not the server's language.
    case malformed
}

/// The longest answer that is waited for: the largest session is 64 KiB of data and little besides.
let longestAnswer = 1 << 18

extension Dialect {
    /// Where the answer that begins at `start` ends.
    func frame(_ bytes: Span<UInt8>, from start: Int) -> Framing {
        let framing =
            switch self {
            case .sessiond: lineFeed(in: bytes, from: start).map { Framing.whole(end: $0 + 1) } ?? .partial
            case .redis: frameValue(bytes, from: start, depth: 0)
            }
        if framing == .partial, bytes.count - start > longestAnswer { return .malformed }
        return framing
    }
}

/// Where a RESP value ends.
private func frameValue(_ bytes: Span<UInt8>, from start: Int, depth: Int) -> Framing {
    guard let feed = lineFeed(in: bytes, from: start) else { return .partial }
    guard feed - start >= 2, bytes[feed - 1] == UInt8(ascii: "\r") else { return .malformed }
    switch bytes[start] {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"):
        return .whole(end: feed + 1)
    case UInt8(ascii: "$"):
        guard let length = length(bytes.extracting((start + 1)..<(feed - 1))) else { return .malformed }
        let end = length < 0 ? feed + 1 : feed + 1 + length + 2
        return end <= bytes.count ? .whole(end: end) : .partial
    case UInt8(ascii: "*"):
        guard let count = length(bytes.extracting((start + 1)..<(feed - 1))), depth < 4 else { return .malformed }
        var end = feed + 1
        for _ in 0..<max(count, 0) {
            switch frameValue(bytes, from: end, depth: depth + 1) {
            case .whole(let next): end = next
            case .partial: return .partial
            case .malformed: return .malformed
            }
        }
        return .whole(end: end)
    default:
        return .malformed
    }
}

/// A length in decimal of at most the longest answer, or -1 for nothing.
private func length(_ digits: Span<UInt8>) -> Int? {
    if digits.count == 2, digits[0] == UInt8(ascii: "-"), digits[1] == UInt8(ascii: "1") { return -1 }
    guard 1...7 ~= digits.count else { return nil }
    var value = 0
    for index in digits.indices {
        guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digits[index] else { return nil }
        value = value * 10 + Int(digits[index] - UInt8(ascii: "0"))
    }
    return value <= longestAnswer ? value : nil
}

private func lineFeed(in bytes: Span<UInt8>, from start: Int) -> Int? {
    guard start < bytes.count else { return nil }
    // Sound: the search stays in the span, and only a distance leaves the closure.
    return unsafe bytes.withUnsafeBytes { raw in
        guard let base = raw.baseAddress else { return nil }
        let found = unsafe memchr(base + start, CInt(UInt8(ascii: "\n")), raw.count - start)
        return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
    }
}
