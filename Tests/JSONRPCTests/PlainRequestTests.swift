// The short way of reading a request: whatever it takes for a request is read as the same one by the long way, and what
// clients write goes the short way.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Plain requests")
struct PlainRequestTests {
    private static let form = PlainRequest.Form(#","method":"find","params":{"key":"#)

    /// A line as clients write it.
    private static func line(id: String = "1", key: String = #""abc""#) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"find","params":{"key":\#(key)}}"#
    }

    private static func plain(_ line: String) -> (id: String, key: String)? {
        let bytes = Array(line.utf8)
        return PlainRequest(bytes.span, form: form)
            .map { request in
                (
                    String(decoding: bytes[request.id.range], as: UTF8.self),
                    String(decoding: bytes[request.parameter.range], as: UTF8.self)
                )
            }
    }

    @Test(
        "what clients write is recognised, with its id and its parameter as they stand there",
        arguments: ["0", "17", "-1", "1.5e3", "null", #""""#, #""a-b""#, #""\u00e9\n""#, "\"é\""],
        [#""""#, #""abc""#, #""0123456789012345678901234567890123456789""#, #""a\"b\u0041""#, "\"€\""]
    )
    func recognised(id: String, key: String) throws {
        let request = try #require(Self.plain(Self.line(id: id, key: key)))
        #expect(request == (id, key))
    }

    @Test(
        "a line of another form is left to be read as JSON",
        arguments: [
            "", "{", "[]", line() + " ", " " + line(), line() + "}", String(line().dropLast()),
            line(id: "true"), line(id: "[1]"), line(id: "01"), line(id: "+1"), line(id: "\"\t\""), line(id: "\"\\x\""),
            line(key: "1"), line(key: "null"), line(key: "\"a"), line(key: "\"\t\""), line(key: "\"\\ud800\""),
            line(key: #""a","more":1"#), line().replacing("find", with: "fine"), line().replacing("key", with: "kez"),
            line().replacing("2.0", with: "1.0"), line().replacing("\"id\":1,", with: ""),
            #"{"id":1,"jsonrpc":"2.0","method":"find","params":{"key":"abc"}}"#,
        ]
    )
    func leftAlone(line: String) {
        #expect(Self.plain(line) == nil)
    }

    @Test("each damage of one byte is either noticed or leads to the same request by the long way")
    func damaged() throws {
        let whole = Array(Self.line(id: #""a7""#, key: #""abcdefgh\u0041""#).utf8)
        var recognised = 0
        for place in whole.indices {
            for byte in UInt8.min ... .max {
                var line = whole
                line[place] = byte
                guard let short = PlainRequest(line.span, form: Self.form) else { continue }
                recognised += 1
                var scanner = JSONScanner(line.span)
                let long = try Request(&scanner)
                try scanner.end()
                let isSame =
                    long.fault == nil && long.id == short.id && long.parameterCount == 1
                    && long.method.map { line.span.string($0, is: "find") } == true
                    && line.span.string(long.parameters[0].key, is: "key")
                    && long.parameters[0].value == short.parameter
                if !isSame { Issue.record("\(String(decoding: line, as: UTF8.self))") }
            }
        }
        // Letters of the id and the key may be others.
        #expect(recognised > 500)
    }
}
