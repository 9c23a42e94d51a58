// One rich document, damaged in every small way: cut off at each byte, each byte replaced by each other one, left out
// or doubled. Nothing crashes, and Foundation's parser is the second opinion. On this document the two disagree in one
// thing only, duplicate keys. (Elsewhere Foundation also takes trailing commas, a byte order mark and UTF-16, and
// refuses numbers past a Double's range.)

import Foundation
import Testing

@testable import JSONRPC

@Suite("A damaged document never gets through and never crashes")
struct ScannerMutationTests {
    static let document = Array(
        ##"""
        {"jsonrpc":"2.0","id":-12.5e+7, "m\u00e9thode":"a\"\\\/\b\f\n\r\tz\uD83D\uDE00é€😀",
        	"list":[true,false,null,[ ],{ },"",0,-1.25E-2],"nested":{"a":{"b":[{"c":" spaced "}]}} ,
        "k1":1,"k2":20,"k3":3,"k4":4,"k5":5}
        """##
        .utf8
    )

    private func foundationAccepts(_ text: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
    }

    /// Holds the scanner's verdict on a damaged document against Foundation's; returns whether it was accepted.
    private func check(_ text: [UInt8]) -> Bool {
        switch scan(text) {
        case .success(let value):
            #expect(foundationAccepts(text), "only the scanner accepts \(readable(text))")
            let again = text.span.compacted(value)
            #expect(scan(again) == .success(JSONValue(kind: .object, start: 0, end: again.count, isEscaped: false)))
            return true
        case .failure(let error):
            #expect(error.reason == .duplicateKey || !foundationAccepts(text), "only the scanner refuses \(text)")
            return false
        }
    }

    @Test("the document itself is accepted")
    func undamaged() {
        #expect(check(Self.document))
    }

    @Test("every truncation is refused", arguments: 0..<document.count)
    func truncations(_ length: Int) {
        #expect(refusal(of: Array(Self.document.prefix(length))) != nil)
    }

    @Test("what lies in memory behind the text makes no difference", arguments: 0...document.count)
    func slices(_ length: Int) {
        let text = Array(Self.document.prefix(length))
        let alone = scan(text)
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 16)
        for behind in [letters, Array("\"\"\"\"}}}}]]]]".utf8), Array(Self.document.dropFirst(length))] {
            #expect(scan(text + behind, upTo: length) == alone)
        }
        if case .failure(let error) = alone { #expect(error.offset <= length) }
    }

    @Test("whatever replaces a byte, the scanner and Foundation agree on it", arguments: 0..<document.count)
    func replacements(_ offset: Int) {
        var text = Self.document
        var accepted = 0
        for byte in UInt8(0)...0xFF {
            text[offset] = byte
            if check(text) { accepted += 1 }
        }
        #expect(accepted >= 1, "the byte itself is among the 256")
        #expect(accepted < 256, "no place takes any byte")
    }

    @Test("when a byte is left out or doubled, the scanner and Foundation agree too", arguments: 0..<document.count)
    func slips(_ offset: Int) {
        let (before, after) = (Self.document[..<offset], Self.document[(offset + 1)...])
        let byte = Self.document[offset]
        let isAccepted = [Array(before + after), Array(before + [byte, byte] + after)].map(check)
        if Array("{}[]:".utf8).contains(byte) { #expect(isAccepted == [false, false]) }
    }
}
