// What JSON values look like, in the words of JSON Schema (draft 7, as OpenRPC wants it). Only what the answers and the
// parameters of this daemon need. A schema accepts all that the daemon accepts: JSON Schema counts characters where the
// daemon counts bytes, so exact limits stand beside it as `x-minBytes` and `x-maxBytes`.

internal import Sessions

/// The shape of a JSON value.
indirect enum Schema: Sendable {
    case flag
    /// Nothing but `true`.
    case onlyTrue
    /// Nothing but null.
    case null
    case integer(from: Int64? = nil, to: Int64? = nil)
    /// A string, of so many bytes when there is a limit.
    case text(bytes: ClosedRange<Int>? = nil)
    /// A string that matches a regular expression.
    case pattern(String)
    /// One of these strings.
    case word([String])
    case list(Schema)
    /// An object with these members and no others.
    case object([SchemaMember])
    /// An object whose members have names that are not known beforehand.
    case map(Schema)
    /// An object of which only this is said, of so many bytes when there is a limit.
    case someObject(bytes: Int? = nil)
    /// One of these.
    case either([Schema])
    /// This or null; not for `either` and `named`.
    case optional(Schema)
    case named(NamedSchema)

    /// A point in time.
    static let instant = Schema.integer(from: 0, to: Instant.distantFuture.milliseconds)
    /// A length of time, or a number of things.
    static let count = Schema.integer(from: 0)
    static let sessionID = Schema.pattern("^\(SessionID.pattern)$")
    static let cursor = Schema.pattern("^[0-9]+\\.\(SessionID.pattern)$")
}

extension SessionID {
    /// 16 bytes as base64url: of the last character only two bits count.
    fileprivate static let pattern = "[A-Za-z0-9_-]{\(textLength - 1)}[AQgw]"
}

/// A member of an object.
struct SchemaMember: Sendable {
    let name: String
    let schema: Schema
    let isRequired: Bool
    let summary: String?

    init(_ name: String, _ schema: Schema, _ summary: String? = nil, isRequired: Bool = true) {
        self.name = name
        self.schema = schema
        self.isRequired = isRequired
        self.summary = summary
    }
}

extension ObjectWriter {
    /// Writes the members by which a schema says what it accepts.
    mutating func schema(_ schema: Schema) { describe(schema, isOptional: false) }

    private mutating func describe(_ schema: Schema, isOptional: Bool) {
        switch schema {
        case .flag: type("boolean", isOptional)
        case .onlyTrue:
            type("boolean", isOptional)
            member("const", true)
        case .null: type("null", false)
        case .integer(let least, let most):
            type("integer", isOptional)
            if let least { member("minimum", least) }
            if let most { member("maximum", most) }
        case .text(let bytes):
            type("string", isOptional)
            if let bytes { limits(bytes) }
        case .pattern(let pattern):
            type("string", isOptional)
            member("pattern", pattern)
        case .word(let words):
            type("string", isOptional)
            array("enum", of: words)
        case .list(let element):
            type("array", isOptional)
            object("items") { $0.schema(element) }
        case .object(let members):
            type("object", isOptional)
            properties(members)
        case .map(let value):
            type("object", isOptional)
            object("additionalProperties") { $0.schema(value) }
        case .someObject(let bytes):
            type("object", isOptional)
            if let bytes { member("x-maxBytes", Int64(bytes)) }
        case .either(let schemas): objects("oneOf", of: schemas) { $1.schema($0) }
        case .optional(let schema): describe(schema, isOptional: true)
        case .named(let named): member("$ref", "#/components/schemas/\(named.rawValue)")
        }
    }

    private mutating func type(_ name: String, _ isOptional: Bool) {
        if isOptional { array("type", of: [name, "null"]) } else { member("type", name) }
    }

    private mutating func limits(_ bytes: ClosedRange<Int>) {
        // A character has at most four bytes.
        member("minLength", Int64((bytes.lowerBound + 3) / 4))
        member("maxLength", Int64(bytes.upperBound))
        member("x-minBytes", Int64(bytes.lowerBound))
        member("x-maxBytes", Int64(bytes.upperBound))
    }

    private mutating func properties(_ members: [SchemaMember]) {
        object("properties") { properties in
            for property in members {
                properties.object(property.name) { object in
                    object.schema(property.schema)
                    if let summary = property.summary { object.member("description", summary) }
                }
            }
        }
        array("required", of: members.filter(\.isRequired).map(\.name))
        member("additionalProperties", false)
    }
}
