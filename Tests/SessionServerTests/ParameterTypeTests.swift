// Bad parameters, generated from the method table, so that a new method or parameter is tested the moment it is declared:
// what is missing, of another type, unknown or passed by position is refused by name, and changes nothing.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Parameters of the wrong kind")
struct ParameterTypeTests {
    /// The JSON types that each parameter takes, by the protocol, and a word of what is then expected.
    static let types: [String: (taken: Set<String>, expectation: String)] = [
        "token": (["string"], "string"), "userId": (["string"], "string"), "id": (["string"], "session id"),
        "except": (["string"], "session id or a token"), "data": (["object"], "object"),
        "replace": (["object"], "object"), "ttl": (["number"], "integer"), "lifetime": (["number"], "integer"),
        "expiresAt": (["number"], "integer"), "limit": (["number"], "integer"), "ifVersion": (["number"], "integer"),
        "since": (["number"], "integer"), "epoch": (["string", "null"], "string"), "changes": (["array"], "array"),
        "touch": (["true", "false"], "true or false"), "create": (["true", "false"], "true or false"),
        "update": (["true", "false"], "true or false"), "rotate": (["true", "false"], "true or false"),
        "authenticated": (["true", "false"], "true or false"), "all": (["true"], "true"),
        // Null is as good as leaving these out.
        "ip": (["string", "null"], "string"), "userAgent": (["string", "null"], "string"),
        "cause": (["string", "null"], "string"), "after": (["string", "null"], "page before"),
    ]

    /// A value of each JSON type, none of which any parameter takes for another reason.
    static let values = [
        "null": "null", "true": "true", "false": "false", "number": "1", "string": #""1""#, "array": "[]",
        "object": #"{"a":1}"#,
    ]

    /// Good values of the required parameters of each method.
    static let required = [
        "token": #""0123456789abcdef""#, "userId": #""ann""#, "data": "{}", "id": #""AAAAAAAAAAAAAAAAAAAAAA""#,
    ]

    static let methods = Method.table.map { "\($0.name)" }

    static let parameters: [(method: String, parameter: String)] = Method.table.flatMap { method in
        method.parameters.map { ("\(method.name)", $0.name.rawValue) }
    }

    private func method(_ name: String) throws -> Method {
        try #require(Method.table.first { "\($0.name)" == name })
    }

    /// The params of a call with good values for what is required and others as given.
    private func params(of method: Method, with others: [String: String], without left: String? = nil) throws -> String
    {
        var members: [String: String] = [:]
        for parameter in method.parameters where parameter.isRequired {
            let value: String = try #require(
                Self.required[parameter.name.rawValue],
                "a new parameter: add it to this test"
            )
            members[parameter.name.rawValue] = value
        }
        members.merge(others) { $1 }
        if let left { members[left] = nil }
        return "{" + members.map { #""\#($0)":\#($1)"# }.joined(separator: ",") + "}"
    }

    @Test("a required parameter that is missing is named", .rule("-32602 | a parameter is missing"), arguments: methods)
    func missing(_ name: String) throws {
        let method = try method(name)
        for parameter in method.parameters where parameter.isRequired {
            let refused = try ServiceUnderTest()
                .refusal(name, params(of: method, with: [:], without: parameter.name.rawValue), as: .administrator)
            #expect(refused.code == -32602)
            #expect(refused.message == "invalid parameters: \(parameter.name.rawValue): missing")
        }
    }

    @Test("a required parameter is missing too when there are no params at all", arguments: methods)
    func noParams(_ name: String) throws {
        let method = try method(name)
        guard method.parameters.contains(where: \.isRequired) else { return }
        let answer = ServiceUnderTest()
            .text(#"{"jsonrpc":"2.0","id":1,"method":"\#(name)"}"#, as: .administrator)
        let error = try #require(try JSON(Array(answer.utf8))["error"])
        #expect(error["code"] == -32602)
        #expect(error["message"]?.string?.hasSuffix(": missing") == true)
    }

    @Test(
        "a parameter of another JSON type is named, with what was expected",
        .rule("-32602 | a parameter is missing, unknown, or not what is expected, which is said; the message names it"),
        arguments: parameters
    )
    func wrongType(_ name: String, _ parameter: String) throws {
        let types = try #require(Self.types[parameter], "a new parameter: add it to this test")
        let tested = ServiceUnderTest()
        for (type, value) in Self.values where !types.taken.contains(type) {
            let params = try params(of: method(name), with: [parameter: value])
            let refused = try tested.refusal(name, params, as: .administrator)
            #expect(refused.code == -32602, "\(params)")
            #expect(refused.message.hasPrefix("invalid parameters: \(parameter): expected "), "\(refused.message)")
            #expect(refused.message.contains(types.expectation), "\(refused.message)")
        }
    }

    @Test("a parameter of a type that it takes is not refused for its type", arguments: parameters)
    func rightType(_ name: String, _ parameter: String) throws {
        let types = try #require(Self.types[parameter], "a new parameter: add it to this test")
        // Of these the example value is refused as a value.
        guard !["id", "after", "expiresAt"].contains(parameter), (name, parameter) != ("session.put", "token") else {
            return
        }
        let tested = ServiceUnderTest()
        for type in types.taken {
            let params = try params(of: method(name), with: [parameter: Self.values[type] ?? ""])
            let message = try tested.answer(name, params, as: .administrator)["error"]?["message"]?.string
            #expect(message?.contains(" \(parameter): ") != true, "\(params): \(message ?? "")")
        }
    }

    @Test(
        "an unknown parameter is named, and what the method takes is said",
        .rule("So is a parameter that a method does not know, which is named"),
        .rule("a misspelt `ttl` is never ignored"),
        arguments: methods
    )
    func unknown(_ name: String) throws {
        let method = try method(name)
        for misspelt in ["tll", "Token", "user_id", "", "\u{e9}", #"a\nb"#] {
            let tested = ServiceUnderTest()
            let params = try params(of: method, with: [misspelt: "1"])
            let refused = try tested.refusal(name, params, as: .administrator)
            #expect(refused.code == -32602)
            let shown = misspelt.replacing(#"\n"#, with: "\n")
            #expect(refused.message == "invalid parameters: unknown parameter \"\(shown)\"")
            for parameter in method.parameters {
                #expect(refused.hint?.contains(parameter.name.rawValue) == true)
            }
        }
    }

    @Test("an unknown parameter is found among however many", arguments: methods)
    func manyUnknown(_ name: String) throws {
        let others = Dictionary(uniqueKeysWithValues: (0..<500).map { ("unknown\($0)", "\($0)") })
        let refused = try ServiceUnderTest()
            .refusal(name, params(of: method(name), with: others), as: .administrator)
        #expect(refused.code == -32602)
        #expect(refused.message.hasPrefix("invalid parameters: unknown parameter \"unknown"))
    }

    @Test(
        "parameters by position are refused",
        .rule("Every method takes an object"),
        .rule("Parameters are passed by name, as an object: an array of them is answered with -32602."),
        arguments: methods,
        ["[]", "[1]", #"["0123456789abcdef",{}]"#]
    )
    func positional(_ name: String, _ params: String) throws {
        let refused = try ServiceUnderTest().refusal(name, params, as: .administrator)
        #expect(refused.code == -32602)
        #expect(refused.message.contains("by name"))
    }

    @Test("params that are neither an object nor an array make no request", arguments: ["null", "1", #""x""#, "true"])
    func notParams(_ params: String) throws {
        for name in Self.methods {
            #expect(try ServiceUnderTest().refusal(name, params, as: .administrator).code == -32600)
        }
    }
}
