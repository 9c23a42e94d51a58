// What rpc.discover says of parameters and roles is what happens: every method is called with every parameter missing, of
// another type, at and beyond its limits, and with others that it does not go with, as the document alone would have it.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("What rpc.discover says is what happens")
struct DocumentedBehaviourTests {
    static let methods = (try? DiscoveredDocument.usual.get().methods) ?? []

    /// A service on which every method can be called.
    private func service() -> ServiceUnderTest {
        let tested = ServiceUnderTest()
        tested.snapshot = .written(SnapshotSummary(path: "/s", sessions: 0, bytes: 1, took: .zero))
        return tested
    }

    /// The code of the error that a call ends in; nil when it succeeds, or when a session had to be there that is not.
    private func code(_ method: DiscoveredMethod, _ params: String, as role: Role = .administrator) throws -> Int64? {
        let code = try service().answer(method.name, params, as: role)["error"]?["code"]?.integer
        return code == 409 ? nil : code
    }

    @Test("there are methods to be tested")
    func notVacuous() {
        #expect(Self.methods.count == Method.table.count)
        #expect(Self.methods.flatMap(\.parameters).count > 30)
        #expect(Self.methods.flatMap(\.rules).count > 5)
    }

    @Test("a call with what is required is carried out", arguments: methods)
    func required(_ method: DiscoveredMethod) throws {
        #expect(try code(method, method.params()) == nil)
    }

    @Test("each parameter may be given, whichever value of those that are documented", arguments: methods)
    func given(_ method: DiscoveredMethod) throws {
        for parameter in method.parameters {
            var values = [parameter.sample] + parameter.extremes
            if parameter.types.contains("null") { values.append("null") }
            if parameter.types.contains("boolean"), parameter.schema["const"] == nil { values.append("false") }
            for value in values {
                // The least instant is one that is over; that an end lies after now no schema can say.
                if parameter.name == "expiresAt", value == "1" { continue }
                // Null counts as left out, so that what goes with it is left out as well.
                let params = value == "null" ? method.params() : method.params([parameter.name: value])
                let all = value == "null" ? params.withMember(parameter.name, "null") : params
                #expect(try code(method, all) == nil, "\(all.prefix(200))")
            }
        }
    }

    @Test("what is required is missed, and nothing else is", arguments: methods)
    func missing(_ method: DiscoveredMethod) throws {
        for parameter in method.parameters where parameter.isRequired {
            let refused = try service().refusal(method.name, method.params([parameter.name: nil]), as: .administrator)
            #expect(refused.code == -32602)
            #expect(refused.message == "invalid parameters: \(parameter.name): missing")
        }
    }

    @Test("a type that is not documented is refused", arguments: methods)
    func types(_ method: DiscoveredMethod) throws {
        let values = [
            "null": "null", "boolean": "true", "integer": "1", "number": "1.5", "string": #""x""#, "array": "[]",
            "object": "{}",
        ]
        for parameter in method.parameters {
            for (type, value) in values where !parameter.types.contains(type) {
                let refused = try service()
                    .refusal(method.name, method.params([parameter.name: value]), as: .administrator)
                #expect(refused.code == -32602)
                #expect(refused.message.hasPrefix("invalid parameters: \(parameter.name): expected "))
            }
        }
    }

    @Test(
        "what is beyond a limit is refused",
        .rule("`token` (16 to 512 bytes), `data`"),
        .rule("`x-minBytes` and `x-maxBytes` stand in schemas"),
        arguments: methods
    )
    func limits(_ method: DiscoveredMethod) throws {
        for parameter in method.parameters {
            for value in parameter.excesses {
                let refused = try service()
                    .refusal(method.name, method.params([parameter.name: value]), as: .administrator)
                #expect([-32602, 413].contains(refused.code), "\(parameter.name) \(value.prefix(100))")
                #expect(refused.message.contains(" \(parameter.name)"))
            }
        }
    }

    @Test("a parameter that is not documented is refused", arguments: methods)
    func unknown(_ method: DiscoveredMethod) throws {
        let known = Set(method.parameters.map(\.name))
        let all = Set(Self.methods.flatMap(\.parameters).map(\.name))
        for name in all.subtracting(known).union(["ttlx", "Token"]) {
            let refused = try service()
                .refusal(method.name, method.params().withMember(name, "1"), as: .administrator)
            #expect(refused.code == -32602)
            #expect(refused.message == "invalid parameters: unknown parameter \"\(name)\"")
        }
    }

