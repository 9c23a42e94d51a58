// The writer thread and the real disk, in a directory of the test's own.

import Foundation
import Testing

@testable import Durability
@testable import Sessions

/// A directory that goes with the test.
private final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/sessiond-tests-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("The writer thread on a real disk")
struct WriterTests {
    /// Takes events until one of them ends the wait; a minute is far more than any of this takes.
    private func events(of writer: Writer, until isLast: (WriterEvent) -> Bool) throws -> [WriterEvent] {
        var events: [WriterEvent] = []
        let deadline = Date(timeIntervalSinceNow: 60)
        while !events.contains(where: isLast) {
            var ready = pollfd(fd: writer.eventDescriptor, events: Int16(POLLIN), revents: 0)
            try #require(Date() < deadline, "no such event within a minute: \(events)")
            if unsafe poll(&ready, 1, 1000) > 0 { events += writer.receive() }
        }
        return events
    }

    @Test("a snapshot taken in slices, while the store changes, holds each record as the walk met it")
    func slices() throws {
        let directory = try TemporaryDirectory()
        let disk = try FileDisk(path: directory.path)
        let writer = try Writer(disk: disk)
        defer { writer.stop() }
        var store = sampleStore(5000)
        var task = SnapshotTask(of: store, writer: writer, now: noon)
        let before = task.sequence
        task.proceed(through: store, now: noon) { true }
        #expect(!task.isSent)
        // The walk has passed the first record and has not come to the last.
        for number in [1, 4999] as [UInt64] {
            let scope = Revocation.Scope.session(SessionID(high: number, low: ~number))
            let change = Change.revoked(Revocation(scope: scope, at: noon, cause: []))
            store.apply(change, sequence: store.sequence + 1)
        }
        while !task.isSent {
            task.proceed(through: store, now: noon) { false }
            for event in writer.receive() {
                if case .pieceWritten(let bytes) = event { task.pieceWritten(bytes) }
            }
        }
        let finished = try events(of: writer) { if case .snapshotFinished = $0 { true } else { false } }
        let receipt = try #require(finished.receipt)
        let path = "\(directory.path)/\(receipt.name)"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.size] as? Int == receipt.bytes)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let state = try recover(from: disk, policy: Policy(), now: noon)
        #expect(state.report.sessions == 3749)
        #expect(state.report.tombstones == 1251)
        let restored = state.takeStore()
        #expect(restored.sequence > before)
        let (passed, unpassed) = (isLive(1, in: restored), isLive(4999, in: restored))
        #expect(passed)
        #expect(!unpassed)
    }

    private func isLive(_ number: UInt64, in store: borrowing SessionStore) -> Bool {
        if case .live = store.presence(of: SessionID(high: number, low: ~number), now: noon) { true } else { false }
    }

    @Test("answers a ping after what was asked before it")
    func ping() throws {
        let directory = try TemporaryDirectory()
        let writer = try Writer(disk: FileDisk(path: directory.path))
        defer { writer.stop() }
        writer.send(.beginSnapshot)
        writer.send(.appendToSnapshot([1, 2, 3]))
        writer.send(.ping)
        let events = try events(of: writer) { if case .pong = $0 { true } else { false } }
        #expect(events.count == 2)
        if case .pieceWritten(3) = events[0] {} else { Issue.record("expected the piece first: \(events)") }
    }

    @Test("leaves no temporary file behind when it is stopped in the middle of a snapshot")
    func stop() throws {
        let directory = try TemporaryDirectory()
        let writer = try Writer(disk: FileDisk(path: directory.path))
        writer.send(.beginSnapshot)
        writer.send(.appendToSnapshot([1, 2, 3]))
        writer.stop()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test("a state directory belongs to one daemon at a time")
    func lock() throws {
        let directory = try TemporaryDirectory()
        var first: FileDisk? = try FileDisk(path: directory.path)
        #expect(throws: SystemError("lock state directory \(directory.path)", code: EWOULDBLOCK)) {
            _ = try FileDisk(path: directory.path)
        }
        #expect(try first?.list() == [])
        first = nil
        #expect(try FileDisk(path: directory.path).list() == [])
    }

    @Test("a directory that is not there is named in the error")
    func missingDirectory() {
        let error = SystemError("open state directory /nonexistent/sessiond", code: ENOENT)
        #expect(throws: error) { _ = try FileDisk(path: "/nonexistent/sessiond") }
        #expect(error.message == "open state directory /nonexistent/sessiond: No such file or directory")
    }

    @Test("a symbolic link in place of a snapshot is not followed")
    func symbolicLink() throws {
        let directory = try TemporaryDirectory()
        let disk = try FileDisk(path: directory.path)
        let target = "\(directory.path)/elsewhere"
        try Data([1]).write(to: URL(fileURLWithPath: target))
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/snapshot.tmp",
            withDestinationPath: target
        )
        #expect(throws: SystemError("create snapshot.tmp", code: ELOOP)) { _ = try disk.create("snapshot.tmp") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data([1]))
    }
}
