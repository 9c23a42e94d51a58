// What RFC 8259 allows is accepted: each production of its grammar at its edges, as the kind it is and with the
// place where it lies. Encodings, keys and depth have files of their own.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("The scanner accepts what RFC 8259 allows", .rule("RFC 8259"))
struct ScannerAcceptTests {
    static let numbers = [
        "0", "-0", "1", "-1", "9", "10", "-10", "42", "100", "1234567890", "9007199254740993", "9223372036854775807",
        "-9223372036854775808", "12345678901234567890", "0.0", "0.5", "-0.5", "-0.0", "1.0", "1.50", "123.456",
        "0.000001", "0e0", "0E0", "1e3", "1E3", "1e+3", "1E+3", "1e-3", "1E-3", "1e03", "1e00", "0e+00", "-0.0e-0",
        "0.1e1", "1.7976931348623157e308", "1e400", "-1e-400", "1e99999999999999999999",
        String(repeating: "7", count: 200), "0." + String(repeating: "0", count: 100) + "1",
    ]
    .map { Accepted(.number, $0) }

    static let literals = [Accepted(.true, "true"), Accepted(.false, "false"), Accepted(.null, "null")]

    static let strings = [
        #""""#, #""a""#, #"" ""#, #""a b""#, #""\"""#, #""\\""#, #""\/""#, #""/""#, #""\b""#, #""\f""#, #""\n""#,
        #""\r""#, #""\t""#, #""\b\f\n\r\t\"\\\/""#, #""\u0000""#, #""\u001f""#, #""\u001F""#, #""\u0041""#,
        #""\u00e9""#, #""\u00E9""#, #""\uabcd""#, #""\uABCD""#, #""\uaBcD""#, #""\uD7FF""#, #""\uE000""#,
        #""\uFFFF""#, #""\uFEFF""#, #""\u2028\u2029""#, #""\uD83D\uDE00""#, #""\ud83d\ude00""#, #""\uD83d\udE00""#,
        #""\uD800\uDC00""#, #""\uDBFF\uDFFF""#, #""\uD83D\uDE00\uD83D\uDE00""#, #""a\uD83D\uDE00b""#, #""\\u0041""#,
        #""\\\\""#, #""\\\"""#, #""'""#, #""{}[],:""#, #""{\"a\":[1,2]}""#, #""// not a comment""#, #""null""#,
        "\"\u{7F}\"", "\"é€😀\"", "\"\u{FEFF}\"", "\"\u{2028}\u{2029}\"", "\"\u{FFFE}\u{FFFF}\"", "\"e\u{301}\"",
    ]
    .map { Accepted(.string, $0) }

    static let arrays = [
        "[]", "[ ]", "[\t\n\r ]", "[0]", "[1,2]", "[1, 2 ,3]", "[null,true,false]", #"["",""]"#, "[[]]", "[[],[]]",
        "[[[[]]]]", "[{}]", "[{},[],{}]", "[-1,-0.0,1e5]", #"["]"]"#, #"["\"]"]"#, #"[1,"a",[2],{"b":3}]"#,
        "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
    ]
    .map { Accepted(.array, $0) }

    static let objects = [
        "{}", "{ }", "{\t\n\r }", #"{"a":1}"#, #"{"a":1,"b":2}"#, #"{"a":{}}"#, #"{"a":[]}"#, #"{"a":{"b":{"c":{}}}}"#,
        #"{"":0}"#, #"{"a b":0}"#, #"{"\n":0}"#, #"{"é":"€"}"#, #"{"\u0000":null}"#, #"{"}":"{"}"#,
        #"{ "a" : 1 , "b" : [ true , false ] }"#, #"{"a":"b","c":-1.5e-3,"d":null,"e":[{}]}"#,
    ]
    .map { Accepted(.object, $0) }

    static let spaced = [
        Accepted(.number, " 1"), Accepted(.number, "1 "), Accepted(.number, "\t1\t"), Accepted(.number, "\n1\n"),
        Accepted(.number, "\r1\r"), Accepted(.number, "\r\n 1 \r\n"), Accepted(.string, " \t\r\n\"a\" \t\r\n"),
        Accepted(.true, " true "), Accepted(.null, "null\r"), Accepted(.array, " [ ] "), Accepted(.object, "\r{\n}\t"),
        Accepted(.object, "{\n\t\"a\"\r:\n[\t1\r,\n2\t]\r}\n"),
        Accepted(.number, String(repeating: " ", count: 1000) + "1" + String(repeating: "\t", count: 1000)),
    ]

    static let all = numbers + literals + strings + arrays + objects + spaced

    @Test("a valid text is accepted as what it is and where it is", arguments: all)
    func accepts(_ sample: Accepted) throws {
        let value = try scan(sample.text).get()
        #expect(value.kind == sample.kind)
        #expect(value.range == sample.range)
    }

    @Test("a value of each kind is accepted as an element and as a member", arguments: all)
    func acceptsInside(_ sample: Accepted) throws {
        let array = Array("[0,".utf8) + sample.text + Array(",0]".utf8)
        let object = Array("{\"first\":0,\"second\":".utf8) + sample.text + Array(",\"third\":0}".utf8)
        #expect(try scan(array).get().range == array.indices)
        #expect(try scan(object).get().range == object.indices)
    }

    @Test("only a string with a backslash is said to be escaped", arguments: strings)
    func isEscaped(_ sample: Accepted) throws {
        #expect(try scan(sample.text).get().isEscaped == sample.text.contains(UInt8(ascii: "\\")))
    }
}
