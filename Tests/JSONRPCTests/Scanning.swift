// How these tests put a text before the scanner and read its verdict. A text is an array of bytes here, never a
// string, so that what is not UTF-8 can be written down too.

import Testing

@testable import JSONRPC

/// What the scanner says of a text, or of its first bytes: the value that fills it, or why it is refused.
func scan(_ text: [UInt8], upTo length: Int = .max) -> Result<JSONValue, JSONError> {
    var scanner = JSONScanner(text.span.extracting(first: length))
    do throws(JSONError) {
        return .success(try scanner.document())
    } catch {
        return .failure(error)
    }
}

/// The rule for which a text is refused; nil when it is accepted.
func refusal(of text: [UInt8]) -> JSONError.Reason? {
    if case .failure(let error) = scan(text) { error.reason } else { nil }
}

/// The content of a text that is one string, its escapes resolved; nil when it is refused or of another kind.
func content(of text: [UInt8]) -> [UInt8]? {
    guard case .success(let value) = scan(text), value.kind == .string else { return nil }
    return text.span.unescaped(value)
}

/// A text without the white space that means nothing; nil when it is refused.
func compacted(_ text: [UInt8]) -> String? {
    guard case .success(let value) = scan(text) else { return nil }
    return String(decoding: text.span.compacted(value), as: UTF8.self)
}

/// Bytes as a person can read them in a test's name: printable ASCII as it is, everything else as hexadecimal.
func readable(_ text: [UInt8]) -> String {
    let shown = text.prefix(80)
        .map { byte in
            (0x20..<0x7F).contains(byte) ? String(UnicodeScalar(byte)) : "<" + String(byte, radix: 16) + ">"
        }
    return shown.joined() + (text.count > 80 ? "… (\(text.count) bytes)" : "")
}

/// A text that must be accepted as a value of `kind`.
struct Accepted: CustomTestStringConvertible, Sendable {
    let text: [UInt8]
    let kind: JSONValue.Kind

    init(_ kind: JSONValue.Kind, _ text: String) {
        self.init(kind, Array(text.utf8))
    }

    init(_ kind: JSONValue.Kind, _ text: [UInt8]) {
        self.text = text
        self.kind = kind
    }

    var testDescription: String { readable(text) }

    /// Where the value must lie: all of the text but the white space around it.
    var range: Range<Int> {
        let isSpace: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let start = text.firstIndex { !isSpace($0) } ?? 0
        let end = text.lastIndex { !isSpace($0) } ?? 0
        return start..<(end + 1)
    }
}

/// A text that must be refused for `reason`.
struct Rejected: CustomTestStringConvertible, Sendable {
    let text: [UInt8]
    let reason: JSONError.Reason

    init(_ reason: JSONError.Reason, _ text: String) {
        self.init(reason, Array(text.utf8))
    }

    init(_ reason: JSONError.Reason, _ text: [UInt8]) {
        self.text = text
        self.reason = reason
    }

    var testDescription: String { readable(text) }
}
