// The document of `rpc.discover` as these tests read it: with the eyes of a caller who knows nothing else.

import Testing

@testable import SessionServer

/// What the document says.
struct DiscoveredDocument: Sendable {
    let json: JSON
    let methods: [DiscoveredMethod]
    private let places: [String: Int]

    /// What a daemon with the usual policy says.
    static let usual = Result { try DiscoveredDocument(of: ServiceUnderTest(isChecked: false)) }

    init(of tested: ServiceUnderTest) throws {
        json = try tested.call("rpc.discover")
        methods = try #require(json["methods"]).elements.map { try DiscoveredMethod($0) }
        places = Dictionary(uniqueKeysWithValues: methods.enumerated().map { ($1.name, $0) })
    }

    subscript(name: String) -> DiscoveredMethod? { places[name].map { methods[$0] } }

    /// What about a notification is not as documented.
    func faults(ofNotification notification: JSON) -> [String] {
        let all = json["x-notifications"]?.elements ?? []
        guard let parameters = all.first(where: { $0["name"] == notification["method"] })?["params"]?.elements else {
            return ["\(notification) is not documented"]
        }
        let params = notification["params"] ?? .null
        let unknown = params.names.filter { name in !parameters.contains { $0["name"]?.string == name } }
        return unknown
            + parameters.flatMap { parameter -> [String] in
                let name = parameter["name"]?.string ?? ""
                guard let value = params[name] else { return parameter["required"] == true ? ["\(name): missing"] : [] }
                return SchemaChecker(document: json).faults(of: value, under: parameter["schema"] ?? .null, at: name)
            }
    }

    /// What about an answer is not as documented; nothing when all is.
    func faults(of answer: JSON, to method: String) -> [String] {
        guard let method = self[method] else { return [] }
        if let result = answer["result"] {
            return SchemaChecker(document: json).faults(of: result, under: method.result)
        }
        let code = answer["error"]?["code"]?.integer ?? 0
        return code == -32600 || method.errors.contains(code) ? [] : ["the error \(code) is not documented"]
    }
}

/// What the document says about a method.
struct DiscoveredMethod: CustomTestStringConvertible, Sendable {
    let json: JSON
    let name: String
    let parameters: [DiscoveredParameter]
    /// Names of parameters, by what is said of them together.
    let rules: [(kind: String, names: [String])]
    let result: JSON
    let errors: [Int64]
    let roles: Set<Role>
    var testDescription: String { name }

    init(_ json: JSON) throws {
        self.json = json
        name = try #require(json["name"]?.string)
        parameters = try #require(json["params"]).elements.map { try DiscoveredParameter($0) }
        rules = (json["x-rules"]?.elements ?? [])
            .flatMap { rule in
                rule.names.map { ($0, rule[$0]?.elements.compactMap(\.string) ?? []) }
            }
        result = try #require(json["result"]?["schema"])
        errors = try #require(json["errors"]).elements.compactMap { $0["code"]?.integer }
        roles = Set(try #require(json["x-roles"]).elements.compactMap { $0.string.flatMap { Role(rawValue: $0) } })
    }

    func parameter(_ name: String) -> DiscoveredParameter? { parameters.first { $0.name == name } }

    /// The params of a call that holds to all rules, with some parameters as given, or without them where nil is given.
    func params(_ given: [String: String?] = [:]) -> String {
        var members = given
        func add(_ name: String) {
            if members[name] == nil, let parameter = parameter(name) { members[name] = parameter.sample }
        }
        for parameter in parameters where parameter.isRequired { add(parameter.name) }
        for (kind, names) in rules {
            let isAnyGiven = names.contains { members[$0] != nil }
            switch kind {
            case "onlyWith" where members[names[0]] != nil: add(names[1])
            case "allOrNoneOf" where isAnyGiven: names.forEach(add)
            default: break
            }
        }
        for (kind, names) in rules where kind == "exactlyOneOf" && !names.contains(where: { members[$0] != nil }) {
            add(names[0])
        }
        let texts = members.sorted { $0.key < $1.key }.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
        return "{\(texts.joined(separator: ","))}"
    }
}

/// What the document says about a parameter.
struct DiscoveredParameter: Sendable {
    let name: String
    let isRequired: Bool
    let schema: JSON

    init(_ json: JSON) throws {
        name = try #require(json["name"]?.string)
        isRequired = try #require(json["required"]) == true
        schema = try #require(json["schema"])
    }

    /// The JSON types that it takes.
    var types: Set<String> { Set((schema["type"].map { [$0] + $0.elements } ?? []).compactMap(\.string)) }

    /// A value that it takes.
    var sample: String {
        if types.contains("boolean") { return "true" }
        if let most = schema["maximum"]?.integer { return "\(most)" }
        if types.contains("array") { return #"["created"]"# }
        if types.contains("object") { return #"{"a":1}"# }
        guard let pattern = schema["pattern"]?.string else {
            return "\"\(String(repeating: "x", count: max(1, Int(schema["x-minBytes"]?.integer ?? 1))))\""
        }
        return pattern.hasPrefix("^[0-9]") ? #""1.AAAAAAAAAAAAAAAAAAAAAA""# : #""AAAAAAAAAAAAAAAAAAAAAA""#
    }

    /// Values of its types that are beyond what it takes, the nearest first.
    var excesses: [String] {
        var excesses: [String] = []
        if let most = schema["maximum"]?.integer { excesses.append("\(most + 1)") }
        if let least = schema["minimum"]?.integer { excesses.append("\(least - 1)") }
        if let most = schema["x-maxBytes"]?.integer { excesses.append(text(bytes: Int(most) + 1)) }
        if let least = schema["x-minBytes"]?.integer, least > 0 { excesses.append(text(bytes: Int(least) - 1)) }
        if schema["pattern"] != nil { excesses += [#""""#, #""AAAAAAAAAAAAAAAAAAAAAB""#, #""1.x""#] }
        if schema["const"] != nil { excesses.append("false") }
        if types.contains("array") { excesses += [#"["born"]"#, "[1]"] }
        return excesses
    }

    /// Values at its limits.
    var extremes: [String] {
        [schema["maximum"], schema["minimum"]].compactMap { $0?.integer.map { "\($0)" } }
            + [schema["x-maxBytes"], schema["x-minBytes"]].compactMap { $0?.integer.map { text(bytes: Int($0)) } }
    }

    private func text(bytes: Int) -> String {
        guard types.contains("object") else { return "\"\(String(repeating: "x", count: bytes))\"" }
        return #"{"x":"\#(String(repeating: "x", count: bytes - 8))"}"#
    }
}
