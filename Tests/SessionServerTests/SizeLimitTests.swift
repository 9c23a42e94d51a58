// Values at their limits and one byte over: 413 with the parameter and its limit, and nothing changed.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Values over their limits")
struct SizeLimitTests {
    let tested = ServiceUnderTest()

    /// An object whose compact text has this many bytes.
    private func object(bytes: Int) -> String {
        #"{"x":"\#(String(repeating: "x", count: bytes - #"{"x":""}"#.utf8.count))"}"#
    }

    @Test(
        "data of 64 KiB is taken and one byte more is too large",
        .rule("`data` | the application's own JSON object, at most 64 KiB"),
        .rule("413 | `data` or another value is over its limit in bytes"),
        arguments: [
            ("session.create", #"{"userId":"ann","data":DATA}"#),
            ("session.put", #"{"token":"0123456789abcdef","data":DATA}"#),
            ("session.refresh", #"{"token":"TOKEN","data":DATA}"#),
            ("session.update", #"{"token":"TOKEN","data":DATA}"#),
            ("session.update", #"{"token":"TOKEN","replace":DATA}"#),
        ]
    )
    func data(_ method: String, _ params: String) throws {
        let filled = params.replacing("TOKEN", with: try tested.create().token)
        let parameter = params.contains("replace") ? "replace" : "data"
        let refused = try tested.refusal(method, filled.replacing("DATA", with: object(bytes: 65_537)))
        #expect(refused.code == 413)
        #expect(refused.message == "too large: \(parameter) is limited to 65536 bytes")
        let result = try tested.call(method, filled.replacing("DATA", with: object(bytes: 65_536)))
        #expect(result["session"]?["data"]?["x"]?.string?.utf8.count == 65_536 - 8)
    }

    @Test("white space does not count")
    func whiteSpace() throws {
        let data = object(bytes: 65_536).replacing(":", with: String(repeating: " ", count: 60_000) + ":")
        _ = try tested.call("session.create", #"{"userId":"ann","data":\#(data)}"#)
    }

    @Test("what counts after a merge patch is the result", arguments: ["session.update", "session.refresh"])
    func merged(_ method: String) throws {
        let token = try tested.create(#"{"userId":"ann","data":\#(object(bytes: 65_000))}"#).token
        let addition = String(repeating: "y", count: 1000)
        let refused = try tested.refusal(method, #"{"token":"\#(token)","data":{"y":"\#(addition)"}}"#)
        #expect(refused.code == 413)
        #expect(refused.message == "too large: data is limited to 65536 bytes")
        let result = try tested.call(method, #"{"token":"\#(token)","data":{"x":null,"y":"\#(addition)"}}"#)
        #expect(result["session"]?["version"] == 2)
    }

    @Test(
        "texts at their limit are taken and one byte more is too large",
        .rule("`ip`? (at most 64 bytes), `userAgent`? (at most 1024 bytes)"),
        .rule("`cause`? (at most 64 bytes)"),
        .rule("or another value is over its limit in bytes"),
        .rule("since lengths here are counted in bytes of UTF-8, and JSON Schema counts characters"),
        arguments: [
            ("session.create", #"{"userId":"ann","ip":"TEXT"}"#, "ip", 64),
            ("session.create", #"{"userId":"ann","userAgent":"TEXT"}"#, "userAgent", 1024),
            ("session.revoke", #"{"userId":"ann","cause":"TEXT"}"#, "cause", 64),
        ]
    )
    func texts(_ method: String, _ params: String, _ parameter: String, _ limit: Int) throws {
        let tested = tested
        for letter in ["x", #"\u0078"#] {
            let over = String(repeating: letter, count: limit + 1)
            let refused = try tested.refusal(method, params.replacing("TEXT", with: over))
            #expect(refused.code == 413)
            #expect(refused.message == "too large: \(parameter) is limited to \(limit) bytes")
            _ = try tested.call(method, params.replacing("TEXT", with: String(repeating: letter, count: limit)))
        }
        // Two bytes each.
        let wide = String(repeating: "\u{e9}", count: limit / 2 + 1)
        #expect(try tested.refusal(method, params.replacing("TEXT", with: wide)).code == 413)
    }
}
