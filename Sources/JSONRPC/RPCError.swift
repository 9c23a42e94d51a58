// What an answer says when a request could not be carried out: JSON-RPC's error object with its reserved codes.
// The daemon's own codes are made where their meaning is known.

/// An error object of JSON-RPC 2.0, section 5.1.
public struct RPCError: Error, Equatable, Sendable {
    /// A member of the error's `data`, beside `hint`.
    public struct Detail: Equatable, Sendable {
        /// The member's name.
        public let name: String
        /// The member's value as JSON text.
        public let json: String

        /// Makes a member from its name and its value's JSON text.
        public init(name: String, json: String) {
            self.name = name
            self.json = json
        }
    }

    /// The number that programs act upon.
    public let code: Int
    /// One sentence that says what is wrong.
    public let message: String
    /// What a person can do about it: `data.hint`.
    public let hint: String?
    /// Further members of `data`.
    public let details: [Detail]

    /// Makes an error; `data` is left out of the answer when there is neither a hint nor a detail.
    public init(code: Int, message: String, hint: String? = nil, details: [Detail] = []) {
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
    }

    /// -32700: the line is not JSON, or breaks one of the input rules.
    public static func parseError(_ error: JSONError) -> RPCError {
        RPCError(code: -32700, message: "parse error: \(error.message)")
    }

    /// -32600: JSON, but not a request.
    public static func invalidRequest(_ message: String, hint: String? = nil) -> RPCError {
        RPCError(code: -32600, message: "invalid request: \(message)", hint: hint)
    }

    /// -32601: no such method.
    public static func methodNotFound(_ name: String, hint: String? = nil) -> RPCError {
        RPCError(code: -32601, message: "method not found: \(name)", hint: hint)
    }

    /// -32602: a parameter is missing, unknown, or not what was expected.
    public static func invalidParameters(_ message: String, hint: String? = nil) -> RPCError {
        RPCError(code: -32602, message: "invalid parameters: \(message)", hint: hint)
    }

    /// -32603: the daemon's own fault.
    public static func internalError(_ message: String) -> RPCError {
        RPCError(code: -32603, message: "internal error: \(message)")
    }

    /// Appends the error object.
    public func write(to output: inout ByteBuffer) {
        output.append("{\"code\":")
        output.append(Int64(code))
        output.append(",\"message\":")
        output.append(jsonString: message)
        if hint != nil || !details.isEmpty {
            output.append(",\"data\":{")
            var isFirst = true
            if let hint {
                output.append("\"hint\":")
                output.append(jsonString: hint)
                isFirst = false
            }
            for detail in details {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                output.append(jsonString: detail.name)
                output.append(UInt8(ascii: ":"))
                output.append(utf8: detail.json)
            }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }
}
