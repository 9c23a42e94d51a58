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
///   - batch: What was returned when a part of the line was carried out.
///   - output: Where the answer, or the next part of it, is appended.
///   - failed: Told of every error that a request ended in, answered or not: for counting.
///   - answered: Told where in the output the response to a request lies, which `revise` may change later.
///   - pauses: Asked between two requests of a batch whether the rest is for another time; handed how much of the line was
///     carried out since it began or went on, in bytes.
///   - body: Carries out one request: appends its result (one JSON value) or throws the error to answer with. What it
///     appended before it threw, or for a notification, is taken back.
/// - Returns: What to go on with when a part of the line was carried out; nil when all of it was.
@discardableResult
public func answer(
    line: Span<UInt8>,
    goingOnWith batch: UnfinishedBatch? = nil,
    to output: inout ByteBuffer,
    failed: (RPCError) -> Void = { _ in },
    answered: (Range<Int>) -> Void = { _ in },
    pauses: (Int) -> Bool = { _ in false },
    _ body: (Request, Span<UInt8>, inout ByteBuffer) throws(RPCError) -> Void
) -> UnfinishedBatch? {
    var scanner = JSONScanner(line)
    do {
        guard let first = scanner.peek() else { return nil }
        if first == UInt8(ascii: "[") {
            var rest = batch
            if rest == nil { rest = try UnfinishedBatch(line, to: &output, failed: failed) }
            guard var rest else { return nil }
            let isDone = try rest.goOn(
                in: line,
                to: &output,
                failed: failed,
                answered: answered,
                pauses: pauses,
                body
            )
            return isDone ? nil : rest
        }
        let request = try Request(&scanner)
        try scanner.end()
        if answer(request, in: line, to: &output, failed: failed, answered: answered, body) {
            output.append(UInt8(ascii: "\n"))
        }
    } catch {
        refuse(.parseError(error), to: &output, failed: failed)
    }
    return nil
}

/// Answers a line that is no request at all, such as one that is too long: an error with a null id.
public func refuse(_ error: RPCError, to output: inout ByteBuffer, failed: (RPCError) -> Void = { _ in }) {
    failed(error)
    output.append("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":")
    error.write(to: &output)
    output.append("}\n")
}

/// Returns whether there was an answer.
func answer(
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
    output.append(UInt8(ascii: "}"))
    answered(mark..<output.count)
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
