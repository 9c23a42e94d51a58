// What a caller stores comes back byte for byte but for white space between the tokens: digits, escapes, order of
// members and all. Held as bytes, since parsers would forgive what this is about.

import TestSupport
import Testing

@testable import SessionServer

@Suite(
    "data comes back as it was given",
    .rule("`data` comes back as it was given, digits and escapes and the order of members included"),
    .rule("without the white space that has no meaning")
)
struct DataFidelityTests {
    /// Objects as they are sent, and as they come back when that is not the same.
    static let samples: [(sent: String, back: String?)] = [
        (#"{}"#, nil),
        (#"{"n":[0,-0,1.0,1.10,1e400,-1E-400,12345678901234567890,0.1e+1,1E5,9007199254740993]}"#, nil),
        (#"{"s":["","\"","\\","\/","\b\f\n\r\t","\u0000","\u00E9","\u00e9","\ud83d\ude00"]}"#, nil),
        (#"{"é":"é€😀","e\u0301":"e\u0301 is not é"}"#, nil),
        (#"{"z":1,"a":2,"M":3,"10":4,"9":5,"":6}"#, nil),
        (#"{"a":null,"b":true,"c":false,"d":{},"e":[],"f":[[],{}]}"#, nil),
        (#" { "a" : [ 1 , 2 ] , "b" : { } } "#, #"{"a":[1,2],"b":{}}"#),
        ("{\t\"a\"\t:\t\" \t\"}".replacing("\" \t\"", with: #"" \t ""#), #"{"a":" \t "}"#),
        ("{\"a\":\r1}", #"{"a":1}"#),
        (#"{"a b":" c  d "}"#, nil),
        ("{\"\u{7f}\":\"\u{2028}\u{feff}\u{fffd}\u{10ffff}\"}", nil),
        (#"{"key\u0020one":"</script>"}"#, nil),
        (#"{"a":{"a":{"a":{"a":[[[[1.50]]]]}}}}"#, nil),
    ]

    /// The data in the answer to a lookup, as it stands there.
    private func data(of token: String, in tested: ServiceUnderTest) throws -> String {
        let answer = tested.text(request("session.lookup", #"{"token":"\#(token)"}"#))
        let start = try #require(answer.firstRange(of: #","data":"#))
        let end = #"},"fresh":true,"touched":false}}"# + "\n"
        try #require(answer.hasSuffix(end))
        return String(answer[start.upperBound...].dropLast(end.count))
    }

    private func expectSame(_ one: String, _ other: String) {
        #expect(Array(one.utf8) == Array(other.utf8), "\(one)")
    }

    @Test("by create", arguments: samples.indices)
    func create(_ index: Int) throws {
        let (tested, sample) = (ServiceUnderTest(), Self.samples[index])
        let token = try tested.create(#"{"userId":"ann","data":\#(sample.sent)}"#).token
        try expectSame(data(of: token, in: tested), sample.back ?? sample.sent)
    }

    @Test("by put", arguments: samples.indices)
    func put(_ index: Int) throws {
        let (tested, sample) = (ServiceUnderTest(), Self.samples[index])
        let token = "0123456789abcdef"
        _ = try tested.call("session.put", #"{"token":"\#(token)","data":{"old":1}}"#)
        _ = try tested.call("session.put", #"{"token":"\#(token)","data":\#(sample.sent)}"#)
        try expectSame(data(of: token, in: tested), sample.back ?? sample.sent)
    }

    @Test("by replace", arguments: samples.indices)
    func replace(_ index: Int) throws {
        let (tested, sample) = (ServiceUnderTest(), Self.samples[index])
        let token = try tested.create(#"{"userId":"ann","data":{"old":1}}"#).token
        _ = try tested.call("session.update", #"{"token":"\#(token)","replace":\#(sample.sent)}"#)
        try expectSame(data(of: token, in: tested), sample.back ?? sample.sent)
    }

    @Test("by a merge patch beside it", arguments: samples.indices)
    func patchBeside(_ index: Int) throws {
        let (tested, sample) = (ServiceUnderTest(), Self.samples[index])
        let token = try tested.create(#"{"userId":"ann","data":{"x":\#(sample.sent)}}"#).token
        _ = try tested.call("session.update", #"{"token":"\#(token)","data":{"y":1}}"#)
        try expectSame(data(of: token, in: tested), #"{"x":\#(sample.back ?? sample.sent),"y":1}"#)
    }

    @Test("inside an array of a merge patch", arguments: samples.indices)
    func patchInside(_ index: Int) throws {
        let (tested, sample) = (ServiceUnderTest(), Self.samples[index])
        let token = try tested.create().token
        _ = try tested.call("session.refresh", #"{"token":"\#(token)","data":{"x":[\#(sample.sent)]}}"#)
        try expectSame(data(of: token, in: tested), #"{"x":[\#(sample.back ?? sample.sent)]}"#)
    }

    @Test("data as deep as a line allows comes back")
    func deep() throws {
        // The request and its params take two of the 64 levels.
        let tested = ServiceUnderTest()
        let data = #"{"a":"# + String(repeating: "[", count: 61) + String(repeating: "]", count: 61) + "}"
        let token = try tested.create(#"{"userId":"ann","data":\#(data)}"#).token
        try expectSame(self.data(of: token, in: tested), data)
        let deeper = data.replacing("[[", with: "[[[", maxReplacements: 1)
            .replacing("]]", with: "]]]", maxReplacements: 1)
        let before = tested.sequence
        let answer = tested.text(request("session.create", #"{"userId":"ann","data":\#(deeper)}"#))
        #expect(answer.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"#))
        #expect(tested.sequence == before)
    }

    @Test(
        "ids are echoed as they were written",
        arguments: [
            "1", "-0", "1.0", "1e400", "12345678901234567890", #""""#, #""\u0061\/""#, #""é""#, "null",
        ]
    )
    func ids(_ id: String) {
        let answer = ServiceUnderTest().text(request("server.ping", id: id))
        expectSame(answer, #"{"jsonrpc":"2.0","id":\#(id),"result":{"pong":true,"now":1700000000000}}"# + "\n")
    }
}
