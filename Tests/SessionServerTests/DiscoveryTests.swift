// rpc.discover: the document is one that OpenRPC allows, holds what the method table holds, and says so truly of itself.

import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("rpc.discover")
struct DiscoveryTests {
    let document: DiscoveredDocument

    init() throws {
        document = try DiscoveredDocument.usual.get()
    }

    @Test("it is an OpenRPC document of this daemon's version", .rule("→ all of this as an OpenRPC 1.3 document"))
    func info() throws {
        #expect(document.json.names == ["openrpc", "info", "methods", "components", "x-notifications"])
        #expect(document.json["openrpc"]?.string?.hasPrefix("1.3.") == true)
        #expect(document.json["info"]?.names == ["title", "version", "description"])
        #expect(document.json["info"]?["version"] == "1.2.3")
    }

    @Test("it has every method of the table, in its order, and itself")
    func methods() {
        #expect(document.methods.map(\.name) == Method.table.map { "\($0.name)" })
        #expect(document["rpc.discover"] != nil)
        let members: Set = ["name", "summary", "paramStructure", "params", "result", "errors", "x-roles", "x-rules"]
        for method in document.methods {
            #expect(Set(method.json.names).union(["x-rules"]) == members)
            #expect(method.json["paramStructure"] == "by-name")
            #expect(method.json["summary"]?.string?.isEmpty == false)
        }
    }

    @Test(
        "every parameter, rule, role and error is there",
        .rule("each method with its parameters, its result and its errors. Beyond what OpenRPC has words for,"),
        .rule("`exactlyOneOf`, `atMostOneOf`, `allOrNoneOf`, and `onlyWith`")
    )
    func details() throws {
        for method in Method.table {
            let found = try #require(document["\(method.name)"])
            #expect(found.parameters.map(\.name) == method.parameters.map(\.name.rawValue))
            #expect(found.parameters.map(\.isRequired) == method.parameters.map(\.isRequired))
            #expect(found.roles == Set(Role.allCases.filter { method.roles.contains($0) }))
            #expect(found.errors == method.errors.map { Int64($0.rawValue) })
            for (kind, names) in found.rules {
                #expect(["exactlyOneOf", "atMostOneOf", "allOrNoneOf", "onlyWith"].contains(kind))
                for name in names { #expect(found.parameter(name)?.isRequired == false, "\(method.name) \(name)") }
            }
        }
    }

    @Test("what it refers to is there, and its schemas have no word that means nothing")
    func schemas() throws {
        let checker = SchemaChecker(document: document.json)
        let components = try #require(document.json["components"])
        #expect(components["schemas"]?.names == NamedSchema.allCases.map(\.rawValue))
        // The checker names what it does not know, whatever it is given.
        let nothing = JSON.null
        let all = document.methods.flatMap { $0.parameters.map(\.schema) + [$0.result] }
        for schema in all + NamedSchema.allCases.compactMap({ components["schemas"]?[$0.rawValue] }) {
            let faults = checker.faults(of: nothing, under: schema).joined()
            #expect(!faults.contains("not known") && !faults.contains("not there"), "\(faults)")
        }
    }

    @Test("a sample of each parameter is as its schema says, and what is beyond its limits is not")
    func samples() throws {
        let checker = SchemaChecker(document: document.json)
        for parameter in document.methods.flatMap(\.parameters) {
            #expect(checker.faults(of: try JSON(Array(parameter.sample.utf8)), under: parameter.schema) == [])
            if let value = parameter.schema["default"] {
                #expect(checker.faults(of: value, under: parameter.schema) == [])
            }
            for text in parameter.excesses where !parameter.types.contains("object") {
                #expect(checker.faults(of: try JSON(Array(text.utf8)), under: parameter.schema) != [], "\(text)")
            }
        }
    }

    @Test("the codes of errors are those of the errors that are made")
    func errors() throws {
        let errors = try #require(document.json["components"]?["errors"])
        #expect(errors.names == ErrorCode.allCases.map { "\($0)" })
        for code in ErrorCode.allCases {
            #expect(errors["\(code)"]?["code"] == .integer(Int64(code.rawValue)))
            #expect(errors["\(code)"]?["message"] == .string(code.meaning))
        }
        let own: [RPCError] = [
            .invalidRequest(""), .methodNotFound(""), .invalidParameters(""), .internalError(""),
        ]
        #expect(own.map { ErrorCode(rawValue: $0.code) } == ErrorCode.allCases[1...4].map { $0 })
    }

    @Test(
        "notifications stand apart from what can be called",
        .rule("`x-notifications` describes what watchers are told, which is nothing that can be called.")
    )
    func notifications() throws {
        let notifications = try #require(document.json["x-notifications"]).elements
        #expect(notifications.map { $0["name"] } == ["session.changed", "session.resync"])
        for notification in notifications {
            #expect(notification.names == ["name", "summary", "paramStructure", "params"])
            #expect(document[notification["name"]?.string ?? ""] == nil)
        }
    }

    @Test(
        "defaults that the policy sets are those in force",
        .rule("Defaults of `ttl` and `lifetime` are those of the configuration in force.")
    )
    func policy() throws {
        let tested = ServiceUnderTest(policy: Policy(ttl: .seconds(70), lifetime: .seconds(700)))
        let create = try #require(try DiscoveredDocument(of: tested)["session.create"])
        #expect(create.parameter("ttl")?.schema["default"] == 70_000)
        #expect(create.parameter("lifetime")?.schema["default"] == 700_000)
        tested.service.store.policy.ttl = .seconds(80)
        #expect(try DiscoveredDocument(of: tested)["session.create"]?.parameter("ttl")?.schema["default"] == 80_000)
    }

    @Test("the checker finds what is missing, too much, of another type or beyond a limit")
    func checker() throws {
        let schema = try JSON(
            Array(
                #"""
                {"type":"object","properties":{"a":{"type":"integer","minimum":1,"maximum":3},"b":{"type":["string","null"],
                "minLength":1,"maxLength":3,"pattern":"^x"},"c":{"type":"array","items":{"type":"boolean"}}},
                "required":["a"],"additionalProperties":false}
                """#
                .utf8
            )
        )
        func faults(_ text: String) throws -> Int {
            SchemaChecker(document: .null).faults(of: try JSON(Array(text.utf8)), under: schema).count
        }
        for good in [#"{"a":1}"#, #"{"a":3,"b":null}"#, #"{"b":"xy","a":2,"c":[true,false]}"#, #"{"a":1,"c":[]}"#] {
            #expect(try faults(good) == 0, "\(good)")
        }
        for bad in [
            "{}", #"{"a":0}"#, #"{"a":4}"#, #"{"a":1.5}"#, #"{"a":null}"#, #"{"a":1,"d":1}"#, #"{"a":1,"b":"yx"}"#,
            #"{"a":1,"b":"xxxx"}"#, #"{"a":1,"c":[1]}"#, #"{"a":1,"c":{}}"#,
        ] { #expect(try faults(bad) == 1, "\(bad)") }
    }
}
