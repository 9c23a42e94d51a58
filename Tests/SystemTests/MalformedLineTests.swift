// Bad input: each malformed line gets its JSON-RPC error, and the connection lives on.

import Foundation
import Testing

@Suite("Malformed lines", .serialized)
struct MalformedLineTests {
    /// A line, the code of its error, and what the error's message must name.
    struct BadLine: Sendable, CustomTestStringConvertible {
        let bytes: Data
        let code: JSON
        let named: String

        init(_ line: String, _ code: JSON, naming named: String = "") {
            self.init(bytes: Data(line.utf8), code, naming: named)
        }

        init(bytes: Data, _ code: JSON, naming named: String = "") {
            self.bytes = bytes
            self.code = code
            self.named = named
        }

        /// A request whose parameters are refused.
        init(_ method: String, with parameters: JSON, _ code: JSON = -32602, naming named: String) {
            self.init(request(method, parameters), code, naming: named)
        }

        var testDescription: String { String(decoding: bytes.prefix(100), as: UTF8.self) }
    }

    @Test("every malformed line gets its error, in order, and the connection lives on")
    func all() async throws {
        let daemon = try await DaemonUnderTest()
        var input = Data()
        for line in Self.notJSON + Self.notRequests + Self.badParameters {
            input += line.bytes + lines(["", request("server.ping", id: "still here")])
        }
        let answers = try await daemon.socket.answers(to: input)
        let expected = Self.notJSON + Self.notRequests + Self.badParameters
        try #require(answers.count == 2 * expected.count)
        for (index, line) in expected.enumerated() {
            let error = answers[2 * index]["error"]
            #expect(error["code"] == line.code, "\(line.testDescription) got \(error)")
            let message = error["message"].string ?? ""
            #expect(line.named.isEmpty || message.contains(line.named), "\(line.testDescription) got \(error)")
            #expect(answers[2 * index]["result"] == .null)
            #expect(answers[2 * index + 1]["id"] == "still here")
        }
        // Every error was counted, and nothing was changed by any of them.
        let stats = try await daemon.socket.call("server.stats")
        #expect(stats["store"]["sequence"] == 0)
        #expect(stats["connections"]["total"].integer == 3)
    }

