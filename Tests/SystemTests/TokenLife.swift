// Everything that tokens go through in a daemon's life: made, chosen, looked up, rotated, put where they do not belong,
// revoked. It keeps the tokens, and what callers were answered besides new ones.

import Foundation
import TestSupport
import Testing

final class TokenLife {
    let daemon: DaemonUnderTest
    /// All tokens that there were.
    private(set) var tokens: Set<String> = []
    /// All answers, without the tokens that they hand out, and all notifications.
    private(set) var told = ""
    /// Connections that stay.
    private var callers: [LoadSocket] = []
    /// In the data of a session, so that it is in memory and in the files.
    let marker = "marker-\(UInt64.random(in: .min ... .max))"

    /// A daemon with all sockets, whose replaced tokens are not remembered for long, and who may be in a line for ever.
    init() async throws {
        let configuration = """
            rotationGrace = "500ms"
            lineTimeout = "0"
            """
        daemon = try await DaemonUnderTest(SocketRole.allCases, configuration: configuration)
    }

    /// Lives it, up to a revocation of everyone's sessions.
    func live() async throws {
        try ask(.application, [request("session.watch", ["changes": ["created", "touched", "revoked", "rotated"]])])
        let made = try (0..<4).map { _ in try token(in: ask(.application, [create])) }
        let chosen = chosenTokens()
        for token in chosen { try use(token, [("session.put", ["userId": "ann", "data": [:]])]) }
        for token in made + chosen { try lookUp(token) }
        for token in made + chosen {
            try use(
                token,
                [
                    ("session.refresh", [:]), ("session.update", ["data": ["n": 1]]),
                    ("session.update", ["data": [:], "ifVersion": 77]), ("session.put", ["data": [:], "create": true]),
                ]
            )
        }
        try await rotate(made)
        try misuse(made[2])
        try use(
            made[2],
            [("session.revoke", ["cause": "logout"]), ("session.put", ["data": [:]]), ("session.lookup", [:])]
        )
        for token in chosen {
            try ask(.application, [request("session.revoke", ["userId": "ann", "except": .string(token)])])
        }
        for role in SocketRole.allCases {
            try ask(role, ["server.info", "server.stats", "server.metrics", "server.ping"].map { request($0) })
        }
        try ask(.administrator, [request("server.snapshot"), request("session.list", ["userId": "ann"])])
        try ask(.administrator, [request("session.revoke", ["all": true, "cause": "breach"])])
        for caller in callers { caller.receive().forEach { told += $0.text } }
    }

    private var create: String { request("session.create", ["userId": "ann", "data": ["marker": .string(marker)]]) }

    private func chosenTokens() -> [String] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var chosen = [36, 22, 16, 512].map { count in String((0..<count).map { _ in letters.randomElement()! }) }
        // The second can be taken for an id, whose last character has but two bits.
        chosen[1] = chosen[1].dropLast() + "g"
        tokens.formUnion(chosen)
        return chosen
    }

    /// In every form that a line can have.
    private func lookUp(_ token: String) throws {
        let escaped = token.utf8.map { "\\u00" + String($0, radix: 16) }.joined()
        for text in [token, escaped] {
            let call = #""jsonrpc":"2.0","method":"session.lookup","params":{"token":"\#(text)"}"#
            try ask(.application, [#"{"id":1,\#(call)}"#, #" { "id" : 2 , \#(call) }"#, #"[{"id":3,\#(call)}]"#])
            try ask(.reader, [#"{"jsonrpc":"2.0","id":4,"method":"session.lookup","params":{"token":"\#(text)"}}"#])
            // One that is never answered, and one that comes in pieces.
            try ask(.application, ["{\(call)}", request("server.ping")], answers: 1)
            try askInPieces(#"{"id":5,\#(call)}"#)
        }
        // One behind which a long line begins, so that what was read stays.
        let line = request("session.lookup", ["token": .string(token)]) + "\n"
        let caller = try caller(.application)
        caller.send(line + String(repeating: " ", count: 12_000))
        try note(caller.waitForLines())
    }

    private func askInPieces(_ line: String) throws {
        let caller = try caller(.application)
        for piece in [line.prefix(line.count / 2), line.dropFirst(line.count / 2)] {
            caller.send(String(piece))
            // It is read before the rest comes.
            try ask(.reader, [request("server.ping")])
        }
        caller.send("\n")
        try note(caller.waitForLines())
    }

    /// Rotates two of them, one in a race and one by proving who one is, and comes back with one too late.
    private func rotate(_ made: [String]) async throws {
        for (token, parameters): (String, [String: JSON]) in [
            (made[0], ["rotate": true]), (made[1], ["authenticated": true]),
        ] {
            let rotation = request("session.refresh", .object(parameters.merging(["token": .string(token)]) { $1 }))
            let answers = try ask(.application, [rotation, rotation])
            #expect(try self.token(in: answers) == self.token(in: answers.reversed()))
        }
        let theft = try await wait(for: "the end of the grace") { () -> JSON? in
            let found = try await daemon.socket.call("session.lookup", ["token": .string(made[0])])
            return found["reason"] == "rotated" ? found : nil
        }
        told += theft.text
        try use(made[0], [("session.refresh", [:])])
    }

    /// Puts a token where none belongs.
    private func misuse(_ token: String) throws {
        let lines = [
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":"TOKEN"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":'TOKEN'}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":["TOKEN"]}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","token":"TOKEN"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"token":"TOKEN","token":"TOKEN"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":{"tokn":"TOKEN"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.inspect","params":{"id":"TOKEN"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"session.list","params":{"userId":"ann","after":"TOKEN"}}"#,
            #"{"jsonrpc":"TOKEN","id":1,"method":"session.lookup"}"#, "TOKEN", "GET /?session=TOKEN HTTP/1.1",
        ]
        try ask(.application, lines.map { $0.replacing("TOKEN", with: token) })
        // A line that is too long, after which the caller is sent away.
        try ask(.application, [String(repeating: token, count: 3200)], answers: 1)
    }

    private func use(_ token: String, _ calls: [(String, [String: JSON])]) throws {
        let requests = calls.map { method, parameters in
            request(method, .object(parameters.merging(["token": .string(token)]) { $1 }))
        }
        try ask(.application, requests)
    }

    /// Sends lines over a connection that stays, and waits for their answers.
    @discardableResult
    private func ask(_ role: SocketRole, _ lines: [String], answers count: Int? = nil) throws -> [Response] {
        let caller = try caller(role)
        caller.send(lines.map { $0 + "\n" }.joined())
        var answers: [Response] = []
        while answers.count < count ?? lines.count { answers += try caller.waitForLines() }
        if !lines.contains(create), !lines.contains(where: { $0.contains("rotate") || $0.contains("authenticated") }) {
            note(answers)
        }
        return answers
    }

    private func note(_ answers: [Response]) { told += answers.map { $0.text + "\n" }.joined() }

    private func caller(_ role: SocketRole) throws -> LoadSocket {
        let caller = try LoadSocket(to: daemon.socket(role))
        callers.append(caller)
        return caller
    }

    /// The token that an answer hands out.
    private func token(in answers: [Response]) throws -> String {
        let token = try #require(answers.first?.string(after: #""token":""#))
        tokens.insert(token)
        return token
    }
}
