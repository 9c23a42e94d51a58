// How these tests put a line before `answer` and read what comes back: methods that stand for those of a daemon, and
// Foundation's parser as the caller who reads the answers.

import Foundation
import Testing

@testable import JSONRPC

/// A line carried out: the text of the answer, the methods that were called and the errors that were counted.
struct Exchange {
    var answer = ""
    var called: [String] = []
    var failures: [RPCError] = []

    /// An answer that is there already.
    init(answer: String) { self.answer = answer }

    /// Carries out a line with the methods of `respond`.
    init(_ line: String) {
        self.init(Array(line.utf8))
    }

    init(_ line: [UInt8]) {
        var output = ByteBuffer()
        var called: [String] = []
        var failures: [RPCError] = []
        let count = { (error: RPCError) in failures.append(error) }
        JSONRPC.answer(line: line.span, to: &output, failed: count) { (request, line, output) throws(RPCError) in
            called.append(name(of: request, in: line))
            try respond(to: request, in: line, output: &output)
        }
        self.answer = text(of: output)
        self.called = called
        self.failures = failures
    }

    /// The answers as a caller reads them.
    ///
    /// - Throws: When the answer is neither nothing nor one line of JSON that ends with a line feed.
    func outcomes() throws -> [Outcome] {
        guard !answer.isEmpty else { return [] }
        try #require(answer.hasSuffix("\n") && answer.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        let json = try JSONSerialization.jsonObject(with: Data(answer.utf8))
        if let one = json as? [String: Any] { return [try Outcome(one)] }
        return try #require(json as? [[String: Any]]).map { try Outcome($0) }
    }
}

/// One answer, as a caller reads it.
struct Outcome: Equatable {
    let id: String
    let result: String?
    let code: Int?

    /// An answer with a result, written as JSON.
    init(_ id: String, result: String) {
        self.id = id
        self.result = result
        code = nil
    }

    /// An answer with an error.
    init(_ id: String, code: Int) {
        self.id = id
        self.code = code
        result = nil
    }

    /// Reads a response object of JSON-RPC 2.0, section 5, and checks it against that section.
    init(_ response: [String: Any]) throws {
        #expect(response["jsonrpc"] as? String == "2.0")
        id = try Self.text(of: #require(response["id"]))
        result = try response["result"].map { try Self.text(of: $0) }
        let error = response["error"] as? [String: Any]
        code = error?["code"] as? Int
        #expect((result == nil) == (code != nil), "either a result or an error")
        #expect(error == nil || error?["message"] is String)
        #expect(response.count == 3)
    }

    private static func text(of value: Any) throws -> String {
        let data = try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
        return String(decoding: data, as: UTF8.self)
    }
}

/// The name of the method that a request calls.
func name(of request: Request, in line: Span<UInt8>) -> String {
    request.method.map { String(decoding: line.unescaped($0), as: UTF8.self) } ?? "none"
}

/// The methods of the specification's examples, by name, and those that these tests need besides.
func respond(to request: Request, in line: Span<UInt8>, output: inout ByteBuffer) throws(RPCError) {
    if let params = request.params, params.kind == .array { throw .invalidParameters("expected an object") }
    var values: [String: Int64] = [:]
    for index in 0..<request.parameterCount {
        let member = request.parameters[index]
        values[String(decoding: line.unescaped(member.key), as: UTF8.self)] = line.integer(member.value)
    }
    switch name(of: request, in: line) {
    case "subtract": output.append((values["minuend"] ?? 0) - (values["subtrahend"] ?? 0))
    case "sum": output.append(values.values.reduce(0, +))
    case "get_data": output.append("[\"hello\",5]")
    case "update", "notify_hello", "notify_sum": output.append("true")
    case "echo":
        guard let params = request.params else { return output.append("null") }
        let bytes = line.compacted(params)
        output.append(bytes.span)
    case "fail_halfway":
        output.append("{\"this\":\"is taken back")
        throw RPCError(
            code: 409,
            message: "version 3, not \"2\"",
            hint: "read the session again\n",
            details: [.init(name: "version", json: "3"), .init(name: "names", json: "[\"a\"]")]
        )
    case let name: throw .methodNotFound(name)
    }
}

/// The bytes of a buffer as text.
func text(of buffer: borrowing ByteBuffer) -> String {
    String(decoding: bytes(of: buffer), as: UTF8.self)
}

/// The bytes of a buffer.
func bytes(of buffer: borrowing ByteBuffer) -> [UInt8] {
    let span = buffer.bytes
    return span.indices.map { span[$0] }
}
