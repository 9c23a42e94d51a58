// Cutting what arrives into lines: where each ends, what may precede its end, and when there is too much of it.

import Testing

@testable import SessionServer

@Suite("Cutting lines")
struct NextLineTests {
    /// What lies at the front, in a form that can be compared.
    enum Front: Equatable {
        case line(String, next: Int)
        case none
        case tooLong
    }

    private func front(of input: [UInt8], isAtEnd: Bool) -> Front {
        switch nextLine(in: input.span, isAtEnd: isAtEnd) {
        case .line(let content, let next): .line(String(decoding: input[content], as: UTF8.self), next: next)
        case .none: .none
        case .tooLong: .tooLong
        }
    }

    /// Inputs, with N for a line feed and R for a carriage return, and what lies at their front before the end of the
    /// stream and at it.
    static let table: [(input: String, before: Front, atEnd: Front)] = [
        ("", .none, .none),
        ("a", .none, .line("a", next: 1)),
        ("aN", .line("a", next: 2), .line("a", next: 2)),
        ("aRN", .line("a", next: 3), .line("a", next: 3)),
        ("N", .line("", next: 1), .line("", next: 1)),
        ("RN", .line("", next: 2), .line("", next: 2)),
        ("NN", .line("", next: 1), .line("", next: 1)),
        ("aNb", .line("a", next: 2), .line("a", next: 2)),
        ("aNbN", .line("a", next: 2), .line("a", next: 2)),
        ("aRbN", .line("aRb", next: 4), .line("aRb", next: 4)),
        ("aRRN", .line("aR", next: 4), .line("aR", next: 4)),
        ("RaN", .line("Ra", next: 3), .line("Ra", next: 3)),
        ("NaN", .line("", next: 1), .line("", next: 1)),
        ("NR", .line("", next: 1), .line("", next: 1)),
        ("aR", .none, .line("aR", next: 2)),
        ("R", .none, .line("R", next: 1)),
        ("a b ", .none, .line("a b ", next: 4)),
    ]

    @Test(
        "a line ends with a line feed, before which a carriage return may stand, or with the stream",
        arguments: table
    )
    func cuts(_ input: String, _ before: Front, _ atEnd: Front) {
        let bytes = Array(input.replacing("N", with: "\n").replacing("R", with: "\r").utf8)
        let shown = { (front: Front) -> Front in
            guard case .line(let content, let next) = front else { return front }
            return .line(content.replacing("\r", with: "R"), next: next)
        }
        #expect(shown(front(of: bytes, isAtEnd: false)) == before)
        #expect(shown(front(of: bytes, isAtEnd: true)) == atEnd)
    }

    @Test(
        "a line may have exactly 128 KiB, whatever ends it",
        arguments: ["", "\n", "\r\n", "\nmore", "\r\nmore"].indices
    )
    func exactlyTheLimit(_ index: Int) {
        let end = ["", "\n", "\r\n", "\nmore", "\r\nmore"][index]
        let content = String(repeating: "x", count: LineLimit.bytes)
        let input = Array((content + end).utf8)
        let next = LineLimit.bytes + end.utf8.count - (end.hasSuffix("more") ? 4 : 0)
        #expect(front(of: input, isAtEnd: true) == .line(content, next: next))
        if !end.isEmpty { #expect(front(of: input, isAtEnd: false) == .line(content, next: next)) }
    }

    @Test("a line of 128 KiB of which the end has not come yet is waited for")
    func limitWithoutEnd() {
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: LineLimit.bytes)
        #expect(front(of: input, isAtEnd: false) == .none)
    }

    @Test("a line of 128 KiB may be cut between its carriage return and its line feed")
    func cutLineEnd() {
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: LineLimit.bytes) + [UInt8(ascii: "\r")]
        #expect(front(of: input, isAtEnd: false) == .none)
    }

    @Test("one byte more is too long, as soon as it is there", arguments: ["", "N", "RN", "x", "xN", "xRN"])
    func overTheLimit(_ end: String) {
        let end = Array(end.replacing("N", with: "\n").replacing("R", with: "\r").utf8)
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: LineLimit.bytes + 1) + end
        #expect(front(of: input, isAtEnd: false) == .tooLong)
        #expect(front(of: input, isAtEnd: true) == .tooLong)
    }

    @Test("two carriage returns behind 128 KiB are too long")
    func twoCarriageReturns() {
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: LineLimit.bytes) + Array("\r\r".utf8)
        #expect(front(of: input, isAtEnd: false) == .tooLong)
    }

    @Test("the limit is on one line, not on all that has arrived")
    func manyLines() {
        let input = Array(String(repeating: "x\n", count: LineLimit.bytes).utf8)
        #expect(front(of: input, isAtEnd: false) == .line("x", next: 2))
    }
}
