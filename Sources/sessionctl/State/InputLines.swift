// The lines of a file or a pipe, one after the other, in as much memory as the longest one takes.

import CLinux
import Durability
import Glibc
import JSONRPC

/// Lines that are read from a descriptor.
struct InputLines: ~Copyable {
    /// More than any session's takes.
    static let longest = 1 << 18
    private static let pieceSize = 1 << 18

    private let descriptor: CInt
    private var buffer = ByteBuffer()
    /// How long the line is that it is at; its end comes behind it. Before the first one there is nothing to pass.
    private var length = -1
    /// How many bytes of the buffer are known to have no end of a line.
    private var searched = 0
    /// How many bytes have been read.
    private(set) var bytesRead = 0
    /// The number of the line that it is at.
    private(set) var number = 0

    init(of descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// How many bytes there are, when it is a file.
    var size: Int? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// The line that it is at.
    var line: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { buffer.bytes.extracting(..<length) }
    }

    /// Moves to the next line that is not blank; returns false at the end.
    mutating func advance() throws(StateFailure) -> Bool {
        while true {
            buffer.consume(min(length + 1, buffer.count))
            (length, searched) = (0, 0)
            guard let end = try endOfLine() else { return false }
            length = end
            number += 1
            let line = line
            if line.indices.contains(where: { line[$0] > 0x20 }) { return true }
        }
    }

    /// What is wrong with the line that it is at.
    func failure(_ error: LineError) -> StateFailure {
        StateFailure(.damaged, "line \(number): \(error.message). Nothing was loaded")
    }

    /// Where the next line ends; nil when there is none.
    private mutating func endOfLine() throws(StateFailure) -> Int? {
        while true {
            let place = newline()
            if place ?? buffer.count > Self.longest {
                throw StateFailure(.damaged, "line \(number + 1) is longer than \(Self.longest) bytes")
            }
            if let place { return place }
            searched = buffer.count
            let descriptor = descriptor
            let count = unsafe buffer.appendFromSystemCall(capacity: Self.pieceSize) { room in
                systemCall { unsafe read(descriptor, room.baseAddress, room.count) }
            }
            if count < 0 {
                throw StateFailure(.inputOutput, SystemError("read the dump", code: CInt(-count)).message)
            }
            // The last line may have no end.
            if count == 0 { return buffer.isEmpty ? nil : buffer.count }
            bytesRead += count
        }
    }

    private func newline() -> Int? {
        let searched = searched
        return unsafe buffer.bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > searched else { return nil }
            let found = unsafe memchr(start + searched, 0x0A, bytes.count - searched)
            return unsafe found.map { unsafe UnsafeRawPointer($0) - start }
        }
    }
}
