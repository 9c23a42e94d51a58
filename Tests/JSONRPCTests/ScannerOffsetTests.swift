// A refusal says at which byte it was noticed, so that a person can find the place in a long line, and says it in a
// sentence.

import Testing

@testable import JSONRPC

@Suite("A refusal names its place")
struct ScannerOffsetTests {
    static let places: [(String, JSONError.Reason, Int)] = [
        ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3), (#"{"a""#, .unexpectedEnd, 4),
        (#""abc"#, .unexpectedEnd, 4), ("x", .unexpectedByte, 0), ("[1 2]", .unexpectedByte, 3),
        ("nil", .unexpectedByte, 1), ("[trUe]", .unexpectedByte, 3), ("tru", .unexpectedEnd, 3),
        ("[1,]", .unexpectedByte, 3), (#"{"a":1,}"#, .unexpectedByte, 7), (#"{"a" 1}"#, .unexpectedByte, 5),
        ("-x", .invalidNumber, 1), ("[1.x]", .invalidNumber, 3), ("1e+x", .invalidNumber, 3),
        (#""a\q""#, .invalidEscape, 2), ("\"ab\u{1}\"", .controlCharacter, 3), ("1 2", .trailingBytes, 2),
        ("{} \u{FEFF}", .trailingBytes, 3), (#"{"a":1,"b":2,"a":3}"#, .duplicateKey, 13),
    ]

    @Test("the offset is that of the byte at which the rule was seen to be broken", arguments: places)
    func offset(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
        let error = JSONError(reason: reason, offset: offset)
        #expect(scan(Array(text.utf8)) == .failure(error))
    }

    @Test("invalid UTF-8 is found at the first byte of the sequence")
    func offsetOfUTF8() {
        #expect(scan([0x22, 0x61, 0xE2, 0x82, 0x22]) == .failure(JSONError(reason: .invalidUTF8, offset: 2)))
    }

    @Test("a level too many is found at its bracket")
    func offsetOfDepth() {
        let text = [UInt8](repeating: UInt8(ascii: "["), count: 70)
        #expect(scan(text) == .failure(JSONError(reason: .tooDeep, offset: 64)))
    }

    @Test("each rule has a sentence of its own, which ends with the place")
    func messages() {
        let reasons: [JSONError.Reason] = [
            .unexpectedByte, .unexpectedEnd, .invalidNumber, .invalidEscape, .loneSurrogate, .invalidUTF8,
            .controlCharacter, .duplicateKey, .tooDeep, .trailingBytes,
        ]
        let messages = reasons.map { JSONError(reason: $0, offset: 7).message }
        #expect(Set(messages).count == reasons.count)
        #expect(messages.allSatisfy { $0.hasSuffix(", at byte 7") })
    }
}
