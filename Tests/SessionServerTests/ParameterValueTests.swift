// Parameters of the right type with values that make no sense: each is refused with -32602, by name and with what would
// do, and changes nothing.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Parameters with bad values")
struct ParameterValueTests {
    /// A service with one session under a known token.
    private func withSession() throws -> ServiceUnderTest {
        let tested = ServiceUnderTest()
        _ = try tested.call("session.put", #"{"token":"\#(Self.token)","userId":"ann","data":{"a":1}}"#)
        return tested
    }

    static let token = "0123456789abcdef"

    private func expectRefusal(_ method: String, _ params: String, _ parameter: String, _ expected: String) throws {
        let refused = try withSession().refusal(method, params, as: .administrator)
        #expect(refused.code == -32602)
        #expect(refused.message == "invalid parameters: \(parameter): expected \(expected)", "\(params.prefix(100))")
    }

    static let badIntegers = [
        "-1", "-9223372036854775808", "9007199254740992", "9007199254740993", "9223372036854775808", "1e400",
        "99999999999999999999999999", "1.5", "1000.0", "1e3", "-0.0",
    ]

    @Test(
        "a length of time is a whole number of milliseconds of at most 100 years",
        .rule("A **duration** is an integer: milliseconds."),
        .rule("Integers are written without fraction or exponent."),
        arguments: badIntegers + ["3155760000001"]
    )
    func durations(_ value: String) throws {
        for (method, parameter, least) in [
            ("session.create", "ttl", 1), ("session.create", "lifetime", 0), ("session.put", "ttl", 1),
            ("session.refresh", "ttl", 1),
        ] {
            let required = method == "session.create" ? #""userId":"ann""# : #""token":"\#(Self.token)""#
            let data = method == "session.put" ? #","data":{}"# : ""
            let params = #"{\#(required),"\#(parameter)":\#(value)\#(data)}"#
            try expectRefusal(method, params, parameter, "an integer from \(least) to 3155760000000 (milliseconds)")
        }
    }

    @Test("a ttl of zero is none", arguments: ["session.create", "session.put", "session.refresh"])
    func zero(_ method: String) throws {
        let required = method == "session.create" ? #""userId":"ann""# : #""token":"\#(Self.token)""#
        let data = method == "session.put" ? #","data":{}"# : ""
        let params = #"{\#(required),"ttl":0\#(data)}"#
        try expectRefusal(method, params, "ttl", "an integer from 1 to 3155760000000 (milliseconds)")
    }

    @Test("the longest and the shortest lengths of time are taken", arguments: [1, 3_155_760_000_000])
    func extremes(_ ttl: Int64) throws {
        let tested = try withSession()
        _ = try tested.call("session.create", #"{"userId":"ann","ttl":\#(ttl),"lifetime":\#(ttl)}"#)
        let result = try tested.call("session.refresh", #"{"token":"\#(Self.token)","ttl":\#(ttl)}"#)
        #expect(result["session"]?["id"] != nil)
    }

    @Test(
        "an instant is a whole number of milliseconds below 2^53",
        .rule("An **instant** is an integer: milliseconds"),
        arguments: badIntegers + ["0"]
    )
    func instants(_ value: String) throws {
        let expected = "an integer from 1 to 9007199254740991 (milliseconds since 1970)"
        let params = #"{"token":"\#(Self.token)","expiresAt":\#(value)}"#
        try expectRefusal("session.refresh", params, "expiresAt", expected)
        let put = #"{"token":"\#(Self.token)","data":{},"expiresAt":\#(value)}"#
        try expectRefusal("session.put", put, "expiresAt", expected)
    }

    @Test("an end is after now", arguments: ["1", "1699999999999", "1700000000000"])
    func past(_ value: String) throws {
        let expected = "an instant after now (1700000000000)"
        try expectRefusal(
            "session.refresh",
            #"{"token":"\#(Self.token)","expiresAt":\#(value)}"#,
            "expiresAt",
            expected
        )
        // Whether or not there is such a session.
        try expectRefusal("session.refresh", #"{"token":"x","expiresAt":\#(value)}"#, "expiresAt", expected)
        let put = #"{"token":"\#(Self.token)","data":{},"expiresAt":\#(value)}"#
        try expectRefusal("session.put", put, "expiresAt", expected)
    }

    @Test("the last instant there is can be an end")
    func distantFuture() throws {
        let tested = ServiceUnderTest(policy: Policy(lifetime: .zero))
        let params = #"{"token":"\#(Self.token)","data":{},"expiresAt":9007199254740991}"#
        #expect(try tested.call("session.put", params)["session"]?["expiresAt"] == 9_007_199_254_740_991)
    }

    @Test(
        "a limit is a whole number from 1 to 1000",
        .rule("`limit`? (1 to 1000; 100)"),
        arguments: badIntegers + ["0", "1001"]
    )
    func limits(_ value: String) throws {
        try expectRefusal("session.list", #"{"userId":"ann","limit":\#(value)}"#, "limit", "an integer from 1 to 1000")
    }

    @Test("a version is a whole number from 1 on", arguments: badIntegers + ["0", "4294967296"])
    func versions(_ value: String) throws {
        let params = #"{"token":"\#(Self.token)","data":{},"ifVersion":\#(value)}"#
        try expectRefusal("session.update", params, "ifVersion", "an integer from 1 to 4294967295")
    }

    @Test("a user id has 1 to 255 bytes", arguments: [0, 256, 100_000])
    func userIDs(_ length: Int) throws {
        let user = #""userId":"\#(String(repeating: "u", count: length))""#
        for (method, more) in [
            ("session.create", ""), ("session.list", ""), ("session.revoke", ""),
            ("session.put", #","token":"\#(Self.token)","data":{}"#),
        ] {
            try expectRefusal(method, "{\(user)\(more)}", "userId", "a string of 1 to 255 bytes")
        }
    }

    @Test("a user id is measured in bytes, not in letters")
    func wideUserID() throws {
        let params = #"{"userId":"\#(String(repeating: "\u{e9}", count: 128))"}"#
        try expectRefusal("session.create", params, "userId", "a string of 1 to 255 bytes")
    }

    @Test("a chosen token has 16 to 512 bytes", arguments: [0, 1, 15, 513, 4096])
    func tokens(_ length: Int) throws {
        let params = #"{"token":"\#(String(repeating: "t", count: length))","data":{}}"#
        try expectRefusal("session.put", params, "token", "a string of 16 to 512 bytes")
    }

    @Test(
        "an id is 22 characters of base64url that stand for 16 bytes",
        arguments: [
            "", "A", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB",
            "AAAAAAAAAAAAAAAAAAAA==",
            "AAAAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAAAAAAA/", "AAAAAAAAAAAAAAAAAAAA\u{e9}", "                      ",
            #"AAAAAAAAAAAAAAAAAAAAA\u0000"#,
        ]
    )
    func ids(_ id: String) throws {
        for (method, more) in [("session.inspect", ""), ("session.update", #","data":{}"#), ("session.revoke", "")] {
            let params = #"{"id":"\#(id)"\#(more)}"#
            try expectRefusal(method, params, "id", "a session id of 22 characters of base64url")
        }
    }

    @Test("all can only be true")
    func all() throws {
        try expectRefusal("session.revoke", #"{"all":false}"#, "all", "true")
    }

    @Test(
        "a page begins behind what a page before it said",
        arguments: [
            "", ".", "1", "1.", ".AAAAAAAAAAAAAAAAAAAAAA", "1.AAAAAAAAAAAAAAAAAAAAA", "1.AAAAAAAAAAAAAAAAAAAAAB",
            "1.5.AAAAAAAAAAAAAAAAAAAAAA", " 1.AAAAAAAAAAAAAAAAAAAAAA", "x.AAAAAAAAAAAAAAAAAAAAAA",
            "+1.AAAAAAAAAAAAAAAAAAAAAA", "-1.AAAAAAAAAAAAAAAAAAAAAA",
            "9007199254740992.AAAAAAAAAAAAAAAAAAAAAA", "99999999999999999999.AAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAA", "\u{661}.AAAAAAAAAAAAAAAAAAAAAA",
        ]
    )
    func cursors(_ cursor: String) throws {
        let params = #"{"userId":"ann","after":"\#(cursor)"}"#
        try expectRefusal("session.list", params, "after", "the value of next from the page before")
    }
}
