// One race, as a single-threaded daemon can have it: the order in which a use and the end of the same session are carried
// out, on two connections or in one batch, and what the disk has done by then.

import Durability
import Glibc
import JSONRPC
import Sessions
import Testing

@testable import SessionServer

/// What a caller does with a session that somebody else ends.
enum Use: String, CaseIterable {
    case lookup, refresh, rotate, update, put
}

/// How a session is revoked.
enum RevocationBy: String, CaseIterable {
    case token, id, userId, all
}

/// What the user of a session names it by.
enum Name: String, CaseIterable {
    /// The token that it has.
    case current
    /// The token that it had, within the grace.
    case replaced
    /// Its id, where the method takes one; else the token that it has.
    case id
}

/// Which of the two is carried out first.
enum RaceOrder: String, CaseIterable {
    case useFirst, revocationFirst
}

/// What the disk does with the two.
enum DiskInRace: String, CaseIterable {
    /// The first is on the disk before the second is carried out.
    case between
    /// Both wait for the disk, and get there.
    case after
    /// The commit of the first fails while the second waits.
    case failsAfter
    /// The commit of the first fails before the second is carried out.
    case failsBetween
    /// The first is on the disk, the commit of the second fails.
    case failsWithSecond
    /// Both are in one batch, whose commit gets to the disk.
    case batch
    /// Both are in one batch, whose commit fails.
    case failsWithBatch

    var failure: SystemError { SystemError("sync journal-1", code: EIO) }
    var isHealthy: Bool { [.between, .after, .batch].contains(self) }
}

/// A server with one session of ann, which has had another token until a moment ago.
struct Race {
    /// How long the session lives after each use: less than the grace.
    static let ttl = Milliseconds(5000)

    let server: ConnectionsUnderTest
    let id: String
    let current: String
    let replaced: String
    var tested: ServiceUnderTest { server.tested }

    init() throws {
        server = try ConnectionsUnderTest()
        server.tested.service.store.policy = Policy(touchInterval: .zero)
        (replaced, id) = try server.tested.createNamed(#"{"userId":"ann","ttl":\#(Self.ttl.count),"data":{"a":1}}"#)
        let rotation = try server.tested.call("session.refresh", #"{"token":"\#(replaced)","rotate":true}"#)
        current = try #require(rotation["token"]?.string)
        server.tested.pass(.seconds(1))
        server.tested.isDiskFast = false
    }

    /// The line, without its end, by which the session is used.
    func line(_ use: Use, by name: Name) -> String {
        let token = #""token":"\#(name == .replaced ? replaced : current)""#
        return switch use {
        case .lookup: request("session.lookup", "{\(token)}")
        case .refresh: request("session.refresh", "{\(token)}")
        case .rotate: request("session.refresh", #"{\#(token),"rotate":true}"#)
        case .update: request("session.update", #"{\#(name == .id ? #""id":"\#(id)""# : token),"data":{"b":2}}"#)
        case .put: request("session.put", #"{\#(token),"data":{"c":3}}"#)
        }
    }

    /// The line, without its end, that revokes the session.
    func revocation(by: RevocationBy, naming name: Name) -> String {
        let value =
            switch by {
            case .token: #""\#(name == .replaced ? replaced : current)""#
            case .id: #""\#(id)""#
            case .userId: #""ann""#
            case .all: "true"
            }
        return request("session.revoke", #"{"\#(by.rawValue)":\#(value)}"#)
    }

    /// Sends both lines in their order and lets the disk do its part.
    ///
    /// - Returns: The answers, in the same order.
    func run(_ first: String, _ second: String, _ disk: DiskInRace) throws -> [JSON] {
        let one = try server.connect(.administrator)
        if disk == .batch || disk == .failsWithBatch {
            one.send("[\(first),\(second)]\n")
            server.serve()
            server.work(failingWith: disk.isHealthy ? nil : disk.failure)
            server.serve()
            return try #require(try one.answers().first).elements
        }
        let other = try server.connect(.administrator)
        one.send(first + "\n")
        server.serve()
        if [.between, .failsWithSecond, .failsBetween].contains(disk) {
            // Nobody waits for a touch.
            tested.service.journal.commitAll()
            server.work(failingWith: disk == .failsBetween ? disk.failure : nil)
        }
        other.send(second + "\n")
        server.serve()
        server.work(failingWith: disk == .failsAfter || disk == .failsWithSecond ? disk.failure : nil)
        server.work()
        server.serve()
        return try one.answers() + other.answers()
    }

    /// Takes the snapshot that mends the journal after a failure.
    func mend() {
        guard tested.service.journal.health != .working else { return }
        tested.service.journal.beginSnapshot(of: tested.service.store, now: tested.now)
        tested.service.journal.proceed(through: tested.service.store) { false }
        while tested.service.journal.health != .working || tested.service.journal.isTakingSnapshot { server.work() }
    }

    /// Makes sure that nothing finds the session or brings it back: by its id, or by one of these tokens.
    func expectDead(_ tokens: [String], because reasons: Set<String> = ["revoked"]) throws {
        tested.isDiskFast = true
        for token in tokens {
            for (method, more) in [
                ("lookup", ""), ("refresh", ""), ("refresh", #","rotate":true"#),
                ("refresh", #","authenticated":true"#), ("update", #","data":{"d":4}"#),
            ] {
                try expectAbsence(method, #"{"token":"\#(token)"\#(more)}"#, reasons)
            }
        }
        try expectAbsence("inspect", #"{"id":"\#(id)"}"#, reasons)
        try expectAbsence("update", #"{"id":"\#(id)","replace":{}}"#, reasons)
        #expect(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"] == .array([]))
        guard reasons == ["revoked"] else { return }
        for token in tokens {
            for more in ["", #","userId":"ann""#, #","create":true"#, #","update":true"#] {
                let put = #"{"token":"\#(token)","data":{}\#(more)}"#
                #expect(try tested.refusal("session.put", put).code == 410, "put \(more)")
            }
        }
    }

    private func expectAbsence(_ method: String, _ params: String, _ reasons: Set<String>) throws {
        let before = tested.sequence
        let result = try tested.call("session.\(method)", params)
        #expect(result["session"] == .null, "\(method) \(params)")
        #expect(result["token"] == nil, "\(method) \(params)")
        #expect(reasons.contains(result["reason"]?.string ?? ""), "\(method) \(params): \(result)")
        #expect(tested.sequence == before, "\(method) \(params) has changed something")
    }
}

/// Every combination of two choices.
func pairs<One, Other>(_ ones: [One], _ others: [Other]) -> [(One, Other)] {
    ones.flatMap { one in others.map { (one, $0) } }
}
