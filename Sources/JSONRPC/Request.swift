// One request object of JSON-RPC 2.0, section 4, as places in the line that it came in: no copies, no strings.
// Reading it validates the whole object; whether the method exists and the parameters fit it is for the method table.

/// A request: which method, which parameters, and whether and under which id it wants an answer.
public struct Request: Sendable {
    /// How many parameters are kept; every method takes fewer.
    public static let parameterLimit = 8

    /// The id to echo; nil for a notification, which is never answered.
    public private(set) var id: JSONValue?
    /// The method's name: a string.
    public private(set) var method: JSONValue?
    /// The value of `params`, if there is one.
    public private(set) var params: JSONValue?
    /// How many parameters there are in `parameters`.
    public private(set) var parameterCount = 0
    /// The parameters by name, in the order in which they came.
    public private(set) var parameters = InlineArray<8, JSONMember>(repeating: .placeholder)
    /// Why this is not a request that can be carried out.
    public private(set) var fault: Fault?

    private var hasVersion = false

    /// What makes a JSON value something other than a request.
    public enum Fault: Equatable, Sendable {
        case notAnObject
        case version
        case id
        case method
        case params
        case unknownMember(JSONValue)

        /// The error that a caller is told.
        func error(in line: Span<UInt8>) -> RPCError {
            switch self {
            case .notAnObject: .invalidRequest("expected an object")
            case .version: .invalidRequest("jsonrpc must be \"2.0\"")
            case .id: .invalidRequest("id must be a string, a number or null")
            case .method: .invalidRequest("method must be a string")
            case .params: .invalidRequest("params must be an object")
            case .unknownMember(let key):
                .invalidRequest(
                    "unknown member \"\(line.excerpt(key))\"",
                    hint: "a request has jsonrpc, id, method and params; parameters belong in params"
                )
            }
        }
    }

    /// Reads the value at the cursor as a request.
    ///
    /// - Throws: `JSONError` when the text is not valid JSON; a value that is JSON but no request has a `fault`.
    init(_ scanner: inout JSONScanner) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            _ = try scanner.value()
            fault = .notAnObject
            return
        }
        var walk = try scanner.beginObject()
        while let key = try scanner.nextKey(&walk) {
            if scanner.bytes.string(key, is: "params") {
                try readParameters(&scanner)
            } else {
                read(key, try scanner.value(), in: scanner.bytes)
            }
        }
        if fault == nil, !hasVersion { fault = .version }
        if fault == nil, method == nil { fault = .method }
    }

    private mutating func read(_ key: JSONValue, _ value: JSONValue, in line: Span<UInt8>) {
        if line.string(key, is: "jsonrpc") {
            hasVersion = value.kind == .string && line.string(value, is: "2.0")
            if !hasVersion { fault = fault ?? .version }
        } else if line.string(key, is: "id") {
            if value.isRequestID { id = value } else { fault = .id }
        } else if line.string(key, is: "method") {
            if value.kind == .string { method = value } else { fault = fault ?? .method }
        } else {
            fault = fault ?? .unknownMember(key)
        }
    }

    private mutating func readParameters(_ scanner: inout JSONScanner) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            let value = try scanner.value()
            params = value
            if value.kind != .array { fault = fault ?? .params }
            return
        }
        let start = scanner.position
        var walk = try scanner.beginObject()
        while let member = try scanner.nextMember(&walk) {
            // What does not fit is dropped: a request with this many parameters has one that its method does not know.
            guard parameterCount < Self.parameterLimit else { continue }
            parameters[parameterCount] = member
            parameterCount += 1
        }
        params = scanner.value(.object, from: start)
    }
}
