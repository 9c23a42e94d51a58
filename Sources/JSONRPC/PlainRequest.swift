// A request in the form in which most clients write it: members in the order of the specification's examples, no white
// space, and one parameter, which is a string. It is recognised by comparing bytes, which takes a tenth of the time of
// reading it as JSON. A line of any other form is not wrong: it is read as JSON, with the same outcome.

/// A request with one string as its parameter, as clients write it.
public struct PlainRequest: Sendable {
    /// The id to echo.
    let id: JSONValue
    /// The parameter: a string.
    public let parameter: JSONValue

    /// The part of such a line between its id and its parameter, for one method.
    public struct Form: Sendable {
        @usableFromInline let middle: StaticString

        /// - Parameter middle: `,"method":"NAME","params":{"PARAMETER":`
        public init(_ middle: StaticString) {
            self.middle = middle
        }
    }

    /// Recognises a request of a given form; nil for all other lines, valid or not.
    public init?(_ line: Span<UInt8>, form: Form) {
        let beginning: StaticString = "{\"jsonrpc\":\"2.0\",\"id\":"
        let ending: StaticString = "}}"
        var scanner = JSONScanner(line)
        guard scanner.skip(beginning), let id = try? scanner.value(), id.isRequestID,
            scanner.skip(form.middle), scanner.peek() == UInt8(ascii: "\""), let parameter = try? scanner.string(),
            scanner.skip(ending), scanner.position == line.count
        else { return nil }
        self.id = id
        self.parameter = parameter
    }
}

extension JSONValue {
    /// Whether this can be the id of a request.
    @inline(__always)
    var isRequestID: Bool {
        switch kind {
        case .string, .number, .null: true
        default: false
        }
    }
}

extension JSONScanner {
    /// Moves behind a literal, if it stands at the cursor.
    @inline(__always)
    fileprivate mutating func skip(_ literal: StaticString) -> Bool {
        let end = position &+ literal.utf8CodeUnitCount
        guard end <= bytes.count, bytes.matches(literal.bytes, in: position..<end) else { return false }
        position = end
        return true
    }
}

/// Answers a plain request.
///
/// - Parameter body: Appends the result: one JSON value.
@inline(__always)
public func answer(
    _ request: PlainRequest,
    in line: Span<UInt8>,
    to output: inout ByteBuffer,
    _ body: (inout ByteBuffer) -> Void
) {
    begin(request.id, in: line, to: &output)
    output.append(",\"result\":")
    body(&output)
    output.append("}\n")
}
