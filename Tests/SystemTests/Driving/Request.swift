// Requests as lines, and what is asked most.

import Foundation

/// A request as the text of its line, without the line feed.
func request(_ method: String, _ parameters: JSON = [:], id: JSON = 1) -> String {
    let request: JSON = ["jsonrpc": "2.0", "id": id, "method": .string(method), "params": parameters]
    return request.text
}

/// The bytes of whole lines.
func lines(_ lines: some Sequence<String>) -> Data { Data(lines.map { $0 + "\n" }.joined().utf8) }

/// An error where a result was expected.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    let method: String
    let answer: JSON

    var description: String { "\(method) was answered with \(answer)" }
}
