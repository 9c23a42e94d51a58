// Merge patches as RFC 7396 defines them, and what text-to-text merging adds to that: numbers keep their digits,
// members their order and keys their spelling.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("Merge patches")
struct MergePatchTests {
    /// A target, a patch, and what they make.
    struct Example: CustomTestStringConvertible, Sendable {
        let target: String
        let patch: String
        let result: String

        init(_ target: String, _ patch: String, _ result: String) {
            self.target = target
            self.patch = patch
            self.result = result
        }

        var testDescription: String { "\(target.prefix(60)) + \(patch.prefix(60))" }
    }

    private func merge(_ patch: String, into target: String) throws(JSONError) -> String {
        let (patch, target) = (Array(patch.utf8), Array(target.utf8))
        return String(decoding: try mergePatch(patch.span, into: target.span), as: UTF8.self)
    }

    static let appendixA = [
        Example(#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        Example(#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        Example(#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
        Example(#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        Example(#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        Example(#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        Example(#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        Example(#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
        Example(#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        Example(#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
        Example(#"{"a":"foo"}"#, #"null"#, #"null"#),
        Example(#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        Example(#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
        Example(#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        Example(#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]

    @Test("the examples of RFC 7396, appendix A", .rule("`data` (an RFC 7396 merge patch)"), arguments: appendixA)
    func appendix(_ example: Example) throws {
        #expect(try merge(example.patch, into: example.target) == example.result)
    }

    @Test("the example of RFC 7396, section 3")
    func sectionThree() throws {
        let target = """
            { "title": "Goodbye!", "author" : { "givenName" : "John", "familyName" : "Doe" },
              "tags":[ "example", "sample" ], "content": "This will be unchanged" }
            """
        let patch = """
            { "title": "Hello!", "phoneNumber": "+01-123-456-7890", "author": { "familyName": null },
              "tags": [ "example" ] }
            """
        let result =
            #"{"title":"Hello!","author":{"givenName":"John"},"tags":["example"],"#
            + #""content":"This will be unchanged","phoneNumber":"+01-123-456-7890"}"#
        #expect(try merge(patch, into: target) == result)
    }

    static let ours = [
        // Numbers keep their digits, from either side.
        Example(
            #"{"a":1.0,"b":1e400}"#,
            #"{"c":12345678901234567890}"#,
            #"{"a":1.0,"b":1e400,"c":12345678901234567890}"#
        ),
        Example(#"{"a":0}"#, #"{"a":-0.00E+7,"b":[1.50]}"#, #"{"a":-0.00E+7,"b":[1.50]}"#),
        // Members keep their order; new ones follow in the order of the patch.
        Example(#"{"z":1,"y":2,"x":3}"#, #"{"x":4,"z":5}"#, #"{"z":5,"y":2,"x":4}"#),
        Example(#"{"m":0}"#, #"{"z":1,"a":2,"m":3,"b":4}"#, #"{"m":3,"z":1,"a":2,"b":4}"#),
        Example(#"{"a":1,"b":2,"c":3}"#, #"{"b":null,"d":4}"#, #"{"a":1,"c":3,"d":4}"#),
        // Keys are the same whatever their spelling, and keep the target's.
        Example(#"{"a":1}"#, #"{"\u0061":2}"#, #"{"a":2}"#), Example(#"{"\u0061":1}"#, #"{"a":2}"#, #"{"\u0061":2}"#),
        Example(#"{"a":1,"b":2}"#, #"{"\u0061":null}"#, #"{"b":2}"#),
        Example(#"{"\/":{"é":1}}"#, #"{"/":{"\u00e9":2,"😀":3}}"#, #"{"\/":{"é":2,"😀":3}}"#),
        Example("{\"\u{E9}\":1}", "{\"e\u{301}\":2}", "{\"\u{E9}\":1,\"e\u{301}\":2}"),
        Example(#"{}"#, #"{"\u0061":1}"#, #"{"\u0061":1}"#), Example(#"{"":1}"#, #"{"":2}"#, #"{"":2}"#),
        // Strings keep their spelling and their spaces.
        Example(#"{"a":" \u0041 "}"#, #"{"b":"\/ \" "}"#, #"{"a":" \u0041 ","b":"\/ \" "}"#),
        // Nulls in new objects are removals of nothing, however deep; in arrays they are values.
        Example(#"{}"#, #"{"a":{"b":null,"c":{"d":null,"e":1},"f":null}}"#, #"{"a":{"c":{"e":1}}}"#),
        Example(#"{"a":1}"#, #"{"a":{"b":null}}"#, #"{"a":{}}"#), Example(#"{}"#, #"{"a":null}"#, #"{}"#),
        Example(#"{"a":[1]}"#, #"{"a":{"b":{"c":null}}}"#, #"{"a":{"b":{}}}"#),
        Example(#"{}"#, #"{"a":[null,{"b":null}]}"#, #"{"a":[null,{"b":null}]}"#),
        Example(#"null"#, #"{"a":null,"b":1}"#, #"{"b":1}"#), Example(#"7"#, #"{}"#, #"{}"#),
        // Nulls that the target has already stay.
        Example(#"{"a":null,"b":{"c":null}}"#, #"{"b":{"d":1}}"#, #"{"a":null,"b":{"c":null,"d":1}}"#),
        // Empty patches change nothing but the white space; white space alone never matters.
        Example(#" { "a" : [ 1 , 2 ] } "#, #" { } "#, #"{"a":[1,2]}"#), Example("{}", "\t{\n}\r", "{}"),
        Example(#"{ "a" : { "b" : " c " } }"#, #"{ "a" : { "d" : [ ] } }"#, #"{"a":{"b":" c ","d":[]}}"#),
        Example(#"{"a":{"b":{"c":{"d":1}}}}"#, #"{"a":{"b":{"c":{"d":null,"e":2}}}}"#, #"{"a":{"b":{"c":{"e":2}}}}"#),
        // Replacing at the top.
        Example(#"{"a":1}"#, #" [ 1 , null ] "#, #"[1,null]"#), Example(#"{"a":1}"#, #" false "#, #"false"#),
    ]

    @Test("digits, order and spelling are kept, nulls are told apart", arguments: ours)
    func keeps(_ example: Example) throws {
        #expect(try merge(example.patch, into: example.target) == example.result)
    }

    @Test("objects of 1000 members are merged member by member")
    func large() throws {
        let object = { (keys: [Int], value: (Int) -> String) in
            "{\(keys.map { "\"key\($0)\":\(value($0))" }.joined(separator: ","))}"
        }
        let target = object(Array(0..<1000)) { "\($0).0" }
        let patch = object(Array(500..<1500).reversed()) { $0.isMultiple(of: 2) ? "null" : "\"new\"" }
        let kept = Array(0..<1000).filter { $0 < 500 || !$0.isMultiple(of: 2) }
        let added = Array(1000..<1500).reversed().filter { !$0.isMultiple(of: 2) }
        let expected = object(kept + added) { $0 < 500 ? "\($0).0" : "\"new\"" }
        #expect(try merge(patch, into: target) == expected)
    }

    @Test("patch and target may be 64 levels deep")
    func deep() throws {
        let nested = { (core: String) in
            String(repeating: "{\"a\":", count: 63) + "{\(core)}" + String(repeating: "}", count: 63)
        }
        #expect(try merge(nested(#""y":2"#), into: nested(#""x":1"#)) == nested(#""x":1,"y":2"#))
        #expect(try merge(nested(#""x":null"#), into: nested(#""x":1"#)) == nested(""))
        #expect(throws: JSONError.self) { try merge(nested(#""x":[]"#), into: "{}") }
    }

    @Test(
        "how deep a patch and its target are makes no difference to the time that it takes",
        arguments: [false, true]
    )
    func time(isPatchLarge: Bool) throws {
        let keys = (0..<500).map { "\"key \($0)\":0" }.joined(separator: ",")
        func took(depth: Int) throws -> Duration {
            func nested(_ core: String) -> [UInt8] {
                let (open, close) = (String(repeating: "{\"a\":", count: depth), String(repeating: "}", count: depth))
                return Array("\(open){\(core)}\(close)".utf8)
            }
            let (large, small) = (nested(keys), nested("\"x\":1"))
            let (patch, target) = isPatchLarge ? (large, small) : (small, large)
            let times = try (0..<3)
                .map { _ in
                    try ContinuousClock().measure { _ = try mergePatch(patch.span, into: target.span) }
                }
            return try #require(times.min())
        }
        let (flat, deep) = (try took(depth: 0), try took(depth: 60))
        #expect(deep < flat * 10, "\(deep) at 60 levels, \(flat) at one")
    }

    @Test("a patch or target that is not JSON is refused", arguments: ["", "{", #"{"a":1,"a":2}"#, "{} x", "[1,]"])
    func invalid(_ text: String) {
        #expect(throws: JSONError.self) { try merge(text, into: "{}") }
        #expect(throws: JSONError.self) { try merge("{}", into: text) }
    }

    @Test("random patches do what the RFC's pseudocode does, and doing it twice changes nothing more")
    func random() throws {
        let seed = seed(for: "random merge patches")
        var random = SplitMix64(seed: seed)
        for round in 0..<1000 {
            let target = random.json(depth: 4, commonKeys: true)
            let patch = random.json(depth: 4, commonKeys: true)
            let expected = RandomJSON.merged(patch, into: target).text
            let result = try merge(patch.text { random.space() }, into: target.text { random.space() })
            #expect(result == expected, "seed \(seed), round \(round)")
            #expect(try merge(patch.text, into: result) == result, "seed \(seed), round \(round)")
        }
    }
}
