// The method table against the protocol: which methods there are, what each one takes, and who may call it. The rows
// are the protocol's own, so that neither can change without the other.

import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("The method table")
struct MethodTableTests {
    /// A row of the protocol's table: required parameters have an exclamation mark.
    struct Row: Sendable, CustomTestStringConvertible {
        let method: String
        let parameters: String
        let roles: Set<Role>
        /// Parameters with which every role that may call the method is answered.
        let sample: String
        var testDescription: String { method }
    }

    static let rows = [
        Row(
            method: "session.lookup",
            parameters: "token! touch",
            roles: [.application, .reader, .administrator],
            sample: #"{"token":"x"}"#
        ),
        Row(
            method: "session.refresh",
            parameters: "token! ttl expiresAt data rotate authenticated",
            roles: [.application, .administrator],
            sample: #"{"token":"x"}"#
        ),
        Row(
            method: "session.create",
            parameters: "userId! data ttl lifetime ip userAgent",
            roles: [.application, .administrator],
            sample: #"{"userId":"ann"}"#
        ),
        Row(
            method: "session.put",
            parameters: "token! userId data! ttl expiresAt create update",
            roles: [.application, .administrator],
            sample: #"{"token":"0123456789abcdef","data":{}}"#
        ),
        Row(
            method: "session.update",
            parameters: "token id data replace ifVersion",
            roles: [.application, .administrator],
            sample: #"{"token":"x","data":{}}"#
        ),
        Row(
            method: "session.revoke",
            parameters: "token id userId except all cause",
            roles: [.application, .administrator],
            sample: #"{"userId":"ann"}"#
        ),
        Row(
            method: "session.inspect",
            parameters: "id!",
            roles: [.application, .administrator],
            sample: #"{"id":"AAAAAAAAAAAAAAAAAAAAAA"}"#
        ),
        Row(
            method: "session.list",
            parameters: "userId! limit after",
            roles: [.application, .administrator],
            sample: #"{"userId":"ann"}"#
        ),
        Row(
            method: "session.watch",
            parameters: "since epoch userId changes",
            roles: [.application, .reader, .administrator],
            sample: "{}"
        ),
        Row(method: "session.unwatch", parameters: "", roles: [.application, .reader, .administrator], sample: "{}"),
        Row(method: "server.ping", parameters: "", roles: [.application, .reader, .administrator], sample: "{}"),
        Row(method: "server.info", parameters: "", roles: [.application, .reader, .administrator], sample: "{}"),
        Row(method: "server.stats", parameters: "", roles: [.application, .administrator], sample: "{}"),
        Row(method: "server.metrics", parameters: "", roles: [.application, .administrator], sample: "{}"),
        Row(method: "server.snapshot", parameters: "", roles: [.administrator], sample: "{}"),
        Row(method: "rpc.discover", parameters: "", roles: [.application, .administrator], sample: "{}"),
    ]

    @Test("the table holds the protocol's methods and no others")
    func names() {
        #expect(Set(Method.table.map { "\($0.name)" }) == Set(Self.rows.map(\.method)))
        #expect(Method.table.count == Self.rows.count)
    }

    @Test(
        "each method takes what the protocol says that it takes",
        .rule("A `?` marks what may be left out."),
        .rule("`data`?, `ttl`?, `lifetime`?"),
        .rule("`data`, `userId`?, `ttl`? or `expiresAt`?, `create`? (false), `update`? (false)"),
        .rule("`token`, `rotate`? (false), `authenticated`? (false), `ttl`? or `expiresAt`?, `data`? (merge patch)"),
        arguments: rows
    )
    func parameters(_ row: Row) throws {
        let method = try #require(Method.table.first { "\($0.name)" == row.method })
        let parameters = method.parameters.map { $0.name.rawValue + ($0.isRequired ? "!" : "") }
        #expect(Set(parameters) == Set(row.parameters.split(separator: " ").map { String($0) }))
        #expect(parameters.count <= Request.parameterLimit, "a call with all parameters has to fit")
    }

    @Test(
        "each role may call what the protocol lets it call, and nothing else",
        .rule("What a caller may not do is answered with 403."),
        .rule("everything but `session.revoke` with `all`, and `server.snapshot`"),
        .rule(
            "`session.lookup`, which never touches there, `session.watch`, `session.unwatch`, `server.ping`, `server.info`"
        ),
        .rule("403 | this socket may not call this method"),
        arguments: rows,
        Role.allCases
    )
    func roles(_ row: Row, _ role: Role) throws {
        let tested = ServiceUnderTest()
        tested.snapshot = .written(SnapshotSummary(path: "/s", sessions: 0, bytes: 1, took: .zero))
        guard !row.roles.contains(role) else {
            _ = try tested.call(row.method, row.sample, as: role)
            return
        }
        let refused = try tested.refusal(row.method, row.sample, as: role)
        #expect(refused.code == 403)
        #expect(refused.message == "forbidden: \(row.method) is not for the \(role.rawValue) socket")
        #expect(refused.hint != nil)
    }

    @Test(
        "each method returns an object",
        .rule("Every method takes an object and returns an object."),
        arguments: rows
    )
    func results(_ row: Row) throws {
        let tested = ServiceUnderTest()
        tested.snapshot = .written(SnapshotSummary(path: "/s", sessions: 0, bytes: 1, took: .zero))
        guard case .object = try tested.call(row.method, row.sample, as: .administrator) else {
            Issue.record("\(row.method) returns something else")
            return
        }
    }

    @Test("who may not call a method is not told what it takes", arguments: rows)
    func rolesComeFirst(_ row: Row) throws {
        let tested = ServiceUnderTest()
        for role in Role.allCases where !row.roles.contains(role) {
            #expect(try tested.refusal(row.method, #"{"bogus":1}"#, as: role).code == 403)
        }
    }

    @Test(
        "a method that does not exist is said not to be found",
        .rule("-32601 | there is no such method"),
        arguments: ["session.follow", "rpc.disco", "Session.lookup", "session.lookup ", "session", ""]
    )
    func unknownMethod(_ name: String) throws {
        let refused = try ServiceUnderTest().refusal(name)
        #expect(refused.code == -32601)
        #expect(refused.message == "method not found: \(name)")
        #expect(refused.hint != nil)
    }

    @Test("a method's name may be written with escapes")
    func escapedName() throws {
        #expect(try ServiceUnderTest().call(#"server\u002eping"#)["pong"] == true)
    }

    @Test("the name of a method that is not found is cut off, and stays text")
    func longName() throws {
        let refused = try ServiceUnderTest().refusal("x" + String(repeating: "é", count: 1000))
        #expect(refused.code == -32601)
        #expect(refused.message.utf8.count < 100)
    }
}