    @Test(
        "what is said of parameters together holds",
        .rule("`x-rules` says which parameters go together"),
        .rule("`exactlyOneOf`, `atMostOneOf`, `allOrNoneOf`, and `onlyWith`, of which the first needs the second"),
        arguments: methods
    )
    func rules(_ method: DiscoveredMethod) throws {
        func expectRefusal(_ given: [String: String?]) throws {
            let refused = try service().refusal(method.name, method.params(given), as: .administrator)
            #expect(refused.code == -32602, "\(given)")
            for name in given.compactMap({ $1 == nil ? nil : $0 }) { #expect(refused.message.contains(name)) }
        }
        for (kind, names) in method.rules {
            let samples = names.map { ($0, method.parameter($0)?.sample) }
            let none = Dictionary(uniqueKeysWithValues: names.map { ($0, String?.none) })
            switch kind {
            case "exactlyOneOf":
                try expectRefusal(none)
                fallthrough
            case "atMostOneOf":
                for (name, sample) in samples {
                    #expect(try code(method, method.params([name: sample])) == nil)
                    for (other, sample2) in samples where other != name {
                        try expectRefusal([name: sample, other: sample2])
                    }
                }
            case "allOrNoneOf":
                for (name, sample) in samples { try expectRefusal(none.merging([name: sample]) { $1 }) }
            case "onlyWith":
                let others = method.rules.first { $0.kind == "exactlyOneOf" }?.names.filter { !names.contains($0) }
                for other in try #require(others) {
                    let params: [String: String?] = [
                        names[0]: samples[0].1, names[1]: nil, other: method.parameter(other)?.sample,
                    ]
                    let refused = try service().refusal(method.name, method.params(params), as: .administrator)
                    #expect(refused.code == -32602)
                }
            default: Issue.record("a rule that is not known: \(kind)")
            }
        }
    }

    @Test(
        "each role may call what is documented, and nothing else",
        .rule("`x-roles` says which sockets a method is for"),
        arguments: methods,
        Role.allCases
    )
    func roles(_ method: DiscoveredMethod, _ role: Role) throws {
        for parameter in [nil] + method.parameters {
            let params = method.params(parameter.map { [$0.name: $0.sample] } ?? [:])
            let code = try code(method, params, as: role)
            if !method.roles.contains(role) {
                #expect(code == 403)
            } else if code != nil {
                // Of what a role may call, single parameters are not for it: their summaries say so.
                #expect(code == 403)
                #expect([["touch"], ["all"]].contains([parameter?.name ?? ""]) && role != .administrator)
            }
        }
    }

    @Test(
        "a parameter that is left out is as if its default had been given",
        .rule("`create`? (false), `update`? (false)"),
        arguments: methods
    )
    func defaults(_ method: DiscoveredMethod) throws {
        for parameter in method.parameters {
            guard let value = parameter.schema["default"] else { continue }
            let outcomes = try [nil, value.text]
                .map { given in
                    let tested = ServiceUnderTest(policy: Policy(touchInterval: .zero))
                    _ = try tested.call("session.put", #"{"token":"xxxxxxxxxxxxxxxx","data":{}}"#)
                    for _ in 0..<120 { _ = try tested.create(#"{"userId":"x"}"#) }
                    tested.pass(.seconds(1))
                    let params = method.params([
                        "token": method.parameter("token") == nil ? nil : #""xxxxxxxxxxxxxxxx""#
                    ])
                    let all = given.map { params.withMember(parameter.name, $0) } ?? params
                    var answer = tested.text(request(method.name, all), as: .administrator)
                    if let sessions = try JSON(Array(answer.utf8))["result"]?["sessions"] {
                        answer = "\(sessions.elements.count)"
                    }
                    return answer.masked + " \(tested.sequence) \(String(describing: tested.watcher?.kinds))"
                }
            #expect(outcomes[0].contains("error") == false, "\(outcomes[0])")
            #expect(outcomes[0] == outcomes[1], "\(parameter.name)")
        }
    }
}

extension String {
    /// The text of an object with one more member.
    fileprivate func withMember(_ name: String, _ value: String) -> String {
        dropLast() + (self == "{}" ? "" : ",") + "\"\(name)\":\(value)}"
    }

    /// With what is drawn at random in the same words.
    fileprivate var masked: String {
        replacing(/"[A-Za-z0-9_-]{43}"/, with: "TOKEN").replacing(/"[A-Za-z0-9_-]{22}"/, with: "ID")
    }
}

extension JSON {
    /// The text of a default value.
    fileprivate var text: String {
        switch self {
        case .object: "{}"
        case .array(let elements): "[\(elements.map(\.text).joined(separator: ","))]"
        case .string(let string): "\"\(string)\""
        case .number(let digits): digits
        case .flag(let flag): "\(flag)"
        case .null: "null"
        }
    }
}
