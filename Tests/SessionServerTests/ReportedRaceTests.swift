// The four races that Better Auth's issue 11073 reports of sessions in a key-value store, each of which cannot happen here:
// a user's list is no value of its own that is read, changed and written back.

import Durability
import Glibc
import JSONRPC
import Sessions
import Testing

@testable import SessionServer

@Suite("Races that Better Auth's issue 11073 reports")
struct ReportedRaceTests {
    static let error = SystemError("sync journal-1", code: EIO)

    let server: ConnectionsUnderTest
    var tested: ServiceUnderTest { server.tested }

    init() throws {
        server = try ConnectionsUnderTest()
        server.tested.isDiskFast = false
    }

    private static let login = request("session.create", #"{"userId":"ann"}"#)
    private static let logout = request("session.revoke", #"{"userId":"ann"}"#)

    /// Sends each line on a connection of its own, one after the other, before the disk does anything.
    private func send(_ lines: [String]) throws -> [CallerUnderTest] {
        try lines.map { line in
            let caller = try server.connect(.administrator)
            caller.send(line + "\n")
            server.serve()
            return caller
        }
    }

    /// The only answer of each caller.
    private func answers(of callers: [CallerUnderTest]) throws -> [JSON] {
        server.serve()
        return try callers.map { caller in
            let answers = try caller.answers()
            try #require(answers.count == 1)
            return answers[0]
        }
    }

    /// What the list shows of ann's sessions.
    private func listed() throws -> Set<String> {
        let sessions = try tested.call("session.list", #"{"userId":"ann","limit":1000}"#)["sessions"]?.elements ?? []
        #expect(Set(sessions.compactMap { $0["id"]?.string }).count == sessions.count)
        return Set(sessions.compactMap { $0["id"]?.string })
    }

    private func id(in answer: JSON) throws -> String {
        try #require(answer["result"]?["session"]?["id"]?.string, "\(answer)")
    }

    private func token(in answer: JSON) throws -> String {
        try #require(answer["result"]?["token"]?.string, "\(answer)")
    }

    @Test("of concurrent logins none is lost from the user's list")
    func concurrentLogins() throws {
        let callers = try (0..<50)
            .map { number in
                let caller = try server.connect()
                // Some come by themselves, some pipelined, some in a batch.
                let put = request("session.put", #"{"token":"token-of-caller-\#(number)","userId":"ann","data":{}}"#)
                caller.send(number % 2 == 0 ? "\(Self.login)\n\(put)\n" : "[\(Self.login),\(put)]\n")
                if number % 3 == 0 { server.serve(turns: 1) }
                if number % 10 == 9 { server.work() }
                return caller
            }
        server.serve()
        for _ in 0..<4 { server.work() }
        var ids: Set<String> = []
        for caller in callers {
            let answers = try caller.answers().flatMap { $0.elements.isEmpty ? [$0] : $0.elements }
            #expect(answers.count == 2)
            for answer in answers { ids.insert(try id(in: answer)) }
            #expect(try tested.isAlive(token(in: answers[0])))
        }
        #expect(ids.count == 100)
        #expect(try listed() == ids)
        let logout = try send([Self.logout])
        server.work()
        #expect(try answers(of: logout)[0]["result"]?["revoked"] == 100)
        #expect(try listed() == [])
    }

    @Test("of concurrent logins those that were acknowledged are listed when the commit of the others fails")
    func concurrentLoginsOnASickDisk() throws {
        let first = try send([Self.login])
        let others = try send([Self.login, Self.login])
        server.work()
        server.work(failingWith: Self.error)
        let acknowledged = try answers(of: first)[0]
        #expect(try answers(of: others).allSatisfy { $0["error"]?["code"] == 503 })
        #expect(try listed() == [id(in: acknowledged)])
        #expect(try tested.isAlive(token(in: acknowledged)))
    }

    /// Ways in which a list could come to miss a session, or be missing itself.
    enum Past: String, CaseIterable {
        case none, endedOthers, sweptOthers, revokedOthers, movedFromNobody, movedFromAnotherUser, movedBack, rotated
        case failedLogin
    }

    @Test(
        "revoking all never misses a session because a list is missing, and never says so in vain",
        arguments: Past.allCases
    )
    func missingList(_ past: Past) throws {
        tested.isDiskFast = true
        let chosen = "a-token-of-a-framework"
        func put(_ user: String?) throws {
            let user = user.map { #","userId":"\#($0)""# } ?? ""
            _ = try tested.call("session.put", #"{"token":"\#(chosen)","data":{}\#(user)}"#)
        }
        switch past {
        case .none, .rotated, .failedLogin: try put("ann")
        case .endedOthers, .sweptOthers:
            for _ in 0..<3 { _ = try tested.create(#"{"userId":"ann","ttl":1000}"#) }
            if past == .sweptOthers {
                tested.pass(.seconds(1))
                tested.sweep()
            }
            try put("ann")
            if past == .endedOthers { tested.pass(.seconds(1)) }
        case .revokedOthers:
            for _ in 0..<3 { _ = try tested.create() }
            #expect(try tested.call("session.revoke", #"{"userId":"ann"}"#)["revoked"] == 3)
            try put("ann")
        case .movedFromNobody:
            try put(nil)
            try put("ann")
        case .movedFromAnotherUser:
            try put("bob")
            try put("ann")
        case .movedBack:
            for user in ["ann", "bob", "ann"] { try put(user) }
        }
        var tokens = [chosen, try tested.create().token]
        if past == .rotated {
            let refresh = #"{"token":"\#(tokens[1])","rotate":true}"#
            tokens.append(try #require(try tested.call("session.refresh", refresh)["token"]?.string))
        }
        tested.isDiskFast = false
        if past == .failedLogin {
            let failed = try send([Self.login])
            server.work(failingWith: Self.error)
            #expect(try answers(of: failed)[0]["error"]?["code"] == 503)
        }
        let logout = try send([Self.logout])
        server.work()
        let result = try #require(try answers(of: logout)[0]["result"])
        #expect(result["revoked"] == 2)
        #expect(result["durable"] == .flag(past != .failedLogin))
        for token in tokens { #expect(try tested.lookup(token)["reason"] == "revoked") }
        #expect(try listed() == [])
        #expect(try tested.call("session.revoke", #"{"userId":"ann"}"#)["revoked"] == 0)
    }

    @Test(
        "a refresh that is in flight does not revive the session that is revoked meanwhile",
        arguments: ["", #","rotate":true"#, #","authenticated":true"#, #","data":{"a":1}"#, #","ttl":600000000"#],
        [false, true]
    )
    func inFlightRefresh(_ more: String, _ fails: Bool) throws {
        tested.isDiskFast = true
        let (token, id) = try tested.createNamed()
        tested.isDiskFast = false
        let refresh = request("session.refresh", #"{"token":"\#(token)"\#(more)}"#)
        // The first is on its way to the disk while the user is revoked, the second comes after that, before the answers.
        let callers = try send([refresh, Self.logout, refresh])
        #expect(try callers[0].answers().isEmpty && callers[1].answers().isEmpty)
        server.work(failingWith: fails ? Self.error : nil)
        server.work()
        let answers = try answers(of: callers)
        if fails {
            #expect(answers[0]["error"]?["code"] == 503)
        } else {
            #expect(answers[0]["result"]?["session"]?["id"]?.string == id)
        }
        #expect(answers[1]["result"]?["revoked"] == 1)
        #expect(answers[2]["result"]?["reason"] == "revoked")
        for dead in [token] + answers.compactMap({ $0["result"]?["token"]?.string }) {
            #expect(try tested.lookup(dead)["reason"] == "revoked")
        }
        #expect(try tested.call("session.inspect", #"{"id":"\#(id)"}"#)["reason"] == "revoked")
        #expect(try listed() == [])
    }

    @Test(
        "a login after everything was revoked is alive and listed, even in the same millisecond and the same commit",
        arguments: [#"{"userId":"ann"}"#, #"{"all":true}"#],
        [false, true]
    )
    func loginAfterRevocation(_ scope: String, _ isBatch: Bool) throws {
        let revocation = request("session.revoke", scope)
        let lines = [Self.login, revocation, Self.login, Self.login]
        let results: [JSON]
        if isBatch {
            let callers = try send(["[\(lines.joined(separator: ","))]"])
            server.work()
            results = try answers(of: callers)[0].elements
        } else {
            let callers = try send(lines)
            for _ in 0..<2 { server.work() }
            results = try answers(of: callers)
        }
        try #require(results.count == 4)
        #expect(results[1]["result"]?["revoked"] == 1)
        #expect(results[1]["result"]?["durable"] == true)
        #expect(try tested.lookup(token(in: results[0]))["reason"] == "revoked")
        for login in results[2...] { #expect(try tested.isAlive(token(in: login))) }
        #expect(try listed() == Set(results[2...].map { try id(in: $0) }))
    }

    @Test("a login that follows a revocation whose commit fails is refused, and the next one is alive and listed")
    func loginAfterFailedRevocation() throws {
        let callers = try send([Self.login, Self.logout, Self.login])
        server.work(failingWith: Self.error)
        let answers = try answers(of: callers)
        #expect(answers[0]["error"]?["code"] == 503)
        #expect(answers[1]["result"]?["durable"] == false)
        #expect(answers[2]["error"]?["code"] == 503)
        #expect(try listed() == [])
        tested.service.journal.beginSnapshot(of: tested.service.store, now: tested.now)
        tested.service.journal.proceed(through: tested.service.store) { false }
        while tested.service.journal.health != .working || tested.service.journal.isTakingSnapshot { server.work() }
        tested.isDiskFast = true
        let (token, id) = try tested.createNamed()
        #expect(try tested.isAlive(token))
        #expect(try listed() == [id])
    }
}
