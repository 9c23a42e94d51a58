// The buffer checks every bound: what would reach outside it ends the process instead of reading or writing there.

import Testing

@testable import JSONRPC

@Suite("Byte buffers check their bounds")
struct ByteBufferBoundsTests {
    @Test("consuming more than is held ends the process")
    func consume() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            buffer.append("abc")
            buffer.consume(4)
        }
    }

    @Test("truncating to more than is held ends the process")
    func truncate() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            buffer.append("abc")
            buffer.consume(1)
            buffer.truncate(to: 3)
        }
    }

    @Test("overwriting past the end ends the process")
    func overwrite() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            buffer.append("abc")
            buffer.overwrite(at: 3, with: 0)
        }
    }

    @Test("a system call that says that it wrote more than its room ends the process")
    func systemCall() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            _ = unsafe buffer.appendFromSystemCall(capacity: 8) { _ in 9 }
        }
    }
}
