// Callers that ask more than others: a turn answers so much and no more, what is left goes on in turn with the others, and
// nothing of it is lost.

import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Taking turns")
struct FairTurnTests {
    /// What one round answers of a caller at most: what a turn ends with, and the answer that crossed that.
    static let most = ConnectionSet.turnLimit + 70_000

    let server: ConnectionsUnderTest

    init() throws {
        server = try ConnectionsUnderTest()
    }

    private func pings(_ ids: ClosedRange<Int>) -> String { ids.map { ping($0) }.joined() }

    /// The bytes that the daemon has sent.
    private var written: Int64 { server.tested.service.statistics.bytesWritten }

    @Test(
        "who sends a thousand lines at once is answered some at a time, and others meanwhile",
        .rule("Who sends many lines at once is answered some of them at a time, in turn with others.")
    )
    func pipeline() throws {
        let (greedy, good) = (try server.connect(uid: 7), try server.connect(uid: 8))
        greedy.send(pings(1...2500))
        var met = 0
        for id in 1...10 {
            good.send(ping(id))
            server.set.serveReady()
            #expect(try good.answeredIDs().count == id, "it waits for the greedy one")
            if try greedy.answeredIDs().count < 2500 { met += 1 }
        }
        #expect(met > 0, "the greedy one was answered at once: this shows nothing")
        server.serve()
        #expect(try greedy.answeredIDs() == Array(1...2500))
        #expect(!server.isReady)
    }

    @Test("while somebody has more to be answered, the set is ready")
    func ready() throws {
        let greedy = try server.connect()
        greedy.send(pings(1...1500))
        var turns = 0
        while server.isReady {
            server.set.serveReady()
            turns += 1
            try #require(turns < 1000)
        }
        #expect(turns > 1)
        #expect(try greedy.answeredIDs() == Array(1...1500))
        let connection = try #require(server.first)
        let holdsNothing = connection.input.memory == 0 && connection.output.memory == 0
        #expect(holdsNothing)
    }

    @Test("batches count as what they hold: one more line is one more turn")
    func batches() throws {
        let greedy = try server.connect()
        let batch = "[" + (1...100).map { request("server.ping", id: "\($0)") }.joined(separator: ",") + "]\n"
        for _ in 0..<10 { greedy.send(batch) }
        let before = written
        // A turn outside of which nothing is done: four rounds.
        server.set.serveReady()
        #expect(written - before <= Int64(4 * Self.most))
        server.serve()
        #expect(try greedy.answers().count == 10)
    }

    /// A batch of lookups that are answered with 10,000 bytes each.
    private func longBatch(of count: Int = 100) throws -> String {
        let data = #"{"x":"\#(String(repeating: "x", count: 10_000))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let lookup = request("session.lookup", #"{"token":"0123456789abcdef"}"#)
        return "[" + [String](repeating: lookup, count: count).joined(separator: ",") + "]\n"
    }

    @Test(
        "a batch is answered some requests at a time, and others meanwhile",
        .rule("So is a batch: the answer to it can come in parts, and what others ask can come in between.")
    )
    func longBatches() throws {
        let (greedy, good) = (try server.connect(uid: 7), try server.connect(uid: 8))
        greedy.send(try longBatch() + ping(1))
        for id in 1...10 {
            good.send(ping(id))
            let before = written
            server.set.serveReady()
            #expect(try good.answeredIDs().count == id, "it waits for the greedy one")
            #expect(written - before <= Int64(4 * Self.most), "most of it came in one turn")
            greedy.receive()
        }
        #expect(greedy.received.count > 10_000, "nothing was begun")
        #expect(greedy.received.count < 900_000, "it was answered at once: this shows nothing")
        for _ in 0..<100 {
            server.serve()
            greedy.receive()
        }
        let answers = try greedy.answers()
        #expect(answers.count == 2)
        #expect(answers.first?.elements.count == 100)
        #expect(answers.last?["id"]?.integer == 1)
        #expect(!server.isReady)
    }