    static let notJSON: [BadLine] = [
        BadLine("nonsense", -32700),
        BadLine("{", -32700),
        BadLine(#"{"jsonrpc":"2.0","id":1,"method":"server.ping"#, -32700),
        BadLine(#"{"jsonrpc":"2.0","id":1,"method":"server.ping"} x"#, -32700),
        BadLine(#"{"jsonrpc":"2.0","id":1,"id":2,"method":"server.ping"}"#, -32700),
        BadLine(#"{"jsonrpc":"2.0","id":01,"method":"server.ping"}"#, -32700),
        BadLine(#"{'jsonrpc':'2.0','id':1,'method':'server.ping'}"#, -32700),
        BadLine(#"{"jsonrpc":"2.0","id":"\ud800","method":"server.ping"}"#, -32700),
        BadLine(#"[{"jsonrpc":"2.0","id":1,"method":"server.ping"},]"#, -32700),
        BadLine(bytes: Data(#"{"jsonrpc":"2.0","id":""#.utf8) + [0xFF, 0xFE] + Data(#""}"#.utf8), -32700),
        BadLine(bytes: Data([0xEF, 0xBB, 0xBF]) + Data(request("server.ping").utf8), -32700),
        BadLine(bytes: Data([0, 1, 2, 3]), -32700),
        BadLine(String(repeating: "[", count: 65) + String(repeating: "]", count: 65), -32700),
        BadLine(String(repeating: "[", count: 100_000), -32700),
    ]

    static let notRequests: [BadLine] = [
        BadLine("1", -32600),
        BadLine("null", -32600),
        BadLine(#""server.ping""#, -32600),
        BadLine("[]", -32600),
        BadLine("{}", -32600),
        BadLine(#"{"id":1,"method":"server.ping"}"#, -32600, naming: "jsonrpc"),
        BadLine(#"{"jsonrpc":2.0,"id":1,"method":"server.ping"}"#, -32600, naming: "jsonrpc"),
        BadLine(#"{"jsonrpc":"1.0","id":1,"method":"server.ping"}"#, -32600, naming: "jsonrpc"),
        BadLine(#"{"jsonrpc":"2.0","id":[1],"method":"server.ping"}"#, -32600, naming: "id"),
        BadLine(#"{"jsonrpc":"2.0","id":true,"method":"server.ping"}"#, -32600, naming: "id"),
        BadLine(#"{"jsonrpc":"2.0","id":1}"#, -32600, naming: "method"),
        BadLine(#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600, naming: "method"),
        BadLine("[" + repeatElement(request("server.ping"), count: 101).joined(separator: ",") + "]", -32600),
        BadLine(request("session.nonsense"), -32601, naming: "session.nonsense"),
        BadLine(request(""), -32601),
    ]

    static let badParameters: [BadLine] = [
        BadLine("server.ping", with: [1, 2], naming: "object"),
        BadLine("server.ping", with: ["verbose": true], naming: "verbose"),
        BadLine("session.create", with: [:], naming: "userId"),
        BadLine("session.create", with: ["userId": ""], naming: "userId"),
        BadLine("session.create", with: ["userId": 7], naming: "userId"),
        BadLine("session.create", with: ["userId": .string(String(repeating: "u", count: 100_000))], naming: "userId"),
        BadLine("session.create", with: ["userId": "ann", "tll": 1000], naming: "tll"),
        BadLine("session.create", with: ["userId": "ann", "ttl": 0], naming: "ttl"),
        BadLine("session.create", with: ["userId": "ann", "ttl": -1], naming: "ttl"),
        BadLine("session.create", with: ["userId": "ann", "ttl": 1.5], naming: "ttl"),
        BadLine("session.create", with: ["userId": "ann", "ttl": "7d"], naming: "ttl"),
        BadLine("session.create", with: ["userId": "ann", "ttl": .null], naming: "ttl"),
        BadLine("session.create", with: ["userId": "ann", "ttl": 9_007_199_254_740_993], naming: "ttl"),
        BadLine("session.create", with: ["userId": "ann", "lifetime": -1], naming: "lifetime"),
        BadLine("session.create", with: ["userId": "ann", "data": []], naming: "data"),
        BadLine("session.create", with: ["userId": "ann", "data": ["x": long(65_536)]], 413, naming: "data"),
        BadLine("session.create", with: ["userId": "ann", "userAgent": long(100_000)], 413, naming: "userAgent"),
        BadLine("session.put", with: ["token": "too short", "data": [:]], naming: "token"),
        BadLine("session.put", with: ["token": long(513), "data": [:]], naming: "token"),
        BadLine("session.put", with: ["token": "long enough for a token"], naming: "data"),
        BadLine("session.put", with: ["token": long(43), "data": [:], "expiresAt": 1], naming: "expiresAt"),
        BadLine("session.lookup", with: [:], naming: "token"),
        BadLine("session.lookup", with: ["token": long(43), "touch": "yes"], naming: "touch"),
        BadLine("session.update", with: ["token": long(43), "id": .string(id), "data": [:]], naming: "token"),
        BadLine("session.update", with: ["token": long(43)], naming: "data"),
        BadLine("session.update", with: ["id": "short", "data": [:]], naming: "id"),
        BadLine("session.revoke", with: [:], naming: "token"),
        BadLine("session.revoke", with: ["all": false], naming: "all"),
        BadLine("session.revoke", with: ["token": long(43), "except": long(43)], naming: "except"),
        BadLine("session.list", with: ["userId": "ann", "limit": 1001], naming: "limit"),
        BadLine("session.list", with: ["userId": "ann", "after": "nonsense"], naming: "after"),
    ]

    private static let id = String(repeating: "A", count: 22)

    private static func long(_ count: Int) -> JSON { .string(String(repeating: "x", count: count)) }
}
