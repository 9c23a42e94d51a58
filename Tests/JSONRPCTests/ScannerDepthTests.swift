// At most 64 arrays and objects may be open at once. The limit counts what is open, not what there is, and keeps the
// recursion of the scanner bounded whatever a caller sends.

import TestSupport
import Testing

@testable import JSONRPC

@Suite("At most 64 levels", .rule("at most 64 levels"))
struct ScannerDepthTests {
    /// What opens and closes a level.
    struct Level: CustomTestStringConvertible, Sendable {
        let open: String
        let close: String

        var testDescription: String { open }
    }

    static let levels = [
        Level(open: "[", close: "]"), Level(open: "{\"a\":", close: "}"), Level(open: " [ 0 , ", close: " ] "),
        Level(open: "{\"a\":0,\"b\":", close: ",\"c\":0}"),
    ]

    private func nested(_ depth: Int, around core: String = "0", _ level: (Int) -> Level) -> [UInt8] {
        let open = (0..<depth).map { level($0).open }.joined()
        let close = (0..<depth).reversed().map { level($0).close }.joined()
        return Array((open + core + close).utf8)
    }

    @Test("64 levels are accepted and 65 refused", arguments: levels)
    func limit(_ level: Level) {
        #expect(refusal(of: nested(64) { _ in level }) == nil)
        #expect(refusal(of: nested(65) { _ in level }) == .tooDeep)
    }

    @Test("arrays and objects count alike", arguments: 0..<levels.count)
    func mixed(_ shift: Int) {
        let level = { Self.levels[($0 + shift) % Self.levels.count] }
        #expect(refusal(of: nested(64, level)) == nil)
        #expect(refusal(of: nested(65, level)) == .tooDeep)
    }

    @Test("an empty array or object is a level", arguments: ["[]", "{}"])
    func emptyCore(_ core: String) {
        #expect(refusal(of: nested(63, around: core) { _ in Self.levels[0] }) == nil)
        #expect(refusal(of: nested(64, around: core) { _ in Self.levels[0] }) == .tooDeep)
    }

    @Test("a level that was closed counts no longer")
    func siblings() {
        let deep = String(decoding: nested(63) { Self.levels[$0 % 4] }, as: UTF8.self)
        let text = "[" + [String](repeating: deep, count: 100).joined(separator: ",") + "]"
        #expect(refusal(of: Array(text.utf8)) == nil)
        #expect(refusal(of: Array("[\(text)]".utf8)) == .tooDeep)
    }

    @Test("brackets in strings and in keys are no levels")
    func bracketsInStrings() {
        let brackets = String(repeating: "[{", count: 100)
        #expect(refusal(of: Array("{\"\(brackets)\":\"\(brackets)\"}".utf8)) == nil)
    }

    @Test("100,000 levels are refused as quickly and as safely as 65", arguments: levels)
    func veryDeep(_ level: Level) {
        #expect(refusal(of: nested(100_000) { _ in level }) == .tooDeep)
        #expect(refusal(of: Array(String(repeating: level.open, count: 100_000).utf8)) == .tooDeep)
    }
}
