// What RFC 8259 does not allow is refused, each time for the rule that it breaks: numbers, literals, escapes, control
// characters, brackets and commas, and what stands before or after a value. A wrong byte is named as such even where
// too few bytes follow it for what was begun; `unexpectedEnd` is kept for texts that more bytes could complete.

import TestSupport
import Testing

@testable import JSONRPC

@Suite(
    "The scanner refuses what RFC 8259 does not allow",
    .rule("RFC 8259, and stricter where the RFC leaves room for two readers to disagree"),
    .rule("no lone surrogates")
)
struct ScannerRejectTests {
    static let numbers = [
        Rejected(.unexpectedEnd, "-"), Rejected(.unexpectedEnd, "1."), Rejected(.unexpectedEnd, "-0."),
        Rejected(.unexpectedEnd, "1e"), Rejected(.unexpectedEnd, "1E"), Rejected(.unexpectedEnd, "1e+"),
        Rejected(.unexpectedEnd, "1e-"), Rejected(.unexpectedEnd, "1.5e"), Rejected(.invalidNumber, "--1"),
        Rejected(.invalidNumber, "-+1"), Rejected(.invalidNumber, "-a"), Rejected(.invalidNumber, "- 1"),
        Rejected(.invalidNumber, "-.5"), Rejected(.invalidNumber, "-Infinity"), Rejected(.invalidNumber, "1.e5"),
        Rejected(.invalidNumber, "1. 5"), Rejected(.invalidNumber, "1..5"), Rejected(.invalidNumber, "1.-5"),
        Rejected(.invalidNumber, "1ee5"), Rejected(.invalidNumber, "1e++5"), Rejected(.invalidNumber, "1e+-5"),
        Rejected(.invalidNumber, "1e.5"), Rejected(.invalidNumber, "[1e]"), Rejected(.invalidNumber, "[-]"),
        Rejected(.invalidNumber, "[1.]"), Rejected(.unexpectedByte, "+1"), Rejected(.unexpectedByte, ".5"),
        Rejected(.unexpectedByte, "NaN"), Rejected(.unexpectedByte, "Infinity"), Rejected(.unexpectedByte, "[01]"),
        Rejected(.unexpectedByte, "[-01]"), Rejected(.unexpectedByte, "[00]"), Rejected(.unexpectedByte, "[0x10]"),
        Rejected(.unexpectedByte, "[1.5.5]"), Rejected(.unexpectedByte, "[1e5.5]"),
        Rejected(.unexpectedByte, "[1_000]"),
        Rejected(.trailingBytes, "01"), Rejected(.trailingBytes, "-01"), Rejected(.trailingBytes, "00"),
        Rejected(.trailingBytes, "0x10"), Rejected(.trailingBytes, "1.5.5"), Rejected(.trailingBytes, "1a"),
        Rejected(.trailingBytes, "1,5"), Rejected(.trailingBytes, "1 000"), Rejected(.trailingBytes, "1\u{FF11}"),
    ]

    static let literals = [
        Rejected(.unexpectedEnd, "t"), Rejected(.unexpectedEnd, "tru"), Rejected(.unexpectedEnd, "f"),
        Rejected(.unexpectedEnd, "fals"), Rejected(.unexpectedEnd, "n"), Rejected(.unexpectedEnd, "nul"),
        Rejected(.unexpectedByte, "True"), Rejected(.unexpectedByte, "TRUE"), Rejected(.unexpectedByte, "trUe"),
        Rejected(.unexpectedByte, "False"), Rejected(.unexpectedByte, "falsy"), Rejected(.unexpectedByte, "Null"),
        Rejected(.unexpectedByte, "nulL"), Rejected(.unexpectedByte, "nope"), Rejected(.unexpectedByte, "undefined"),
        Rejected(.unexpectedByte, "yes"), Rejected(.unexpectedByte, "[tru]"), Rejected(.unexpectedByte, "[nul,1]"),
        Rejected(.unexpectedByte, "nil"), Rejected(.unexpectedByte, "tr]"), Rejected(.unexpectedByte, "[no]"),
        Rejected(.trailingBytes, "truee"), Rejected(.trailingBytes, "nullnull"), Rejected(.trailingBytes, "false1"),
    ]

