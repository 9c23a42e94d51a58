// Random values from a printed seed, written with random white space and random spellings: the scanner must accept
// them all, see in them what was put there, and find the one key that was made to come twice.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Random values")
struct RandomJSONTests {
    @Test("a random value is accepted, walked and compacted as it was built")
    func accepted() throws {
        let seed = seed(for: "random values")
        var random = SplitMix64(seed: seed)
        for round in 0..<1500 {
            let json = random.json(depth: Int.random(in: 0...6, using: &random))
            let spaced = Array((random.space() + json.text { random.space() } + random.space()).utf8)
            let verdict = scan(spaced)
            guard case .success(let value) = verdict else {
                Issue.record("seed \(seed), round \(round): \(verdict) for \(readable(spaced))")
                continue
            }
            let compact = spaced.span.compacted(value)
            #expect(compact == Array(json.text.utf8), "seed \(seed), round \(round)")
            #expect(!hasSpaceOutsideStrings(compact), "seed \(seed), round \(round)")
            var scanner = JSONScanner(spaced.span, at: value.start)
            let isSame = try walks(&scanner, json)
            #expect(isSame, "seed \(seed), round \(round)")
            #expect(scanner.position == value.end, "seed \(seed), round \(round)")
        }
    }

    @Test("a key that is made to come twice in a random object is found")
    func duplicates() {
        let seed = seed(for: "random duplicate keys")
        var random = SplitMix64(seed: seed)
        for round in 0..<500 {
            guard case .object(var members) = random.object(depth: 2), !members.isEmpty else { continue }
            let repeated = random.spell(members.randomElement(using: &random)!.key.content)
            members.append((repeated, .scalar("0")))
            members.shuffle(using: &random)
            let text = RandomJSON.object(members).text { random.space() }
            #expect(refusal(of: Array(text.utf8)) == .duplicateKey, "seed \(seed), round \(round)")
        }
    }

    /// Walks over the value at the cursor and says whether it is `json` in every part.
    private func walks(_ scanner: inout JSONScanner, _ json: RandomJSON) throws -> Bool {
        switch json {
        case .scalar(let text):
            let value = try scanner.value()
            if scanner.bytes.integer(value) != Int64(text), value.kind == .number { return false }
            return String(decoding: scanner.bytes.compacted(value), as: UTF8.self) == text
        case .string(let string):
            let value = try scanner.value()
            return value.kind == .string && scanner.bytes.unescaped(value) == Array(string.content.utf8)
        case .array(let elements):
            var walk = try scanner.beginArray()
            for element in elements {
                guard try scanner.advance(in: &walk), try walks(&scanner, element) else { return false }
            }
            return try !scanner.advance(in: &walk)
        case .object(let members):
            var walk = try scanner.beginObject()
            for member in members {
                guard let key = try scanner.nextKey(&walk) else { return false }
                guard scanner.bytes.unescaped(key) == Array(member.key.content.utf8) else { return false }
                guard try walks(&scanner, member.value) else { return false }
            }
            return try scanner.nextKey(&walk) == nil
        }
    }

    private func hasSpaceOutsideStrings(_ text: [UInt8]) -> Bool {
        var isInside = false
        var isEscaped = false
        for byte in text {
            if !isInside, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { return true }
            if byte == UInt8(ascii: "\""), !isEscaped { isInside.toggle() }
            isEscaped = isInside && byte == UInt8(ascii: "\\") && !isEscaped
        }
        return false
    }
}
