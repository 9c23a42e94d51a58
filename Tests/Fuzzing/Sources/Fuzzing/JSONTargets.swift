// The scanner, the codec and the merge patch, held against the reference and against themselves.

@testable internal import JSONRPC

extension ByteBuffer {
    /// A copy of what it holds.
    borrowing func copy() -> [UInt8] {
        let span = bytes
        return span.indices.map { span[$0] }
    }
}

private func scan(_ text: [UInt8]) -> Result<JSONValue, JSONError> {
    var scanner = JSONScanner(text.span)
    do throws(JSONError) {
        return .success(try scanner.document())
    } catch {
        return .failure(error)
    }
}

/// The scanner and the reference agree on every text, and what is compacted stays what it is.
func fuzzJSON(_ text: [UInt8]) {
    let faults = ReferenceJSON.faults(in: text)
    switch scan(text) {
    case .failure(let error):
        if faults.isEmpty { fail("only the scanner refuses it: \(error.message)") }
        if faults == [.duplicateKey], error.reason != .duplicateKey { fail("a duplicate key, not: \(error.message)") }
        if error.offset > text.count { fail("an error behind the end") }
    case .success(let value):
        if !faults.isEmpty { fail("only the reference refuses it: \(faults)") }
        let compact = text.span.compacted(value)
        guard case .success(let again) = scan(compact), again.kind == value.kind else {
            fail("compacted, it is another")
        }
        if compact.span.compacted(again) != compact { fail("compacting twice is not compacting once") }
        guard value.kind == .string else { return }
        // Written again, its content is the same.
        let content = text.span.unescaped(value)
        if text.span.contentLength(value) != content.count { fail("its content has another length") }
        var output = ByteBuffer()
        output.append(jsonString: content.span)
        let written = output.copy()
        guard case .success(let other) = scan(written), written.span.unescaped(other) == content else {
            fail("its content comes back as another")
        }
    }
}

/// A line has one line of JSON as its answer, or none; and what can be told of it beforehand is so.
func fuzzRequest(_ line: [UInt8]) {
    var output = ByteBuffer()
    var isCalled = false
    answer(line: line.span, to: &output) { (request, line, output) throws(RPCError) in
        if let method = request.method, line.string(method, is: "session.lookup") { isCalled = true }
        output.append("{\"half")
        if request.parameterCount == 2 { throw .invalidParameters("two") }
        output.append("\":true}")
    }
    let told = output.copy()
    if calls("session.lookup", in: line.span) != isCalled { fail("what is called was said to be otherwise") }
    if told.isEmpty { return }
    guard told.last == UInt8(ascii: "\n"), told.dropLast().allSatisfy({ $0 >= 0x20 || line.contains($0) }) else {
        fail("not one line")
    }
    if !ReferenceJSON.faults(in: told).isEmpty {
        fail("an answer that is no JSON: \(String(decoding: told, as: UTF8.self))")
    }
    let form = PlainRequest.Form(",\"method\":\"session.lookup\",\"params\":{\"token\":")
    guard let plain = PlainRequest(line.span, form: form) else { return }
    var other = ByteBuffer()
    answer(plain, in: line.span, to: &other) { $0.append("{\"half\":true}") }
    if other.copy() != told { fail("as a plain request it is answered otherwise") }
}

/// A patch and its target, with a zero byte between them: what comes of it is JSON, and merging again changes nothing.
func fuzzPatch(_ input: [UInt8]) {
    let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
    guard parts.count == 2 else { return }
    let (patchText, targetText) = (parts[0], parts[1])
    guard case .success(let patch) = scan(patchText), case .success = scan(targetText) else { return }
    guard let merged = try? mergePatch(patchText.span, into: targetText.span) else {
        fail("both are JSON, and cannot be merged")
    }
    if !ReferenceJSON.faults(in: merged).isEmpty { fail("merged to what is no JSON") }
    guard let again = try? mergePatch(patchText.span, into: merged.span) else {
        fail("what was merged cannot be again")
    }
    if again != merged { fail("merging again changes something") }
    if patch.kind != .object, merged != patchText.span.compacted(patch) {
        fail("what is no object replaces the target")
    }
}
