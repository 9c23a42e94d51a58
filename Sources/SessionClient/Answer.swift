// What the daemon answered: the line as it came, and what it means.

internal import JSONRPC

/// A line of the daemon that answers a request.
public struct Answer: Sendable {
    /// The line as it came, without its line feed.
    public let line: String
    /// The result; or the error that was answered, whose kind is `refused`.
    public let outcome: Result<JSONTree, ClientError>

    /// Takes a line for an answer.
    init(_ line: String, _ response: JSONTree) throws(ClientError) {
        self.line = line
        let result = response.members.first { $0.name == "result" }
        // One of both (JSON-RPC 2.0, section 5), and every method of the daemon returns an object.
        guard result == nil || response["error"] == .null else { throw .notAnAnswer(line) }
        if let result, case .object = result.value {
            outcome = .success(result.value)
        } else if let code = response["error"]["code"].integer, let message = response["error"]["message"].string {
            outcome = .failure(ClientError(.refused(code), message, hint: response["error"]["data"]["hint"].string))
        } else {
            throw .notAnAnswer(line)
        }
    }

    var isError: Bool { if case .failure = outcome { true } else { false } }

    /// The result.
    ///
    /// - Throws: The error that was answered.
    public func result() throws(ClientError) -> JSONTree { try outcome.get() }
}

extension ClientError {
    /// An answer that does not say what it has to: whoever takes it for one would believe what nobody said.
    public static func incomplete(_ member: String, of method: String) -> ClientError {
        ClientError(
            .notUnderstood,
            "this is not an answer of sessiond: to \(method), without \(member)",
            hint: "is it the right socket?"
        )
    }

    static func notAnAnswer(_ line: String) -> ClientError {
        ClientError(
            .notUnderstood,
            "this is not an answer of sessiond: \(line.prefix(100))",
            hint: "is it the right socket?"
        )
    }
}
