// A directory of a test's own, and waiting for what a writer thread says.

import Foundation
import Testing

@testable import Durability

/// A directory that goes with the test.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/sessiond-tests-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension Writer {
    /// Takes events until one of them ends the wait; a minute is far more than any of this takes.
    func events(until isLast: (WriterEvent) -> Bool) throws -> [WriterEvent] {
        var events: [WriterEvent] = []
        let deadline = Date(timeIntervalSinceNow: 60)
        while !events.contains(where: isLast) {
            var ready = pollfd(fd: eventDescriptor, events: Int16(POLLIN), revents: 0)
            try #require(Date() < deadline, "no such event within a minute: \(events)")
            if unsafe poll(&ready, 1, 1000) > 0 { events += receive() }
        }
        return events
    }
}

extension WriterEvent {
    /// What it is, without what it says.
    var name: String { "\(self)".prefix { $0 != "(" }.description }
}
