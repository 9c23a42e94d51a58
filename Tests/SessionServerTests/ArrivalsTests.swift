// What several callers have sent is read before any of it is answered, and lookups are recognised then. Nobody can tell:
// everything is answered in its order, and finds what the lines before it have left.

import Durability
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Reading ahead")
struct ArrivalsTests {
    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest(sync: .everysec)
    }

    private func lookup(_ token: String, id: Int = 1) -> String {
        request("session.lookup", #"{"token":"\#(token)"}"#, id: "\(id)") + "\n"
    }

    private func revoke(_ token: String, id: Int = 1) -> String {
        request("session.revoke", #"{"token":"\#(token)"}"#, id: "\(id)") + "\n"
    }

    @Test("a lookup that was read before a revocation was carried out finds the session revoked")
    func revokedMeanwhile() throws {
        let token = try server.tested.create().token
        let callers = try (0..<3).map { _ in try server.connect() }
        callers[0].send(lookup(token))
        callers[1].send(revoke(token))
        callers[2].send(lookup(token))
        server.set.serveReady()
        #expect(try callers[0].answers().first?["result"]?["session"]?["id"] != nil)
        #expect(try callers[2].answers().first?["result"]?["reason"]?.string == "revoked")
        // It waits for the disk.
        #expect(try callers[1].answers().isEmpty)
        server.work()
        #expect(try callers[1].answers().first?["result"]?["revoked"]?.integer == 1)
    }

    @Test("in one caller's lines, what comes behind a change is answered after it")
    func order() throws {
        let token = try server.tested.create().token
        let caller = try server.connect()
        let lookups = (1...5).map { lookup(token, id: $0) }.joined()
        caller.send(lookups + revoke(token, id: 6) + lookup(token, id: 7) + ping(8))
        server.serve()
        #expect(try caller.answeredIDs() == Array(1...8))
        let reasons = try caller.answers().map { $0["result"]?["reason"]?.string }
        #expect(reasons == [nil, nil, nil, nil, nil, nil, "revoked", nil])
    }

    @Test(
        "lines of all sorts are answered in their order, however many there are and wherever reads cut them",
        arguments: [1, 7, 15, 16, 17, 33, 64, 200]
    )
    func mixture(_ count: Int) throws {
        let token = try server.tested.create().token
        let seed = UInt64(count)
        var random = SplitMix64(seed: seed)
        let lines = (1...count)
            .map { id -> String in
                switch Int.random(in: 0..<10, using: &random) {
                case 0: return ping(id)
                case 1: return lookup(String(repeating: "x", count: 600), id: id)
                case 2: return lookup(token, id: id).dropLast() + "\r\n"
                default: return lookup(token, id: id)
                }
            }
        let bytes = Array(lines.joined().utf8)
        let caller = try server.connect()
        var sent = 0
        while sent < bytes.count {
            let piece = min(Int.random(in: 1...3000, using: &random), bytes.count - sent)
            caller.send(bytes[sent..<sent + piece])
            sent += piece
            server.serve(turns: Int.random(in: 0...2, using: &random))
            caller.receive()
        }
        server.serve(turns: 50)
        #expect(try caller.answeredIDs() == Array(1...Int64(count)), "seed \(seed)")
        #expect(!server.isReady)
    }

    @Test("more callers than are read at a time are all answered in one turn")
    func many() throws {
        let token = try server.tested.create().token
        let callers = try (0..<SessionStore.prefetchLimit * 3 + 1).map { _ in try server.connect() }
        for (id, caller) in callers.enumerated() { caller.send(lookup(token, id: id)) }
        server.set.serveReady()
        for (id, caller) in callers.enumerated() { #expect(try caller.answeredIDs() == [Int64(id)]) }
    }

    @Test("what was read of a caller whose part of the round is over is answered in the next")
    func deferred() throws {
        let data = #"{"x":"\#(String(repeating: "x", count: 60_000))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let hostile = try (0..<SessionStore.prefetchLimit).map { _ in try server.connect(uid: 7) }
        let good = try server.connect(uid: 8)
        for caller in hostile { caller.send(lookup("0123456789abcdef")) }
        good.send(ping(1))
        let before = server.tested.service.statistics.bytesWritten
        server.set.serveReady()
        #expect(try good.answeredIDs() == [1])
        let written = server.tested.service.statistics.bytesWritten - before
        // In each of four rounds, one that crosses its part of the round, and a late one.
        #expect(written <= 4 * 2 * 61_000, "it was answered \(written) bytes at once")
        server.serve(turns: 100)
        for caller in hostile { #expect(try caller.answeredIDs() == [1]) }
        #expect(!server.isReady)
    }
}
