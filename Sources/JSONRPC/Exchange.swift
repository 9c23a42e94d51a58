// From a line to its answer: JSON-RPC 2.0's rules about ids, notifications and batches, which are the same whatever
// the methods do. What a method answers is written by a closure that is handed the request.

/// Limits of what one line may ask for.
public enum ExchangeLimit {
    /// The most requests in one batch.
    public static let batch = 100
}

/// Carries out the request, notification or batch of one line and appends its answer, if it has one, with a line feed.
///
/// - Parameters:
///   - line: The bytes of the line, without its line feed. A line of white space only has no answer.
///   - output: Where the answer is appended.
///   - body: Carries out one request: appends its result (one JSON value) or throws the error to answer with. What it
///     appended before it threw, or for a notification, is taken back.
///   - failed: Told of every error that a request ended in, answered or not: for counting.
///   - answered: Told where in the output the response to a request lies, which `revise` may change later.
public func answer(
    line: Span<UInt8>,
    to output: inout ByteBuffer,
    failed: (RPCError) -> Void = { _ in },
    answered: (Range<Int>) -> Void = { _ in },
    _ body: (Request, Span<UInt8>, inout ByteBuffer) throws(RPCError) -> Void
) {
    var scanner = JSONScanner(line)
    do {
        guard let first = scanner.peek() else { return }
        if first == UInt8(ascii: "[") {
            var check = JSONScanner(line)
            _ = try check.document()
            try answerBatch(&scanner, to: &output, failed: failed, answered: answered, body)
        } else {
            let request = try Request(&scanner)
            try scanner.end()
            _ = answer(request, in: line, to: &output, failed: failed, answered: answered, body)
        }
    } catch {
        refuse(.parseError(error), to: &output, failed: failed)
    }
}

/// Answers a line that is no request at all, such as one that is too long: an error with a null id.
public func refuse(_ error: RPCError, to output: inout ByteBuffer, failed: (RPCError) -> Void = { _ in }) {
    failed(error)
    output.append("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":")
    error.write(to: &output)
    output.append("}\n")
}

/// Returns whether there was an answer, which then ends with a line feed.
private func answer(
    _ request: Request,
    in line: Span<UInt8>,
    to output: inout ByteBuffer,
    failed: (RPCError) -> Void,
    answered: (Range<Int>) -> Void,
    _ body: (Request, Span<UInt8>, inout ByteBuffer) throws(RPCError) -> Void
) -> Bool {
    let mark = output.count
    let isNotification = request.id == nil && request.fault == nil
    do throws(RPCError) {
        if let fault = request.fault { throw fault.error(in: line) }
        begin(request.id, in: line, to: &output)
        output.append(",\"result\":")
        try body(request, line, &output)
    } catch {
        failed(error)
        output.truncate(to: mark)
        begin(request.id, in: line, to: &output)
        output.append(",\"error\":")
        error.write(to: &output)
    }
    if isNotification {
        output.truncate(to: mark)
        return false
    }
    output.append("}\n")
    answered(mark..<(output.count - 1))
    return true
}

/// Puts an error in the place of a response that was written before and did not come true.
///
/// - Parameter response: The response, as `answer` wrote it.
public func revise(_ response: Span<UInt8>, with error: RPCError, to output: inout ByteBuffer) {
    var scanner = JSONScanner(response)
    // It was written here: it is valid, and its id is its second member.
    guard var walk = try? scanner.beginObject(), (try? scanner.nextMember(&walk)) != nil,
        let id = (try? scanner.nextMember(&walk))?.value
    else { return }
    begin(id, in: response, to: &output)
    output.append(",\"error\":")
    error.write(to: &output)
    output.append("}")
}

func begin(_ id: JSONValue?, in line: Span<UInt8>, to output: inout ByteBuffer) {
    output.append("{\"jsonrpc\":\"2.0\",\"id\":")
    if let id { output.append(line.extracting(id.range)) } else { output.append("null") }
}

/// The line is known to be valid JSON.
private func answerBatch(
    _ scanner: inout JSONScanner,
    to output: inout ByteBuffer,
    failed: (RPCError) -> Void,
    answered: (Range<Int>) -> Void,
    _ body: (Request, Span<UInt8>, inout ByteBuffer) throws(RPCError) -> Void
) throws(JSONError) {
    var counter = JSONScanner(scanner.bytes, at: scanner.position)
    var countWalk = try counter.beginArray()
    var count = 0
    while try counter.nextElement(&countWalk) != nil { count += 1 }
    guard count > 0 else { return refuse(.invalidRequest("an empty batch"), to: &output, failed: failed) }
    guard count <= ExchangeLimit.batch else {
        let hint = "send at most \(ExchangeLimit.batch) requests in one batch"
        return refuse(.invalidRequest("a batch of \(count) requests", hint: hint), to: &output, failed: failed)
    }
    let mark = output.count
    var walk = try scanner.beginArray()
    output.append(UInt8(ascii: "["))
    while try scanner.advance(in: &walk) {
        let request = try Request(&scanner)
        let isAnswered = answer(request, in: scanner.bytes, to: &output, failed: failed, answered: answered, body)
        guard isAnswered else { continue }
        // The line feed that ends an answer standing alone is the comma of one in a batch.
        output.overwrite(at: output.count - 1, with: UInt8(ascii: ","))
    }
    guard output.count > mark + 1 else { return output.truncate(to: mark) }
    output.overwrite(at: output.count - 1, with: UInt8(ascii: "]"))
    output.append(UInt8(ascii: "\n"))
}

/// Whether carrying out a line would call a method: for what has to be prepared before a line is carried out.
///
/// - Returns: False also for a line that is not valid, whose answer is an error.
public func calls(_ method: StaticString, in line: Span<UInt8>) -> Bool {
    var scanner = JSONScanner(line)
    do {
        guard scanner.peek() == UInt8(ascii: "[") else {
            let request = try Request(&scanner)
            try scanner.end()
            return request.calls(method, in: line)
        }
        var found = false
        var count = 0
        var walk = try scanner.beginArray()
        while try scanner.advance(in: &walk) {
            if try Request(&scanner).calls(method, in: line) { found = true }
            count += 1
        }
        try scanner.end()
        return found && count <= ExchangeLimit.batch
    } catch {
        return false
    }
}

extension Request {
    fileprivate func calls(_ name: StaticString, in line: Span<UInt8>) -> Bool {
        guard fault == nil, let method else { return false }
        return line.string(method, is: name)
    }
}
