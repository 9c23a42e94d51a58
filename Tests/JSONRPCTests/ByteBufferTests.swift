// The buffer between a socket and the code: written at its end, consumed at its front, undone by truncating, and
// emptied for good when it held secrets.

import Testing

@testable import JSONRPC

@Suite("Byte buffers")
struct ByteBufferTests {
    private func filled(_ content: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.append(utf8: content)
        return buffer
    }

    @Test("a new buffer is empty and holds no memory")
    func empty() {
        let buffer = ByteBuffer()
        let (count, isEmpty, capacity, content) = (buffer.count, buffer.isEmpty, buffer.capacity, bytes(of: buffer))
        #expect(count == 0 && isEmpty && capacity == 0 && content.isEmpty)
    }

    @Test("what is appended stands in order, whatever its form")
    func append() {
        var buffer = ByteBuffer()
        let span = Array("span ".utf8)
        buffer.append("literal ")
        buffer.append(UInt8(ascii: "b"))
        buffer.append(utf8: "yte é😀 ")
        buffer.append(span.span)
        buffer.append(Int64(-7))
        buffer.append(true)
        buffer.append(false)
        #expect(text(of: buffer) == "literal byte é😀 span -7truefalse")
    }

    @Test("appending nothing changes nothing, even in a new buffer")
    func appendNothing() {
        var buffer = ByteBuffer()
        let nothing: [UInt8] = []
        buffer.append("")
        buffer.append(utf8: "")
        buffer.append(nothing.span)
        buffer.append(Span<UInt8>())
        buffer.reserve(0)
        buffer.consume(0)
        buffer.truncate(to: 0)
        #expect(text(of: buffer) == "")
        buffer.append("a")
        buffer.append("")
        buffer.append(utf8: "")
        #expect(text(of: buffer) == "a")
    }

    @Test("a system call may be offered no room, even by a new buffer")
    func noRoom() {
        var buffer = ByteBuffer()
        let offered = unsafe buffer.appendFromSystemCall(capacity: 0) { $0.count }
        #expect(offered == 0)
        #expect(text(of: buffer) == "")
    }

    @Test("a buffer grows past any size and keeps what it held", arguments: [1, 255, 256, 257, 4096, 100_000])
    func grow(_ size: Int) {
        var buffer = ByteBuffer()
        var expected: [UInt8] = []
        for index in 0..<size {
            let byte = UInt8(truncatingIfNeeded: index &* 31)
            buffer.append(byte)
            expected.append(byte)
        }
        #expect(bytes(of: buffer) == expected)
        let more = [UInt8](repeating: 7, count: size * 3)
        buffer.append(more.span)
        #expect(bytes(of: buffer) == expected + more)
    }

    @Test("reserved room is there: filling it allocates nothing", arguments: [1, 255, 256, 1000, 70_000])
    func reserve(_ room: Int) {
        var buffer = filled("before")
        buffer.reserve(room)
        let capacity = buffer.capacity
        for _ in 0..<room { buffer.append(UInt8(ascii: "x")) }
        let after = buffer.capacity
        #expect(after == capacity && capacity >= room + 6)
        #expect(text(of: buffer) == "before" + String(repeating: "x", count: room))
    }

    @Test("room that was consumed at the front is used again before more is taken")
    func reuse() {
        var buffer = ByteBuffer()
        buffer.append(UInt8(0))
        let capacity = buffer.capacity
        for round in 0..<10_000 {
            buffer.append(UInt8(truncatingIfNeeded: round &+ 1))
            buffer.consume(1)
            let first = buffer.bytes[0]
            #expect(first == UInt8(truncatingIfNeeded: round &+ 1))
        }
        let after = buffer.capacity
        #expect(after == capacity)
    }

    @Test("consuming drops from the front, truncating from the end")
    func consumeAndTruncate() {
        var buffer = filled("abcdefgh")
        buffer.consume(2)
        #expect(text(of: buffer) == "cdefgh")
        buffer.truncate(to: 4)
        #expect(text(of: buffer) == "cdef")
        buffer.append("!")
        #expect(text(of: buffer) == "cdef!")
        buffer.truncate(to: 5)
        buffer.consume(0)
        #expect(text(of: buffer) == "cdef!")
        buffer.consume(5)
        #expect(text(of: buffer) == "")
        buffer.append("again")
        buffer.truncate(to: 0)
        buffer.append("x")
        #expect(text(of: buffer) == "x")
    }

