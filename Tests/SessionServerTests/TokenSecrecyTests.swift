// A token is told once, to whom it was made for, and nowhere else: not in lists, counters or errors, whatever is done with
// it and however badly.

import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Tokens stay secret")
struct TokenSecrecyTests {
    let tested = ServiceUnderTest()

    @Test(
        "no method but create tells a token",
        .rule("A **token** is the secret that the browser holds."),
        .rule("The only time that the token is shown."),
        .rule("no method lists a token")
    )
    func scenario() throws {
        let (token, id) = try tested.createNamed(#"{"userId":"ann","data":{"a":1}}"#)
        let chosen = "a-token-of-their-own-choice"
        var answers = ""
        func send(_ method: String, _ params: String = "{}", as role: Role = .application) {
            answers += tested.text(request(method, params), as: role)
        }
        for secret in [token, chosen] {
            send("session.put", #"{"token":"\#(secret)","userId":"ann","data":{"b":2}}"#)
            send("session.put", #"{"token":"\#(secret)","data":{},"create":true}"#)
            send("session.lookup", #"{"token":"\#(secret)"}"#)
            send("session.lookup", #"{"token":"\#(secret)","touch":true}"#, as: .reader)
            send("session.refresh", #"{"token":"\#(secret)","ttl":1000}"#)
            send("session.refresh", #"{"token":"\#(secret)","ttl":0}"#)
            send("session.update", #"{"token":"\#(secret)","data":{"c":3},"ifVersion":99}"#)
        }
        send("session.inspect", #"{"id":"\#(id)"}"#)
        send("session.list", #"{"userId":"ann"}"#)
        for secret in [token, chosen] {
            send("session.revoke", #"{"token":"\#(secret)","cause":"test"}"#)
            send("session.revoke", #"{"userId":"ann","except":"\#(secret)"}"#)
            send("session.lookup", #"{"token":"\#(secret)"}"#)
            send("session.put", #"{"token":"\#(secret)","data":{}}"#)
        }
        for role in Role.allCases {
            send("server.stats", as: role)
            send("server.info", as: role)
        }
        #expect(answers.count { $0 == "\n" } == 30)
        #expect(!answers.contains(token))
        #expect(!answers.contains(chosen))
    }

    @Test(
        "a token is not echoed by the error of a line that went wrong around it",
        arguments: [
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":"TOKEN"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":"TOKEN}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":'TOKEN'}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":TOKEN}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":["TOKEN"]}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":"TOKEN"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","token":"TOKEN"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":["TOKEN"]}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":"TOKEN","token":"TOKEN"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"tokn":"TOKEN"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":"TOKEN","touch":"TOKEN"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.inspect","params":{"id":"TOKEN"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.list","params":{"userId":"ann","after":"TOKEN"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.put","params":{"token":"TOKEN"}}"#,
            #"{"jsonrpc":"TOKEN","id":1,"method":"session.lookup"}"#, #"["TOKEN"]"#, #""TOKEN""#, "TOKEN",
            "GET /?session=TOKEN HTTP/1.1",
        ]
    )
    func malformed(_ line: String) throws {
        let token = try tested.create().token
        let answer = tested.text(line.replacing("TOKEN", with: token))
        #expect(try JSON(Array(answer.utf8))["error"] != nil || answer.hasPrefix("["), "\(answer)")
        #expect(!answer.contains(token))
    }

    @Test(
        "what is reported for the log and why a caller is sent away have no token in them",
        .rule("and no log shows it")
    )
    func log() throws {
        let server = try ConnectionsUnderTest()
        let token = try server.tested.create().token
        let caller = try server.connect(.administrator)
        caller.send(request("session.revoke", #"{"token":"\#(token)","cause":"logout"}"#) + "\n")
        caller.send(request("session.revoke", #"{"all":true,"cause":"breach"}"#) + "\n")
        server.serve()
        caller.send(Array(repeating: token, count: 3200).joined())
        server.serve()
        #expect(server.expulsions.count == 1)
        #expect(server.tested.reports.count == 1)
        #expect(!"\(server.expulsions) \(server.tested.reports)".contains(token))
        // The revocation's answers and the error for the long line.
        let answers = try caller.answers()
        #expect(answers.count == 3)
        #expect(!String(decoding: caller.received, as: UTF8.self).contains(token))
    }

    @Test(
        "the store keeps the hash of a token and not the token",
        .rule("Only the SHA-256 of a token is kept, in memory")
    )
    func stored() throws {
        let token = try tested.create().token
        let store = tested.service.store.description(now: tested.now)
        #expect(store.contains("tokenHash"))
        #expect(!store.contains(token))
        #expect(!store.contains("\(Array(token.utf8))"))
    }
}

extension SessionStore {
    /// All that a snapshot would hold.
    fileprivate func description(now: Instant) -> String {
        (0..<snapshotPlaces).map { "\(snapshotEntry(at: $0, now: now) as Any)" }.joined()
    }
}
