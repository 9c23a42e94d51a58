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
        if let result = response.members.first(where: { $0.name == "result" }) {
            outcome = .success(result.value)
        } else if let code = response["error"]["code"].integer, let message = response["error"]["message"].string {
            outcome = .failure(ClientError(.refused(code), message, hint: response["error"]["data"]["hint"].string))
        } else {
            throw .notAnAnswer(line)
        }
    }

    /// The result.
    ///
    /// - Throws: The error that was answered.
    public func result() throws(ClientError) -> JSONTree { try outcome.get() }
}

extension ClientError {
    static func notAnAnswer(_ line: String) -> ClientError {
        ClientError(
            .notUnderstood,
            "this is not an answer of sessiond: \(line.prefix(100))",
            hint: "is it the right socket?"
        )
    }
}
