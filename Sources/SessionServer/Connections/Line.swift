// Cutting what arrives into lines: each ends with a line feed, which a carriage return may precede; the last one may end
// with the stream.

internal import Glibc

/// What lies at the front of the input.
enum NextLine {
    /// A whole line: where its content lies, and where the line after it begins.
    case line(Range<Int>, next: Int)
    /// Nothing that can be carried out yet.
    case none
    /// A line that is longer than lines may be.
    case tooLong
}

/// How long a line may be.
enum LineLimit {
    /// The most bytes of a line, without its line feed.
    static let bytes = 128 * 1024
}

/// Looks for the line at the front of `input`.
///
/// - Parameter isAtEnd: Whether nothing more will come, so that what is left is a line.
func nextLine(in input: Span<UInt8>, isAtEnd: Bool) -> NextLine {
    guard !input.isEmpty else { return .none }
    guard let end = lineFeed(in: input) else {
        // A carriage return at the end may belong to a line feed that has not come yet.
        let end = input.count - (input[input.count - 1] == UInt8(ascii: "\r") && !isAtEnd ? 1 : 0)
        if end > LineLimit.bytes { return .tooLong }
        return isAtEnd ? .line(0..<input.count, next: input.count) : .none
    }
    let hasCarriageReturn = end > 0 && input[end - 1] == UInt8(ascii: "\r")
    let content = 0..<(hasCarriageReturn ? end - 1 : end)
    return content.count > LineLimit.bytes ? .tooLong : .line(content, next: end + 1)
}

private func lineFeed(in input: Span<UInt8>) -> Int? {
    unsafe input.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress, let found = unsafe memchr(start, CInt(UInt8(ascii: "\n")), bytes.count)
        else { return nil }
        return unsafe UnsafeRawPointer(found) - start
    }
}
