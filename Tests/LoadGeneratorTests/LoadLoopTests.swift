// The generator against a server that does nothing: what it sends, counts, and takes for a failure.

import Foundation
import TestSupport
import Testing

@testable import LoadGenerator

@Suite("Load loop", .serialized)
struct LoadLoopTests {
    private let interruption: Interruption
    private let keys = KeySpace(seed: 1)

    init() throws {
        interruption = try Interruption()
        for _ in 0..<3 { keys.begin(keys.reserve()) }
        keys.settle()
    }

    private static let session = #"{"jsonrpc":"2.0","id":1,"result":{"session":{"id":"x"}}}"#

    private func loop(_ server: StubServer, connections: Int, pipeline: Int, rate: Int? = nil) throws -> LoadLoop {
        let lookup = Operation.lookup(.sessiond, dataBytes: 8)
        let loop = try LoadLoop([lookup], keys: keys, pipeline: pipeline, rate: rate, interruption: interruption)
        for _ in 0..<connections {
            try loop.add(LoadConnection(to: Endpoint(.sessiond, path: server.path), choices: [0]))
        }
        return loop
    }

    @Test("every request is answered and counted once", arguments: [(1, 1), (7, 1), (1, 16), (5, 100)])
    func counts(_ connections: Int, _ pipeline: Int) throws {
        let server = try StubServer { _ in Self.session }
        let loop = try loop(server, connections: connections, pipeline: pipeline)
        for requests in [1, 1000] {
            let run = try loop.run(RunLimit(requests: requests))
            #expect(run.answers == [requests])
            #expect(run.latencies.count == requests)
            #expect(run.nanoseconds > 0)
        }
    }

    @Test("a run ends when its time is over")
    func time() throws {
        let server = try StubServer { _ in Self.session }
        let begin = ContinuousClock.now
        let run = try loop(server, connections: 2, pipeline: 1).run(RunLimit(nanoseconds: 30_000_000))
        #expect(run.total > 0)
        #expect(ContinuousClock.now - begin >= .milliseconds(30))
    }

    @Test("no more is sent than the rate allows")
    func rate() throws {
        let server = try StubServer { _ in Self.session }
        let run = try loop(server, connections: 4, pipeline: 2, rate: 1000).run(RunLimit(nanoseconds: 100_000_000))
        #expect((1...102).contains(run.total))
    }

    @Test("the token of a new session is kept, and it can be ended")
    func tokens() throws {
        let token = String(repeating: "T", count: KeySpace.width)
        let server = try StubServer { line in
            if line.contains("session.create") {
                return #"{"jsonrpc":"2.0","id":1,"result":{"token":"\#(token)","s":1}}"#
            }
            return line.contains(token) ? #"{"jsonrpc":"2.0","id":1,"result":{"revoked":1,"durable":true}}"# : nil
        }
        let endpoint = Endpoint(.sessiond, path: server.path)
        for operation in [Operation.create(.sessiond, data: "{}", user: "u"), .revoke(.sessiond)] {
            let loop = try LoadLoop([operation], keys: keys, pipeline: 3, interruption: interruption)
            try loop.add(LoadConnection(to: endpoint, choices: [0]))
            #expect(try loop.run(RunLimit(requests: 10)).total == 10)
        }
        #expect(keys.endable == 0)
    }

    @Test("a session that began under a chosen key keeps it")
    func chosen() throws {
        let server = try StubServer { _ in Self.session }
        let put = Operation.put(data: "{}", user: "u", expiresAt: 1)
        let loop = try LoadLoop([put], keys: keys, pipeline: 3, interruption: interruption)
        try loop.add(LoadConnection(to: Endpoint(.sessiond, path: server.path), choices: [0]))
        #expect(try loop.run(RunLimit(requests: 10)).total == 10)
        #expect((keys.count, keys.endable) == (13, 10))
    }

    @Test("answers that are no success make a run fail, with their number and the first of them")
    func failures() throws {
        let server = try StubServer { _ in #"{"jsonrpc":"2.0","id":1,"error":{"code":503,"message":"disk full"}}"# }
        let error = try #require(throws: BenchError.self) {
            try loop(server, connections: 2, pipeline: 1).run(RunLimit(requests: 5))
        }
        #expect(error.kind == .answers)
        #expect(error.message.contains("5 of 5 answers"))
        #expect(error.message.contains("session.lookup") && error.message.contains("disk full"))
    }

    @Test("a server that hangs up is said to be gone")
    func hangUp() throws {
        let server = try StubServer { _ in nil }
        let error = try #require(throws: BenchError.self) {
            try loop(server, connections: 1, pipeline: 1).run(RunLimit(requests: 5))
        }
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("closed the connection"))
    }

    @Test("a run is stopped by Ctrl-C")
    func interrupted() throws {
        let server = try StubServer { _ in Self.session }
        let loop = try loop(server, connections: 1, pipeline: 1)
        loop.meanwhile = { pthread_kill(pthread_self(), SIGINT) }
        let error = try #require(throws: BenchError.self) { try loop.run(RunLimit()) }
        #expect(error.kind == .interrupted)
    }

    @Test("a socket that is not there is named, with what might be done")
    func noSocket() throws {
        let error = try #require(throws: BenchError.self) {
            try LoadConnection(to: Endpoint(.sessiond, path: "/nowhere/sessiond.sock"))
        }
        #expect(error.kind == .unavailable)
        #expect(
            error.message.contains("/nowhere/sessiond.sock") && error.message.contains("is sessiond.socket started?")
        )
        let long = Endpoint(.redis, path: String(repeating: "x", count: 108))
        #expect(throws: BenchError.self) { try LoadConnection(to: long) }
    }
}
