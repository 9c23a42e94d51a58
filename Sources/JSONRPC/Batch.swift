// A batch is carried out request by request, and its answer begins before it ends: nobody else has to wait for all of it, and
// no memory holds all of the answer.

/// A batch of which a part was carried out and answered.
public struct UnfinishedBatch {
    /// Where the line goes on.
    private var position: Int
    private var walk: JSONScanner.ArrayWalk
    /// Whether a request has had an answer: a batch of notifications has none.
    private var hasAnswers = false

    /// Begins one.
    ///
    /// - Returns: Nil when it was answered already, since it is no batch that may be carried out.
    init?(_ line: Span<UInt8>, to output: inout ByteBuffer, failed: (RPCError) -> Void) throws(JSONError) {
        var scanner = JSONScanner(line)
        _ = scanner.peek()
        var rest = try scanner.beginArray()
        (walk, position) = (rest, scanner.position)
        // First of all of it: a request of a line that is no JSON is not carried out.
        var count = 0
        while try scanner.nextElement(&rest) != nil { count += 1 }
        try scanner.end()
        guard count > 0 else {
            refuse(.invalidRequest("an empty batch"), to: &output, failed: failed)
            return nil
        }
        guard count <= ExchangeLimit.batch else {
            let hint = "send at most \(ExchangeLimit.batch) requests in one batch"
            refuse(.invalidRequest("a batch of \(count) requests", hint: hint), to: &output, failed: failed)
            return nil
        }
    }

    /// Carries out requests until it is time for a pause.
    ///
    /// - Returns: Whether that was the last of them.
    mutating func goOn(
        in line: Span<UInt8>,
        to output: inout ByteBuffer,
        failed: (RPCError) -> Void,
        answered: (Range<Int>) -> Void,
        pauses: (Int) -> Bool,
        _ body: (Request, Span<UInt8>, inout ByteBuffer) throws(RPCError) -> Void
    ) throws(JSONError) -> Bool {
        let start = position
        var scanner = JSONScanner(line, at: position, wasRead: true)
        scanner.depth = 1
        while try scanner.advance(in: &walk) {
            if position > start, pauses(position - start) { return false }
            let request = try Request(&scanner)
            position = scanner.position
            let mark = output.count
            output.append(separator)
            if answer(request, in: line, to: &output, failed: failed, answered: answered, body) {
                hasAnswers = true
            } else {
                output.truncate(to: mark)
            }
        }
        if hasAnswers { output.append("]\n") }
        return true
    }

    /// Ends the answer with an error instead of carrying out the rest.
    ///
    /// - Parameter failed: Told of the error.
    public func breakOff(_ error: RPCError, to output: inout ByteBuffer, failed: (RPCError) -> Void) {
        output.append(separator)
        refuse(error, to: &output, failed: failed)
        output.overwrite(at: output.count - 1, with: UInt8(ascii: "]"))
        output.append(UInt8(ascii: "\n"))
    }

    /// What stands before the next answer.
    private var separator: UInt8 { hasAnswers ? UInt8(ascii: ",") : UInt8(ascii: "[") }
}
