// Looking for tokens in bytes: as text, in hexadecimal, as the bytes that the text stands for, and in pieces, since what is
// overwritten in part is a secret still.

import Foundation

/// The pieces of tokens that are looked for.
struct TokenSearch {
    /// As many bytes as nothing has by chance.
    private static let piece = 12
    private let patterns: [[UInt8]]

    init(for tokens: some Sequence<String>) {
        var patterns: Set<[UInt8]> = []
        for token in tokens {
            let text = Array(token.utf8)
            let hexadecimal = { (bytes: [UInt8]) in bytes.map { String(format: "%02x", $0) }.joined() }
            var forms = [text, Array(hexadecimal(text).utf8)]
            if let raw = Self.decoded(token) {
                forms += [raw, Array(hexadecimal(raw).utf8), Array(hexadecimal(raw).uppercased().utf8)]
            }
            for form in forms {
                for start in stride(from: 0, through: form.count - Self.piece, by: Self.piece) {
                    patterns.insert(Array(form[start..<(start + Self.piece)]))
                }
            }
        }
        self.patterns = Array(patterns)
    }

    /// The bytes that base64url stands for.
    private static func decoded(_ token: String) -> [UInt8]? {
        let text = token.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
        return Data(base64Encoded: text + padding).map { Array($0) }
    }

    /// The first piece of a token in some bytes, with what is around it; nil when there is none.
    func finding(in bytes: [UInt8]) -> String? {
        for pattern in patterns {
            guard let place = Self.place(of: pattern, in: bytes) else { continue }
            let around = bytes[max(0, place - 40)..<min(bytes.count, place + 60)]
            return "at \(place): " + around.map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
        }
        return nil
    }

    func finding(in text: String) -> String? { finding(in: Array(text.utf8)) }

    private static func place(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var place = 0
            while bytes.count - place >= pattern.count {
                let found = unsafe memchr(base + place, Int32(pattern[0]), bytes.count - place - pattern.count + 1)
                guard let found = unsafe found else { return nil }
                place = unsafe UnsafeRawPointer(found) - base
                if unsafe memcmp(base + place, pattern, pattern.count) == 0 { return place }
                place += 1
            }
            return nil
        }
    }
}

/// The memory of a process that it can write to, region by region.
///
/// - Throws: Who is not root may not read it.
func memory(of process: pid_t) throws -> [(name: String, bytes: [UInt8])] {
    let maps = try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8)
    let memory = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(process)/mem"))
    defer { try? memory.close() }
    return try maps.split(separator: "\n")
        .compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard fields[1].hasPrefix("rw"), bounds.count == 2 else { return nil }
            try memory.seek(toOffset: bounds[0])
            // What was never touched is not there to be read in some regions.
            guard let bytes = try? memory.read(upToCount: Int(bounds[1] - bounds[0])) else { return nil }
            return (fields.count > 5 ? String(fields[5]) : String(fields[0]), Array(bytes))
        }
}
