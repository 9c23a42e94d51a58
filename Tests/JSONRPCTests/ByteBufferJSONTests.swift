// What a buffer writes as JSON is JSON, and reads back as what was written.

import Foundation
import TestSupport
import Testing

@testable import JSONRPC

@Suite("Byte buffers write JSON")
struct ByteBufferJSONTests {
    private func written(_ content: String) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.append(jsonString: content)
        return bytes(of: buffer)
    }

    static let escapes: [(String, String)] = [
        ("", #""""#), ("plain", #""plain""#), ("\"", #""\"""#), ("\\", #""\\""#), ("/", #""/""#), ("\n", #""\n""#),
        ("\r", #""\r""#), ("\t", #""\t""#), ("\u{0}", #""\u0000""#), ("\u{8}", #""\u0008""#), ("\u{C}", #""\u000c""#),
        ("\u{F}", #""\u000f""#), ("\u{10}", #""\u0010""#), ("\u{1F}", #""\u001f""#), ("\u{7F}", "\"\u{7F}\""),
        ("é€😀\u{2028}", "\"é€😀\u{2028}\""), ("\\u0041", #""\\u0041""#), ("a\"b\\c\nd", #""a\"b\\c\nd""#),
    ]

    @Test("a string is written with its quotes and only the escapes that it needs", arguments: escapes)
    func escaped(_ content: String, _ expected: String) {
        #expect(String(decoding: written(content), as: UTF8.self) == expected)
    }

    @Test("every ASCII character comes back, alone and among others", arguments: UInt8(0)..<0x80)
    func roundTrip(_ byte: UInt8) throws {
        let character = String(UnicodeScalar(byte))
        for string in [character, "a\(character)", "\(character)\(character)z", "é\(character)"] {
            let text = written(string)
            #expect(content(of: text) == Array(string.utf8))
            let foundation = try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            #expect(foundation as? String == string)
        }
    }

    @Test("random strings come back")
    func randomStrings() {
        let seed = seed(for: "random strings written")
        var random = SplitMix64(seed: seed)
        for round in 0..<1000 {
            let string = random.string().content
            #expect(content(of: written(string)) == Array(string.utf8), "seed \(seed), round \(round)")
        }
    }

    static let integers: [Int64] =
        [0, 1, -1, 9, 10, -10, 99, 100, 1_234_567_890, 9_007_199_254_740_993, .max, .max - 1, .min, .min + 1]
        + (0..<63).flatMap { [1 << $0, -(1 << $0), (1 << $0) - 1] }

    @Test("an integer is written in decimal", arguments: integers)
    func integer(_ integer: Int64) {
        var buffer = ByteBuffer()
        buffer.append("<")
        buffer.append(integer)
        buffer.append(">")
        #expect(text(of: buffer) == "<\(integer)>")
        buffer.truncate(to: 0)
        buffer.append(integer)
        let written = bytes(of: buffer)
        #expect(refusal(of: written) == nil)
    }
}