    @Test("a byte is overwritten where it stands, counted from the front")
    func overwrite() {
        var buffer = filled("abcdef")
        buffer.consume(2)
        buffer.overwrite(at: 0, with: UInt8(ascii: "C"))
        buffer.overwrite(at: 3, with: UInt8(ascii: "F"))
        #expect(text(of: buffer) == "CdeF")
    }

    @Test("a system call is offered the room it asked for, and what it filled is kept", arguments: [5, 0, -1])
    func systemCall(_ result: Int) {
        var buffer = filled("ab")
        let written = unsafe buffer.appendFromSystemCall(capacity: 5000) { room in
            guard room.count == 5000 else { return -99 }
            for offset in 0..<max(result, 0) { unsafe room[offset] = UInt8(ascii: "0") + UInt8(offset) }
            return result
        }
        #expect(written == result)
        #expect(text(of: buffer) == (result == 5 ? "ab01234" : "ab"))
    }

    @Test("reset empties a buffer and keeps its memory only up to the limit")
    func reset() {
        var buffer = filled(String(repeating: "x", count: 1000))
        let capacity = buffer.capacity
        buffer.consume(10)
        buffer.reset(keeping: capacity)
        let kept = buffer.capacity
        #expect(kept == capacity)
        #expect(text(of: buffer) == "")
        buffer.append("y")
        #expect(text(of: buffer) == "y")
        buffer.reset(keeping: capacity - 1)
        let dropped = buffer.capacity
        #expect(dropped == 0)
        #expect(text(of: buffer) == "")
        buffer.append("z")
        #expect(text(of: buffer) == "z")
    }

    /// How a buffer comes to hold nothing of what it held.
    enum Emptying: CaseIterable {
        case nothing, consumed, consumedInPart, truncated, reset, moved
    }

    @Test("wiping leaves nothing of what a buffer ever held in its memory", arguments: Emptying.allCases)
    func wipe(_ emptying: Emptying) {
        var buffer = filled(String(repeating: "secret", count: 100))
        let capacity = buffer.capacity
        switch emptying {
        case .nothing: break
        case .consumed: buffer.consume(600)
        case .consumedInPart: buffer.consume(100)
        case .truncated: buffer.truncate(to: 10)
        case .reset: buffer.reset(keeping: capacity)
        case .moved:
            buffer.consume(400)
            buffer.reserve(600)
        }
        buffer.wipe()
        #expect(text(of: buffer) == "")
        var seen = -1
        _ = unsafe buffer.appendFromSystemCall(capacity: capacity) { room in
            seen = unsafe room.prefix(600).count { $0 != 0 }
            return 0
        }
        let after = buffer.capacity
        #expect(after == capacity, "wiping keeps the memory, so that what was seen is what was wiped")
        #expect(seen == 0)
        buffer.append("next")
        #expect(text(of: buffer) == "next")
    }

    @Test("what was consumed or dropped can be wiped by itself, and what is left stays")
    func wipeConsumed() {
        var buffer = filled(String(repeating: "secret", count: 100) + "kept" + "dropped")
        buffer.truncate(to: 604)
        buffer.consume(600)
        buffer.wipeConsumed()
        #expect(text(of: buffer) == "kept")
        buffer.append("!")
        #expect(text(of: buffer) == "kept!")
        buffer.consume(5)
        buffer.wipeConsumed()
        let capacity = buffer.capacity
        var seen = -1
        _ = unsafe buffer.appendFromSystemCall(capacity: capacity) { room in
            seen = unsafe room.prefix(611).count { $0 != 0 }
            return 0
        }
        #expect(seen == 0)
    }

    @Test("wiping a new buffer is harmless")
    func wipeNew() {
        var buffer = ByteBuffer()
        buffer.wipeConsumed()
        buffer.wipe()
        #expect(text(of: buffer) == "")
    }
}
