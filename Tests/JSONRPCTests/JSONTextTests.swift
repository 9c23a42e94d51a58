// What is asked of a text that the scanner has accepted: a string's content, an integer's value, and the same text
// without the white space that means nothing.

import Testing

@testable import JSONRPC

@Suite("Asking an accepted text")
struct JSONTextTests {
    static let integers: [(String, Int64?)] = [
        ("0", 0), ("-0", 0), ("1", 1), ("-1", -1), ("42", 42), ("1000000", 1_000_000),
        ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775807", Int64.max),
        ("-9223372036854775807", -Int64.max), ("-9223372036854775808", Int64.min), ("9223372036854775808", nil),
        ("-9223372036854775809", nil), ("18446744073709551616", nil), ("12345678901234567890", nil),
        ("99999999999999999999999999", nil), ("1.0", nil), ("1.5", nil), ("-0.0", nil), ("1e3", nil), ("1E0", nil),
        ("0e0", nil), ("10e-1", nil),
    ]

    @Test("an integer that fits in 64 bits has its value, any other number none", arguments: integers)
    func integer(_ text: String, _ expected: Int64?) throws {
        let bytes = Array("[\(text),7]".utf8)
        var scanner = JSONScanner(bytes.span)
        var walk = try scanner.beginArray()
        let number = try #require(try scanner.nextElement(&walk))
        let integer = bytes.span.integer(number)
        #expect(integer == expected)
    }

    static let contents: [(String, String)] = [
        (#""""#, ""), (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0000\u001F\u007f""#, "\0\u{1F}\u{7F}"), (#""\u0041\u005a""#, "AZ"), (#""\u00e9\u00E9é""#, "ééé"),
        (#""\u07ff\u0800\ud7ff\ue000\uffff""#, "\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}"),
        (#""\ud800\udc00\uDBFF\uDFFF""#, "\u{10000}\u{10FFFF}"), (#""\uD83D\uDE00😀""#, "😀😀"),
        (#""\\u0041""#, "\\u0041"), (#""\\\\n""#, "\\\\n"), (#""a\nb\nc""#, "a\nb\nc"), (#""\u20AC5""#, "€5"),
    ]

    @Test("a string's content has its escapes resolved", arguments: contents)
    func unescaped(_ text: String, _ expected: String) {
        #expect(content(of: Array(text.utf8)) == Array(expected.utf8))
    }

    static let comparisons: [(String, Bool)] = [
        (#""params""#, true), (#""\u0070arams""#, true), (#""param\u0073""#, true),
        (#""\u0070\u0061\u0072\u0061\u006d\u0073""#, true), (#""""#, false), (#""param""#, false),
        (#""paramss""#, false), (#""Params""#, false), (#""params ""#, false), (#""\u0050arams""#, false),
        (#""\\u0070arams""#, false), (#""params\u0000""#, false), (#""\u0070aram""#, false),
    ]

    @Test("a string is compared by its content, whatever its spelling", arguments: comparisons)
    func comparison(_ text: String, _ isEqual: Bool) throws {
        let bytes = Array(text.utf8)
        let value = try scan(bytes).get()
        let isSame = bytes.span.string(value, is: "params")
        #expect(isSame == isEqual)
        let params = Array("params".utf8)
        let isSameAsBytes = bytes.span.string(value, is: params.span)
        #expect(isSameAsBytes == isEqual)
    }

    @Test("bytes are matched exactly, and only in their range")
    func matches() {
        let bytes = Array("xtruetrue".utf8)
        let text = Array("true".utf8)
        let trues = [0..<4, 1..<4, 1..<5, 1..<6, 4..<8, 5..<9].filter { bytes.span.matches(text.span, in: $0) }
        #expect(trues == [1..<5, 5..<9])
        let isEmptyMatched = bytes.span.matches(Span(), in: 3..<3)
        #expect(isEmptyMatched)
    }

    static let compactions: [(String, String)] = [
        ("1", "1"), (" 1.50 ", "1.50"), ("\t[ 1 ,\r\n2 ]\n", "[1,2]"), ("{ }", "{}"), ("[ ]", "[]"),
        ("{ \"a\" : [ { } , \"b\" ] }", #"{"a":[{},"b"]}"#), (#"" a b ""#, #"" a b ""#),
        (#"[ " \" , [ " , 1 ]"#, #"[" \" , [ ",1]"#), (#"[ "\\" , "\\" ]"#, #"["\\","\\"]"#),
        (#"{ "a\" : " : " \\" }"#, #"{"a\" : ":" \\"}"#), (#"[ "\u0020" , " é " ]"#, #"["\u0020"," é "]"#),
        ("[1.0, 1e3, 1E+3, -0, 12345678901234567890]", "[1.0,1e3,1E+3,-0,12345678901234567890]"),
        ("{\"b\" : 1, \"a\" : 2}", #"{"b":1,"a":2}"#),
    ]

    @Test("a compacted text loses its white space outside strings and nothing else", arguments: compactions)
    func compaction(_ text: String, _ expected: String) {
        #expect(compacted(Array(text.utf8)) == expected)
    }

    @Test("an inner value is compacted by itself")
    func innerCompaction() throws {
        let bytes = Array(#"{"before": 0, "it" : [ 1 , " x " ] , "after": 0}"#.utf8)
        var scanner = JSONScanner(bytes.span)
        var walk = try scanner.beginObject()
        _ = try scanner.nextMember(&walk)
        let member = try #require(try scanner.nextMember(&walk))
        let text = String(decoding: bytes.span.compacted(member.value), as: UTF8.self)
        #expect(text == #"[1," x "]"#)
    }
}