    @Test("who takes nothing of the answer to a batch has less of it held for it than one turn answers")
    func untakenBatch() throws {
        let greedy = try server.connect(uid: 7)
        greedy.send(try longBatch())
        server.serve(turns: 100)
        let connection = try #require(server.first)
        #expect(connection.unfinished != nil && !connection.output.isEmpty, "this shows nothing")
        let held = connection.output.count
        #expect(held <= Self.most)
        #expect(!server.isReady, "it goes round and round")
    }

    @Test("of what many callers of a uid send at once no more is held than a few of them have sent")
    func manyLongLines() throws {
        let data = #"{"x":"\#(String(repeating: "x", count: 300))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let lookup = request("session.lookup", #"{"token":"0123456789abcdef"}"#)
        let lines = [
            "[" + [String](repeating: lookup, count: 100).joined(separator: ",") + "]\n",
            String(repeating: lookup + "\n", count: 120),
        ]
        let good = try server.connect(uid: 8)
        let greedy = try (0..<120).map { _ in try server.connect(uid: 7) }
        var (unsent, most) = (greedy[...], 0)
        for id in 1...1000 where id == 1 || server.isReady {
            if id % 8 == 1 { good.send(ping(id)) }
            for caller in unsent.prefix(6) { caller.send(lines[unsent.count % 2]) }
            unsent = unsent.dropFirst(6)
            server.set.serveReady()
            most = max(most, server.tested.service.quotas.callers.accounts[7]?.held.memory ?? 0)
        }
        #expect(!server.isReady)
        for caller in greedy {
            caller.receive()
            #expect([1, 120].contains(caller.received.count { $0 == UInt8(ascii: "\n") }))
        }
        #expect(most > ConnectionSet.readSize, "this shows nothing")
        #expect(most < 20 * ConnectionSet.readSize, "much of it was read before the rest was done")
    }

