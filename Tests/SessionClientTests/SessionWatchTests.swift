// Watching a server that comes and goes: the watch goes on by itself, from where it was.

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import SessionClient

/// What a server was asked.
private final class Asked: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }

    func last() throws -> JSONTree { try JSONTree(parsing: lines.withLock { $0.last ?? "" })["params"] }
}

@Suite("Resumed watches")
struct SessionWatchTests {
    private let path = "/tmp/sessionctl-test.\(UInt64.random(in: .min ... .max))"
    private let asked = Asked()

    private func changed(_ sequence: Int) -> String {
        #"{"jsonrpc":"2.0","method":"session.changed","params":{"seq":\#(sequence),"change":"revoked"}}"#
    }

    /// A daemon that answers `session.watch` so, and then tells these lines.
    private func daemon(
        epoch: String,
        sequence: Int,
        resync: Bool = false,
        then lines: [String] = []
    ) throws -> StubServer {
        try StubServer(at: path) { [asked] line in
            asked.note(line)
            let answer = #"{"id":1,"result":{"epoch":"\#(epoch)","seq":\#(sequence),"resync":\#(resync)}}"#
            return ([answer] + lines).joined(separator: "\n")
        }
    }

    private func isWatching(_ event: SessionWatch.Event?, resync: Bool) -> Bool {
        if case .watching(_, let needed) = event { return needed == resync }
        return false
    }

    private func toldSequence(_ event: SessionWatch.Event?) -> Int64? {
        if case .told(let notification) = event { return notification.message["params"]["seq"].integer }
        return nil
    }

    private func isInterrupted(_ event: SessionWatch.Event?) -> Bool {
        if case .interrupted = event { return true }
        return false
    }

    @Test("after a restart it goes on with the epoch and the number that it saw last")
    func resumption() throws {
        var server: StubServer? = try daemon(epoch: "a", sequence: 10, then: [changed(12)])
        let watch = SessionWatch(at: path, filter: ["userId": "ada"])
        #expect(isWatching(try watch.next(), resync: false))
        #expect(try asked.last() == ["userId": "ada"])
        #expect(toldSequence(try watch.next()) == 12)
        #expect(try watch.next(within: .milliseconds(1)) == nil)

        server = nil
        #expect(server == nil)
        // It finds nobody, once or more often, and says so each time.
        #expect(isInterrupted(try watch.next()))
        #expect(isInterrupted(try watch.next()))
        server = try daemon(epoch: "b", sequence: 15, then: [changed(14)])
        var event = try watch.next()
        while isInterrupted(event) { event = try watch.next() }
        #expect(isWatching(event, resync: false))
        #expect(try asked.last() == ["userId": "ada", "epoch": "a", "since": 12])
        // What was missed has yet to come: only then is it seen.
        #expect(watch.lastSeen?.epoch == "b")
        #expect(watch.lastSeen?.since == 12)
        #expect(toldSequence(try watch.next()) == 14)
        #expect(watch.lastSeen?.since == 14)
        withExtendedLifetime(server) {}
    }

    @Test("when what it missed is not held any more, it says so and begins with the daemon's number")
    func resync() throws {
        let server = try daemon(epoch: "b", sequence: 99, resync: true)
        let watch = SessionWatch(at: path, from: (epoch: "a", since: 3))
        #expect(isWatching(try watch.next(), resync: true))
        #expect(try asked.last() == ["epoch": "a", "since": 3])
        #expect(watch.lastSeen?.since == 99)
        withExtendedLifetime(server) {}
    }

    @Test("changes that were dropped are told, and counted as seen under the epoch that they name")
    func dropped() throws {
        let line = #"{"jsonrpc":"2.0","method":"session.resync","params":{"epoch":"c","seq":40}}"#
        let server = try daemon(epoch: "b", sequence: 1, then: [line])
        let watch = SessionWatch(at: path)
        #expect(isWatching(try watch.next(), resync: false))
        #expect(toldSequence(try watch.next()) == 40)
        #expect(watch.lastSeen?.epoch == "c")
        withExtendedLifetime(server) {}
    }

    @Test("a watch that cannot begin is an error, not a wait")
    func begin() throws {
        #expect(throws: ClientError.self) { try SessionWatch(at: path).next() }
        let server = try StubServer(at: path) { _ in #"{"id":1,"error":{"code":-32602,"message":"no such kind"}}"# }
        let error = #expect(throws: ClientError.self) { try SessionWatch(at: path).next() }
        #expect(error?.kind == .refused(-32602))
        withExtendedLifetime(server) {}
    }
}
