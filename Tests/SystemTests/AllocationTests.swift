// What a lookup costs in allocations once the daemon has warmed up: none, whatever it finds and however it is asked.

import Foundation
import Testing

@Suite("Allocations", .serialized)
struct AllocationTests {
    /// A way of asking.
    struct Way: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// Before and after the token.
        let head: String
        let tail: String
        var connections = 1
        var pipeline = 1

        static let plain = #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":""#
        static let general = #"{ "id": "a", "jsonrpc": "2.0", "method": "session.lookup", "params": { "token": ""#
    }

    /// What a token is the token of.
    enum Subject: CaseIterable {
        case alive
        case unknown
        case impossible
        case revoked
        case replaced
    }

    private static let ways = [
        Way(testDescription: "as clients write it", head: Way.plain, tail: #""}}"#),
        Way(testDescription: "with white space and members in another order", head: Way.general, tail: #"" } }"#),
        Way(testDescription: "without touching", head: Way.general, tail: #"", "touch": false } }"#),
        Way(testDescription: "in a batch", head: "[\(Way.plain)", tail: #""}}]"#),
        Way(testDescription: "sixteen at once", head: Way.plain, tail: #""}}"#, pipeline: 16),
        Way(testDescription: "over twenty connections", head: Way.plain, tail: #""}}"#, connections: 20, pipeline: 2),
    ]
    private let counter: AllocationCounter

    init() async throws { counter = try await AllocationCounter() }

    @Test("a lookup allocates nothing, whatever it finds", arguments: ways, SocketRole.callers)
    func lookup(_ way: Way, as role: SocketRole) async throws {
        let daemon = try await DaemonUnderTest([.application, .reader], through: counter.through)
        let sockets = try (0..<way.connections).map { _ in try LoadSocket(to: daemon.socket(role)) }
        var requests: [Subject: [String]] = [:]
        for subject in Subject.allCases {
            requests[subject] = try await tokens(subject, of: daemon).map { "\(way.head)\($0)\(way.tail)\n" }
        }
        // Within a second the daemon has noticed the new sessions and callers, and buffers have grown to the longest answers.
        try ask(requests[.alive] ?? [], over: sockets, pipeline: way.pipeline, for: .milliseconds(1200))

        let rounds = 4000 / way.connections / way.pipeline
        for (subject, requests) in requests {
            try ask(requests, over: sockets, pipeline: way.pipeline, rounds: rounds / 8)
            let told = try allocations(in: daemon) {
                try ask(requests, over: sockets, pipeline: way.pipeline, rounds: rounds)
            }
            #expect(told == nil, "4000 lookups of \(subject) tokens")
        }
    }

    @Test("nor does a second that passes meanwhile")
    func tick() async throws {
        let daemon = try await DaemonUnderTest(through: counter.through)
        let requests = try await tokens(.alive, of: daemon).map { "\(Way.plain)\($0)\"}}\n" }
        let sockets = [try LoadSocket(to: daemon.socket)]
        try ask(requests, over: sockets, pipeline: 1, for: .milliseconds(1200))
        let told = try allocations(in: daemon) {
            try ask(requests, over: sockets, pipeline: 1, for: .milliseconds(1200))
        }
        #expect(told == nil)
    }

    @Test("what does allocate is counted")
    func counts() async throws {
        let daemon = try await DaemonUnderTest(through: counter.through)
        let before = try counter.count
        _ = try await daemon.socket.create()
        #expect(try counter.count > before)
    }

    /// How often the daemon allocates meanwhile, and where it first does; nil when it does not.
    private func allocations(in daemon: DaemonUnderTest, _ body: () throws -> Void) throws -> String? {
        // On a busy machine the daemon comes to a steady state later; what a lookup allocates, it allocates every time.
        var told: String?
        for _ in 1...5 {
            told = try allocationsOnce(in: daemon, body)
            if told == nil { break }
        }
        return told
    }

    private func allocationsOnce(in daemon: DaemonUnderTest, _ body: () throws -> Void) throws -> String? {
        let (before, logged) = (try counter.count, daemon.log.count)
        try counter.tellNext(3)
        try body()
        try counter.tellNext(0)
        let count = try counter.count - before
        return count == 0 ? nil : "\(count) allocations:\n" + "\(daemon.log.dropFirst(logged).prefix(8000))"
    }

    private func ask(_ requests: [String], over sockets: [LoadSocket], pipeline: Int, for time: Duration) throws {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end { try ask(requests, over: sockets, pipeline: pipeline, rounds: 20) }
    }

    /// Sends requests in turn and waits for their answers.
    private func ask(_ requests: [String], over sockets: [LoadSocket], pipeline: Int, rounds: Int) throws {
        var next = 0
        for _ in 0..<rounds {
            for socket in sockets {
                let lines = (0..<pipeline).map { requests[(next + $0) % requests.count] }
                next += pipeline
                socket.send(lines.joined())
            }
            for socket in sockets {
                var count = 0
                while count < pipeline {
                    let answers = try socket.waitForLines()
                    for answer in answers where !answer.contains(#""result":{"session":"#) {
                        throw NoAnswers(description: answer.text)
                    }
                    count += answers.count
                }
            }
        }
    }

    private func tokens(_ subject: Subject, of daemon: DaemonUnderTest) async throws -> [String] {
        let alive = try LoadSocket(to: daemon.socket).tokens(ofCreated: 4, data: ["name": "Ada"])
        switch subject {
        case .alive: return alive
        case .unknown: return alive.map { String($0.reversed()) }
        case .impossible: return ["", "x", String(repeating: "x", count: 600)]
        case .revoked:
            for token in alive {
                let cause: JSON = "the account was closed by its owner"
                try await daemon.socket.call("session.revoke", ["token": .string(token), "cause": cause])
            }
        case .replaced:
            for token in alive {
                try await daemon.socket.call("session.refresh", ["token": .string(token), "rotate": true])
            }
        }
        return alive
    }
}

extension SocketRole {
    /// Those who look up.
    fileprivate static let callers: [SocketRole] = [.application, .reader]
}