    @Test("a batch whose caller goes is carried out to its end")
    func deserted() throws {
        let greedy = try server.connect(uid: 7)
        let data = #"{"x":"\#(String(repeating: "x", count: 900))"}"#
        let batch = (1...100)
            .map { request("session.put", #"{"token":"0123456789abcdef\#($0)","data":\#(data)}"#, id: "\($0)") }
        greedy.send("[" + batch.joined(separator: ",") + "]\n")
        greedy.close()
        server.serve(turns: 200)
        #expect(server.set.count == 0)
        #expect(server.tested.service.store.sessionCount == 100)
    }

    @Test("a watcher is told nothing in the middle of the answer to its batch")
    func watcherInBatch() throws {
        let watcher = try server.connect(uid: 7)
        watcher.send(request("session.watch", ConnectionsUnderTest.everyKind, id: "0") + "\n" + (try longBatch()))
        for _ in 0..<200 {
            _ = try server.tested.create()
            server.serve(turns: 1)
            watcher.receive()
        }
        let lines = try watcher.answers()
        let place = try #require(lines.firstIndex { !$0.elements.isEmpty })
        #expect(lines[place].elements.count == 100)
        #expect(lines.count > 100, "it was told nothing")
    }

    @Test("who is sent away in the middle of a batch finds the reason in the answer to it")
    func sentAwayInBatch() throws {
        let greedy = try server.connect(uid: 7)
        let batch = try longBatch(of: 60)
        // What is left of the line is more than its uid may have.
        server.tested.service.quotas.limits.memory = 100
        greedy.send(batch)
        server.serve()
        let answer = try #require(try greedy.answers().first)
        #expect(answer.elements.last?["error"]?["code"]?.integer == 429)
        #expect(answer.elements.count > 1)
    }

    @Test("notifications count as what would be answered to them")
    func notifications() throws {
        let data = #"{"x":"\#(String(repeating: "x", count: 20_000))"}"#
        for _ in 0..<10 { _ = try server.tested.create(#"{"userId":"ann","data":\#(data)}"#) }
        let (greedy, good) = (try server.connect(uid: 7), try server.connect(uid: 8))
        let list = #"{"jsonrpc":"2.0","method":"session.list","params":{"userId":"ann"}}"# + "\n"
        greedy.send(String(repeating: list, count: 100) + ping(1))
        good.send(ping(1))
        server.set.serveReady()
        #expect(try good.answeredIDs() == [1])
        #expect(try greedy.answeredIDs() == [], "all were carried out in one turn")
        server.serve(turns: 100)
        #expect(try greedy.answeredIDs() == [1])
        #expect(!server.isReady)
    }

    @Test("patches that come to too much count as the data that they were merged into")
    func refusedPatches() throws {
        let data = #"{"x":"\#(String(repeating: "x", count: 65_000))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let params = #"{"token":"0123456789abcdef","data":{"y":"\#(String(repeating: "y", count: 600))"}}"#
        let (greedy, good) = (try server.connect(uid: 7), try server.connect(uid: 8))
        for id in 1...40 { greedy.send(request("session.update", params, id: "\(id)") + "\n") }
        good.send(ping(1))
        server.set.serveReady()
        #expect(try good.answeredIDs() == [1])
        #expect(try greedy.answers().count < 10, "they were carried out in one turn")
        server.serve(turns: 100)
        #expect(try greedy.answers().map { $0["error"]?["code"]?.integer } == Array(repeating: 413, count: 40))
    }

    @Test(
        "a batch of notifications ends where a batch of requests would",
        .rule("What would be answered to the notifications in it counts.")
    )
    func longBatchOfNotifications() throws {
        let tested = server.tested
        let data = #"{"x":"\#(String(repeating: "x", count: 60_000))"}"#
        _ = try tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let updates = (1...100)
            .map { number in
                let params = #"{"token":"0123456789abcdef","data":{"n":\#(number)}}"#
                return #"{"jsonrpc":"2.0","method":"session.update","params":\#(params)}"#
            }
        let before = tested.sequence
        #expect(tested.bytes(Array(("[" + updates.joined(separator: ",") + "]").utf8)).isEmpty)
        #expect(tested.sequence - before == UInt64((1 << 20) / 60_000 + 1))
    }

    @Test("who has just asked does not wait behind a thousand who are known to wait for their turn")
    func known() throws {
        let data = #"{"x":"\#(String(repeating: "x", count: 2_000))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let lookups = String(repeating: request("session.lookup", #"{"token":"0123456789abcdef"}"#) + "\n", count: 20)
        let good = try server.connect(uid: 8)
        let hostile = try (0..<1100).map { _ in try server.connect(uid: 7) }
        for caller in hostile { caller.send(lookups) }
        for _ in 0..<3 { server.set.serveReady() }
        good.send(ping(1))
        server.set.serveReady()
        #expect(try good.answeredIDs() == [1])
        #expect(server.isReady, "nobody waited any more: this shows nothing")
    }

    @Test("a caller that waits for its turn and hangs up is let go when it has come")
    func hungUp() throws {
        let good = try server.connect(uid: 8)
        var hostile = try (0..<50).map { _ in try server.connect(uid: 7) }
        for caller in hostile { caller.send(pings(1...100)) }
        server.set.serveReady()
        hostile = []
        server.serve(turns: 200)
        #expect(server.set.count == 1)
        #expect(!server.isReady)
        good.send(ping(1))
        server.serve()
        #expect(try good.answeredIDs() == [1])
    }

    @Test("of a uid with many callers that all ask, a round answers some, and others are in it, too")
    func manyCallers() throws {
        let data = #"{"x":"\#(String(repeating: "x", count: 20_000))"}"#
        _ = try server.tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let lookup = request("session.lookup", #"{"token":"0123456789abcdef"}"#) + "\n"
        let hostile = try (0..<200).map { _ in try server.connect(uid: 7) }
        let good = try server.connect(uid: 8)
        for caller in hostile { caller.send(lookup) }
        good.send(ping(1))
        server.set.serveReady()
        #expect(try good.answeredIDs() == [1])
        let answered = try hostile.filter { try !$0.answers().isEmpty }.count
        #expect((1..<100).contains(answered))
        server.serve(turns: 100)
        for caller in hostile { #expect(try caller.answers().count == 1) }
        #expect(!server.isReady)
    }

    @Test("of many uids that have sent much, a round answers as much as of one, and each has its turn")
    func manyUids() throws {
        let hostile = try (100..<140).map { try server.connect(uid: $0) }
        for caller in hostile { caller.send(pings(1...500)) }
        server.set.serveReady()
        let before = written
        // Four rounds.
        server.set.serveReady()
        #expect(written > before)
        #expect(written - before <= Int64(4 * Self.most))
        server.serve(turns: 1000)
        for caller in hostile { #expect(try caller.answeredIDs() == Array(1...500)) }
        #expect(!server.isReady)
    }

    @Test("who is alone is answered without waiting for others")
    func alone() throws {
        let callers = try (0..<200).map { _ in try server.connect() }
        for (id, caller) in callers.enumerated() { caller.send(ping(id)) }
        server.set.serveReady()
        for (id, caller) in callers.enumerated() { #expect(try caller.answeredIDs() == [Int64(id)]) }
    }

    @Test("a caller of another uid that asks nothing slows nobody down, and is answered at once when it does")
    func silent() throws {
        let (other, steady) = (try server.connect(uid: 8), try server.connect(uid: 7))
        let callers = try (0..<60).map { _ in try server.connect(uid: 7) }
        /// In how many rounds all of them are answered once more, with one that finds nobody.
        func rounds() throws -> Int {
            let answered = try callers.map { try $0.answeredIDs().count }
            for caller in callers { caller.send(ping(1)) }
            let before = server.set.roundNumber
            for _ in 0..<20 where try callers.map({ try $0.answeredIDs().count }) != answered.map({ $0 + 1 }) {
                server.set.serveReady()
            }
            #expect(try callers.map { try $0.answeredIDs().count } == answered.map { $0 + 1 })
            return server.set.roundNumber - before
        }
        other.send(ping(1))
        #expect(try rounds() > 2, "they were not held back before: this shows nothing")
        // Nobody else asks for a while.
        for _ in 0..<200 {
            steady.send(ping(1))
            server.set.serveReady()
        }
        #expect(try rounds() == 2)
        for caller in callers { caller.send(pings(1...100)) }
        other.send(ping(2))
        server.set.serveReady()
        #expect(try other.answeredIDs() == [1, 2])
    }

    @Test("a caller that goes while it waits for its turn is carried out and forgotten")
    func gone() throws {
        let greedy = try server.connect()
        let puts = (10_000..<10_500)
            .map { request("session.put", #"{"token":"token-number-\#($0)","data":{}}"#) + "\n" }
        greedy.send(puts.joined())
        server.set.serveReady()
        greedy.close()
        server.serve(turns: 100)
        #expect(server.tested.service.store.sessionCount == 500)
        #expect(server.set.count == 0)
        #expect(!server.isReady)
    }

    @Test("a daemon that stops answers what it has read, in turns")
    func stopping() throws {
        let greedy = try server.connect()
        greedy.send(pings(1...150))
        server.set.serveReady()
        server.set.stopReading()
        server.serve()
        #expect(server.set.isDrained)
        #expect(!server.isReady)
        let answered = try greedy.answeredIDs()
        #expect(answered == Array(1...150).prefix(answered.count).map { Int64($0) })
    }

    @Test(
        "a batch whose answer grows too long is answered to its end, and not carried out after that",
        .rule(
            "When the answer to a batch has come to 1 MiB, the rest of it is not carried out, and answered with 413."
        ),
        .rule("or the answer to a batch")
    )
    func longBatch() throws {
        let tested = server.tested
        let data = #"{"x":"\#(String(repeating: "x", count: 60_000))"}"#
        _ = try tested.call("session.put", #"{"token":"0123456789abcdef","data":\#(data)}"#)
        let lookups = (1...99).map { request("session.lookup", #"{"token":"0123456789abcdef"}"#, id: "\($0)") }
        let create = request("session.create", #"{"userId":"ann"}"#, id: "100")
        let output = tested.bytes(Array(("[" + (lookups + [create]).joined(separator: ",") + "]").utf8))
        #expect(output.count < 1 << 20 + 100_000)
        let answers = try JSON(output).elements
        #expect(answers.map { $0["id"]?.integer } == Array(1...100).map { Int64($0) })
        let found = answers.prefix { $0["result"] != nil }.count
        #expect(found == (1 << 20) / 60_000 + 1)
        for answer in answers.dropFirst(found) {
            #expect(answer["error"]?["code"] == 413)
            #expect(answer["error"]?["data"]?["hint"] != nil)
        }
        #expect(tested.service.store.sessionCount == 1)
    }
}
