// What the generator looks for in what it has received.

internal import JSONRPC

extension ByteBuffer {
    /// The bytes of a range.
    func array(_ range: Range<Int>) -> [UInt8] {
        let bytes = bytes
        var array: [UInt8] = []
        array.reserveCapacity(range.count)
        for index in range { array.append(bytes[index]) }
        return array
    }

    /// A range as text, for people.
    func text(_ range: Range<Int>) -> String { String(decoding: array(range), as: UTF8.self) }

    /// Whether a range begins with these bytes.
    func starts(with words: [UInt8], in range: Range<Int>) -> Bool {
        guard range.count >= words.count else { return false }
        let bytes = bytes
        for index in words.indices where bytes[range.lowerBound + index] != words[index] { return false }
        return true
    }

    /// Whether these bytes stand somewhere in a range.
    func contains(_ words: [UInt8], in range: Range<Int>) -> Bool {
        var rest = range
        while rest.count >= words.count {
            if starts(with: words, in: rest) { return true }
            rest = (rest.lowerBound + 1)..<rest.upperBound
        }
        return false
    }
}