    static let strings = [
        Rejected(.unexpectedEnd, #"""#), Rejected(.unexpectedEnd, #""a"#), Rejected(.unexpectedEnd, #""a\""#),
        Rejected(.unexpectedEnd, #""\"#), Rejected(.unexpectedEnd, #""\u"#), Rejected(.unexpectedEnd, #""\u004"#),
        Rejected(.unexpectedEnd, #""\u0041"#), Rejected(.unexpectedEnd, #""\\\""#),
        Rejected(.invalidEscape, #""\a""#), Rejected(.invalidEscape, #""\v""#), Rejected(.invalidEscape, #""\0""#),
        Rejected(.invalidEscape, #""\'""#), Rejected(.invalidEscape, #""\x41""#), Rejected(.invalidEscape, #""\N""#),
        Rejected(.invalidEscape, #""\ ""#), Rejected(.invalidEscape, "\"\\\n\""), Rejected(.invalidEscape, #""\é""#),
        Rejected(.invalidEscape, #""\U0041""#), Rejected(.invalidEscape, #""\u004g""#),
        Rejected(.invalidEscape, #""\ug041""#), Rejected(.invalidEscape, #""\u 041""#),
        Rejected(.invalidEscape, #""\u+041""#), Rejected(.invalidEscape, #""\u{41}""#),
        Rejected(.invalidEscape, #""\u004/""#), Rejected(.invalidEscape, #""\u004:""#),
        Rejected(.invalidEscape, #""\u004@""#), Rejected(.invalidEscape, #""\u004`""#),
        Rejected(.invalidEscape, #""\u12"  "#), Rejected(.invalidEscape, #""\u12""#),
        Rejected(.invalidEscape, #""\uD83D\uDE0g""#),
        Rejected(.loneSurrogate, #""\uD800""#), Rejected(.loneSurrogate, #""\uDBFF""#),
        Rejected(.loneSurrogate, #""\uDC00""#), Rejected(.loneSurrogate, #""\uDFFF""#),
        Rejected(.loneSurrogate, #""\ud800""#), Rejected(.loneSurrogate, #""\uD800x""#),
        Rejected(.loneSurrogate, #""\uD800\n""#), Rejected(.loneSurrogate, #""\uD800\\uDC00""#),
        Rejected(.loneSurrogate, #""\uD800\u0041""#), Rejected(.loneSurrogate, #""\uD800\uD800""#),
        Rejected(.loneSurrogate, #""\uDC00\uD800""#), Rejected(.loneSurrogate, #""\uD800\uD800\uDC00""#),
        Rejected(.loneSurrogate, #""\uD83D\uDE00\uDE00""#), Rejected(.loneSurrogate, #""\uD800\uE000""#),
        Rejected(.loneSurrogate, #"{"\uD800":1}"#),
        Rejected(.unexpectedByte, "'a'"), Rejected(.unexpectedByte, "`a`"), Rejected(.unexpectedByte, "“a”"),
        Rejected(.unexpectedByte, #"\"a\""#), Rejected(.trailingBytes, #""a""b""#), Rejected(.trailingBytes, #""a"b"#),
    ]

    static let containers = [
        Rejected(.unexpectedEnd, "["), Rejected(.unexpectedEnd, "[1"), Rejected(.unexpectedEnd, "[1,"),
        Rejected(.unexpectedEnd, "[[]"), Rejected(.unexpectedEnd, "{"), Rejected(.unexpectedEnd, #"{"a""#),
        Rejected(.unexpectedEnd, #"{"a":"#), Rejected(.unexpectedEnd, #"{"a":1"#),
        Rejected(.unexpectedEnd, #"{"a":1,"#),
        Rejected(.unexpectedEnd, #"{"a":{}"#), Rejected(.unexpectedEnd, "[ "), Rejected(.unexpectedEnd, "{ "),
        Rejected(.unexpectedByte, "]"), Rejected(.unexpectedByte, "}"), Rejected(.unexpectedByte, ","),
        Rejected(.unexpectedByte, ":"), Rejected(.unexpectedByte, "[1,]"), Rejected(.unexpectedByte, "[,1]"),
        Rejected(.unexpectedByte, "[,]"), Rejected(.unexpectedByte, "[1,,2]"), Rejected(.unexpectedByte, "[1 2]"),
        Rejected(.unexpectedByte, "[1:2]"), Rejected(.unexpectedByte, "[1;2]"), Rejected(.unexpectedByte, "[1}"),
        Rejected(.unexpectedByte, "[1, ]"), Rejected(.unexpectedByte, #"["a":1]"#), Rejected(.unexpectedByte, "[}"),
        Rejected(.unexpectedByte, "{]"), Rejected(.unexpectedByte, "{,}"), Rejected(.unexpectedByte, #"{"a":1,}"#),
        Rejected(.unexpectedByte, #"{"a":1 , }"#), Rejected(.unexpectedByte, #"{,"a":1}"#),
        Rejected(.unexpectedByte, #"{"a":1,,"b":2}"#), Rejected(.unexpectedByte, #"{"a":1 "b":2}"#),
        Rejected(.unexpectedByte, #"{"a" 1}"#), Rejected(.unexpectedByte, #"{"a",1}"#),
        Rejected(.unexpectedByte, #"{"a"}"#), Rejected(.unexpectedByte, #"{"a":}"#),
        Rejected(.unexpectedByte, #"{"a"::1}"#), Rejected(.unexpectedByte, #"{"a"=1}"#),
        Rejected(.unexpectedByte, #"{"a":1]"#), Rejected(.unexpectedByte, "{1:2}"), Rejected(.unexpectedByte, "{a:1}"),
        Rejected(.unexpectedByte, "{'a':1}"), Rejected(.unexpectedByte, "{null:1}"),
        Rejected(.unexpectedByte, "{[]:1}"),
        Rejected(.unexpectedByte, "{{}:1}"), Rejected(.unexpectedByte, "[/**/]"), Rejected(.unexpectedByte, "[1//\n]"),
        Rejected(.unexpectedByte, "<a/>"), Rejected(.unexpectedByte, "[1,#\n2]"), Rejected(.unexpectedByte, "[...]"),
    ]

    static let around = [
        Rejected(.unexpectedEnd, ""), Rejected(.unexpectedEnd, " "), Rejected(.unexpectedEnd, "\r\n\t "),
        Rejected(.trailingBytes, "1 2"), Rejected(.trailingBytes, "[][]"), Rejected(.trailingBytes, "{}{}"),
        Rejected(.trailingBytes, "{} []"), Rejected(.trailingBytes, "[]]"), Rejected(.trailingBytes, "{}}"),
        Rejected(.trailingBytes, "[],"), Rejected(.trailingBytes, "{};"), Rejected(.trailingBytes, "{}\n{}"),
        Rejected(.trailingBytes, "1 // one"), Rejected(.trailingBytes, "null\0"), Rejected(.trailingBytes, "{}\0"),
        Rejected(.trailingBytes, "1\u{FEFF}"), Rejected(.trailingBytes, "1\u{A0}"), Rejected(.trailingBytes, "1\u{0B}"),
        Rejected(.unexpectedByte, "\u{FEFF}{}"), Rejected(.unexpectedByte, "\0"), Rejected(.unexpectedByte, "\0{}"),
        Rejected(.unexpectedByte, "\u{0B}1"), Rejected(.unexpectedByte, "\u{0C}1"),
        Rejected(.unexpectedByte, "\u{A0}1"),
        Rejected(.unexpectedByte, "\u{2028}1"), Rejected(.unexpectedByte, "\u{7F}1"), Rejected(.unexpectedByte, "é"),
        Rejected(.unexpectedByte, "[1\u{0C}]"), Rejected(.unexpectedByte, "{\u{A0}}"),
        Rejected(.unexpectedByte, "[\0]"),
        Rejected(.unexpectedByte, [0xFF, 0xFE, 0x31, 0x00]), Rejected(.unexpectedByte, [0x00, 0x31]),
        Rejected(.trailingBytes, [0x31, 0x00]), Rejected(.unexpectedByte, [0x80]),
    ]

    @Test(
        "an invalid text is refused for the rule that it breaks",
        arguments: numbers + literals + strings + containers + around
    )
    func refuses(_ sample: Rejected) {
        #expect(refusal(of: sample.text) == sample.reason)
    }

    @Test("a control character must be escaped in a string, in a key, wherever it stands", arguments: UInt8(0)..<0x20)
    func refusesControlCharacter(_ control: UInt8) {
        let quote = UInt8(ascii: "\"")
        for before in 0...9 {
            let string = [quote] + [UInt8](repeating: 0x61, count: before) + [control, 0x61, quote]
            #expect(refusal(of: string) == .controlCharacter)
            #expect(refusal(of: [0x7B] + string + Array(":1}".utf8)) == .controlCharacter)
        }
    }

    @Test("only four bytes are white space", arguments: UInt8(0)...0xFF)
    func whitespace(_ byte: UInt8) {
        let isSpace = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
        #expect((refusal(of: [0x5B, byte, 0x5D]) == nil) == (isSpace || (0x30...0x39).contains(byte)))
    }
}
