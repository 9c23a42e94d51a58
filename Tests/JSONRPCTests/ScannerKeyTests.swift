// No key stands twice in one object: two readers that take different ones would see different requests. Keys are
// compared by what they say, not by how they are spelled, and only within their own object.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("No key stands twice in one object", .rule("no key twice in one object"))
struct ScannerKeyTests {
    static let duplicates = [
        #"{"a":1,"a":1}"#, #"{"a":1,"a":2}"#, #"{"a":1,"b":2,"a":3}"#, #"{"":1,"":2}"#, #"{"a":1,"\u0061":2}"#,
        #"{"\u0061":1,"a":2}"#, #"{"\u0061":1,"\u0061":2}"#, #"{"/":1,"\/":2}"#, #"{"/":1,"\u002f":2}"#,
        #"{"\/":1,"\u002F":2}"#, #"{"\n":1,"\u000a":2}"#, #"{"\"":1,"\u0022":2}"#, #"{"\\":1,"\u005c":2}"#,
        #"{"\b\f\r\t":1,"\u0008\u000c\u000d\u0009":2}"#, #"{"é":1,"\u00e9":2}"#, #"{"€":1,"\u20AC":2}"#,
        #"{"😀":1,"\uD83D\uDE00":2}"#, #"{"\ud83d\ude00":1,"\uD83D\uDE00":2}"#, #"{"\u0000":1,"\u0000":2}"#,
        #"{"a":{"b":1,"b":2}}"#, #"[[{"a":1,"a":2}]]"#, #"{"x":[{"a":{"k":0,"k":0}}]}"#, #"{"a":1,"a":{"a":1}}"#,
        #"{"a":{"a":1},"a":1}"#, #"{"abcdefgh":1,"abcdefg\u0068":2}"#, #"{ "a" : 1 , "a" : 2 }"#,
        #"{"a":null,"a":null}"#,
    ]

    static let distinct = [
        #"{"a":1,"A":2}"#, #"{"a":1,"a ":2}"#, #"{"a":1,"aa":2}"#, #"{"":1," ":2}"#, #"{"a":{"a":{"a":1}}}"#,
        #"[{"a":1},{"a":1}]"#, #"{"x":{"a":1},"y":{"a":1}}"#, #"{"a":"a","b":"a"}"#, #"{"a":["a","a"]}"#,
        #"{"u0061":1,"a":2}"#, #"{"\\u0061":1,"a":2}"#, #"{"\u0000":1,"":2}"#, #"{"1":1,"1.0":2,"01":3}"#,
        "{\"\u{E9}\":1,\"e\u{301}\":2}", #"{"\u00e9":1,"e\u0301":2}"#, "{\"\u{212B}\":1,\"\u{C5}\":2}",
        #"{"a":1,"b":{"a":1,"b":{"a":1,"b":2}}}"#,
    ]

    @Test("a key that comes again is refused, whatever its spelling", arguments: duplicates)
    func refusesDuplicate(_ text: String) {
        #expect(refusal(of: Array(text.utf8)) == .duplicateKey)
    }

    @Test("keys that differ, or stand in different objects, are accepted", arguments: distinct)
    func acceptsDistinct(_ text: String) {
        #expect(refusal(of: Array(text.utf8)) == nil)
    }

    private func object(_ keys: [String]) -> [UInt8] {
        Array("{\(keys.map { "\"\($0)\":0" }.joined(separator: ","))}".utf8)
    }

    @Test("each key of an object is remembered, however many there are", arguments: [1, 2, 7, 8, 9, 10, 16, 33, 100])
    func remembersEachKey(_ count: Int) {
        let keys = (0..<count).map { "key\($0)" }
        #expect(refusal(of: object(keys)) == nil)
        for key in keys {
            #expect(refusal(of: object(keys + [key])) == .duplicateKey)
            #expect(refusal(of: object(keys + ["\\u006b" + key.dropFirst()])) == .duplicateKey)
        }
    }

    @Test("a key first spelled with an escape is remembered by what it says", arguments: [1, 8, 9, 30])
    func remembersEscapedKey(_ count: Int) {
        let escaped = (0..<count).map { "\\u006bey\($0)" }
        #expect(refusal(of: object(escaped)) == nil)
        for index in 0..<count { #expect(refusal(of: object(escaped + ["key\(index)"])) == .duplicateKey) }
    }

    @Test("of ten thousand keys each is remembered, with and without escapes, however long")
    func manyKeys() {
        let keys = (0..<10_000).map { "k\($0)" + String(repeating: "-", count: $0 % 200 == 0 ? $0 % 150 : 0) }
        #expect(refusal(of: object(keys)) == nil)
        for key in keys.indices.filter({ $0 % 997 == 0 || $0 % 200 == 0 }).map({ keys[$0] }) {
            #expect(refusal(of: object(keys + [key])) == .duplicateKey, "\(key)")
            #expect(refusal(of: object(keys + ["\\u006b" + key.dropFirst()])) == .duplicateKey, "\(key)")
            #expect(refusal(of: object(["\\u006b" + key.dropFirst()] + keys)) == .duplicateKey, "\(key)")
        }
    }

    @Test("the keys of an inner object are forgotten at its end, and those of the outer are not")
    func innerObjects() {
        let inner = (0..<20).map { "\"k\($0)\":0" }.joined(separator: ",")
        let outer = (0..<20).map { "\"k\($0)\":{\(inner)}" }.joined(separator: ",")
        #expect(refusal(of: Array("{\(outer)}".utf8)) == nil)
        #expect(refusal(of: Array("{\(outer),\"k0\":0}".utf8)) == .duplicateKey)
        #expect(refusal(of: Array("{\(outer),\"k19\":0}".utf8)) == .duplicateKey)
    }
}
