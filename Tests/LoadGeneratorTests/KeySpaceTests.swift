// Which sessions are asked for, and which are ended.

import JSONRPC
import Testing

@testable import LoadGenerator

@Suite("Key space")
struct KeySpaceTests {
    private let keys = KeySpace(seed: 7)

    private func begin(_ count: Int) {
        for _ in 0..<count { keys.begin(keys.reserve()) }
    }

    private func text(_ number: Int) -> String {
        var output = ByteBuffer()
        keys.write(number, to: &output)
        return output.text(0..<output.count)
    }

    @Test("keys are different, and look like tokens")
    func different() {
        begin(1000)
        let all = Set((0..<1000).map { text($0) })
        #expect(all.count == 1000)
        #expect(all.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9_-]{43}/) != nil })
    }

    @Test("only those that stay are asked for")
    func settled() {
        begin(10)
        keys.settle()
        begin(10)
        let asked = Set((0..<1000).map { _ in keys.anySettled() })
        #expect(asked == Set(0..<10))
    }

    @Test("the oldest is ended first, and each once")
    func oldest() {
        begin(2)
        keys.settle()
        begin(3)
        #expect((0..<4).map { _ in keys.endOldest() } == [2, 3, 4, nil])
    }

    @Test("or the newest, and never one that was ended before")
    func newest() {
        begin(2)
        keys.settle()
        begin(3)
        #expect([keys.endNewest(), keys.endOldest(), keys.endNewest(), keys.endNewest()] == [4, 2, 3, nil])
    }

    @Test("a session that was asked for and has not begun is not ended")
    func unacknowledged() {
        _ = keys.reserve()
        begin(1)
        #expect([keys.endOldest(), keys.endOldest()] == [1, nil])
    }

    @Test("in the end all are ended that have not been")
    func release() {
        begin(2)
        keys.settle()
        begin(3)
        _ = keys.endOldest()
        keys.release()
        #expect(keys.endable == 4)
        #expect((0..<5).map { _ in keys.endOldest() } == [0, 1, 3, 4, nil])
        keys.forget()
        #expect((keys.count, keys.settled, keys.endable) == (0, 0, 0))
    }

    @Test("a key that was forgotten leaves its number to another")
    func forget() {
        begin(2)
        keys.settle()
        let first = text(0)
        begin(2)
        keys.forget()
        #expect(keys.count == 2)
        #expect(text(0) == first)
        #expect(keys.reserve() == 2)
    }
}
