// The scanner against a second opinion that was made in another way: on random values, whole and damaged, both accept the
// same texts. The fuzzer holds them against each other without end (Tests/Fuzzing).

import TestSupport
import Testing

@testable import JSONRPC

@Suite("The scanner and the reference")
struct ReferenceTests {
    @Test("accept the same texts, however they were damaged")
    func agree() {
        let seed = seed(for: "scanner against reference")
        var random = SplitMix64(seed: seed)
        var counts = [true: 0, false: 0]
        for round in 0..<6000 {
            var text = Array(random.json(depth: Int.random(in: 0...5, using: &random)).text { random.space() }.utf8)
            for _ in 0..<Int.random(in: 0...2, using: &random) { damage(&text, &random) }
            let faults = ReferenceJSON.faults(in: text)
            let reason = refusal(of: text)
            #expect(faults.isEmpty == (reason == nil), "seed \(seed), round \(round): \(faults), \(readable(text))")
            if faults == [.duplicateKey] { #expect(reason == .duplicateKey) }
            if faults == [.loneSurrogate] { #expect(reason == .loneSurrogate) }
            counts[faults.isEmpty, default: 0] += 1
        }
        #expect(counts.values.allSatisfy { $0 > 500 }, "\(counts)")
    }

    @Test(
        "name what is wrong with a text in the same way",
        arguments: [
            (#"{"a":1,"\u0061":2}"#, ReferenceJSON.Fault.duplicateKey), (#"["\ud800"]"#, .loneSurrogate),
            (String(repeating: "[", count: 65) + String(repeating: "]", count: 65), .tooDeep), ("[1,]", .notJSON),
            ("{\"a\":}", .notJSON), ("01", .notJSON), ("[1 2]", .notJSON), ("-", .notJSON), ("1.e3", .notJSON),
            ("\"\u{1}\"", .notJSON), ("", .notJSON), (#"{"a":[}]"#, .notJSON), ("\u{FEFF}1", .notJSON),
        ]
    )
    func faults(_ text: String, _ fault: ReferenceJSON.Fault) {
        #expect(ReferenceJSON.faults(in: Array(text.utf8)) == [fault])
        #expect(refusal(of: Array(text.utf8)) != nil)
    }

    @Test("accept what is written in any of the ways that there are")
    func accepted() {
        let text = Array(
            #" {"a":[1,-0,2.50,1e9,-1.5E-07,true,false,null,{},[]],"\ud83d\ude00é":"\"\\\/\b\f\n\r\t"} "#.utf8
        )
        #expect(ReferenceJSON.faults(in: text) == [])
        #expect(refusal(of: text) == nil)
        #expect(ReferenceJSON.faults(in: text + [0xFF]) == [.notUTF8])
        #expect(ReferenceJSON.faults(in: ScannerMutationTests.document) == [])
    }

    private func damage(_ text: inout [UInt8], _ random: inout SplitMix64) {
        guard !text.isEmpty else { return }
        let place = Int.random(in: 0..<text.count, using: &random)
        let end = min(text.count, place + Int.random(in: 1...6, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: text[place] = Array(#"{}[]":,\u0-.eE+ "#.utf8).randomElement(using: &random)!
        case 2: text.removeSubrange(place..<end)
        case 3: text.insert(contentsOf: text[place..<end], at: place)
        case 4: text.insert(Array(",:0-\"".utf8).randomElement(using: &random)!, at: place)
        default: text.swapAt(place, end - 1)
        }
    }
}
