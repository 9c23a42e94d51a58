// Checks values against the schemas of the document: the part of JSON Schema that it uses, and no more, so that a word that
// this checker does not know shows as a fault.

/// A checker of the schemas in a document, in which references are looked up.
struct SchemaChecker {
    let document: JSON

    /// What is wrong with a value; nothing when it is as the schema says.
    func faults(of value: JSON, under schema: JSON, at path: String = "") -> [String] {
        guard case .object(let rules) = schema else { return ["\(path): no schema: \(schema)"] }
        return rules.flatMap { rule -> [String] in
            if let holds = check(value, rule.name, rule.value, schema) {
                return holds ? [] : ["\(path): \(rule.name) \(rule.value): \(value)"]
            }
            return partFaults(of: value, rule, schema, at: path)
        }
    }

    /// Whether a value holds to a rule that looks no deeper; nil for other rules.
    private func check(_ value: JSON, _ name: String, _ rule: JSON, _ schema: JSON) -> Bool? {
        switch name {
        case "description", "default": true
        case "type":
            (rule.string.map { [$0] } ?? rule.elements.map { $0.string ?? "" }).contains { value.isOf(type: $0) }
        case "const": value == rule
        case "enum": rule.elements.contains(value) || value == .null
        case "minimum": (value.integer ?? .max) >= rule.integer ?? .max
        case "maximum": (value.integer ?? .min) <= rule.integer ?? .min
        case "minLength": (value.string?.unicodeScalars.count ?? .max) >= rule.integer ?? .max
        case "maxLength": (value.string?.unicodeScalars.count ?? .min) <= rule.integer ?? .min
        case "x-minBytes": (value.string?.utf8.count ?? .max) >= rule.integer ?? .max
        case "x-maxBytes": (value.string?.utf8.count ?? .min) <= rule.integer ?? .min
        case "pattern": value.string.map { $0.matches(rule.string ?? "(") } ?? true
        case "required": rule.elements.allSatisfy { value.names.contains($0.string ?? "") }
        default: nil
        }
    }

    private func partFaults(of value: JSON, _ rule: JSON.Member, _ schema: JSON, at path: String) -> [String] {
        switch rule.name {
        case "$ref":
            guard let target = resolve(rule.value.string ?? "") else { return ["\(path): \(rule.value) is not there"] }
            return faults(of: value, under: target, at: path)
        case "items":
            return value.elements.enumerated().flatMap { faults(of: $1, under: rule.value, at: "\(path)[\($0)]") }
        case "properties":
            return rule.value.names.flatMap { name -> [String] in
                guard let member = value[name], let schema = rule.value[name] else { return [] }
                return faults(of: member, under: schema, at: "\(path).\(name)")
            }
        case "additionalProperties":
            let others = value.names.filter { schema["properties"]?[$0] == nil }
            guard rule.value != false else { return others.map { "\(path): unknown member \($0)" } }
            return others.flatMap { faults(of: value[$0] ?? .null, under: rule.value, at: "\(path).\($0)") }
        case "oneOf":
            let tries = rule.value.elements.map { faults(of: value, under: $0, at: path) }
            return tries.count(where: \.isEmpty) == 1 ? [] : ["\(path): not exactly one of: \(tries)"]
        default: return ["\(path): a rule that is not known: \(rule.name)"]
        }
    }

    private func resolve(_ reference: String) -> JSON? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(document) { $0?[String($1)] }
    }
}

extension JSON {
    fileprivate func isOf(type: String) -> Bool {
        switch self {
        case .object: type == "object"
        case .array: type == "array"
        case .string: type == "string"
        case .number: type == "integer" && integer != nil
        case .flag: type == "boolean"
        case .null: type == "null"
        }
    }
}

extension String {
    /// Whether a regular expression is found in it.
    fileprivate func matches(_ pattern: String) -> Bool { (try? Regex(pattern).firstMatch(in: self)) != nil }
}
