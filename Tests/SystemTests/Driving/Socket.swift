// A socket of the daemon, as everyone can use it: with socat.

import Foundation

struct Socket: Sendable {
    let path: String
    /// What socat is run through, to come from another user or out of a container.
    var through: [String] = []

    /// socat with these options, connected to the socket.
    private func socat(_ options: [String]) -> [String] {
        through + ["socat"] + options + ["-", "UNIX-CONNECT:\(path)"]
    }

    /// How long socat waits for answers after its input has ended.
    private var patiently: String { "-t\(patience.components.seconds)" }

    /// Sends all of this, half-closes, and takes what comes until the daemon closes.
    func converse(_ bytes: Data, options: [String] = []) async throws -> ProcessResult {
        try await begin(bytes, options: options).end(limit: patience * 2)
    }

    /// Begins to `converse`.
    func begin(_ bytes: Data, options: [String] = []) throws -> RunningProcess {
        try RunningProcess(socat([patiently] + options), input: .bytes(bytes))
    }

    /// Sends these bytes and returns the lines that come back.
    func answers(to bytes: Data) async throws -> [JSON] {
        let result = try await converse(bytes)
        return try result.output.split(separator: "\n").map { try JSON(parsing: $0) }
    }

    /// Sends these lines and returns those that come back.
    func answers(to requests: [String]) async throws -> [JSON] { try await answers(to: lines(requests)) }

    /// Sends one request and returns its answer, whatever it is.
    func answer(_ method: String, _ parameters: JSON = [:]) async throws -> JSON {
        let answers = try await answers(to: [request(method, parameters)])
        guard let answer = answers.first, answers.count == 1 else {
            throw UnexpectedAnswer(method: method, answer: .array(answers))
        }
        return answer
    }

    /// Sends one request and returns its result.
    @discardableResult
    func call(_ method: String, _ parameters: JSON = [:]) async throws -> JSON {
        let answer = try await answer(method, parameters)
        guard answer["error"] == .null else { throw UnexpectedAnswer(method: method, answer: answer) }
        return answer["result"]
    }

    /// Creates a session and returns its token.
    func create(for user: JSON = "ann", _ parameters: [String: JSON] = [:]) async throws -> JSON {
        try await call("session.create", .object(parameters.merging(["userId": user]) { $1 }))["token"]
    }

    /// A connection that stays until one of both sides closes it.
    func connect() throws -> Caller { Caller(try RunningProcess(socat(["-t0.1"]), input: .sent)) }

    /// Sends all of this at once and half-closes, but reads no answers for now.
    func connectWithoutReading(sending bytes: Data) throws -> Caller {
        // It reads all of this in one piece; or it would begin to pass on answers before it has sent everything.
        let command = socat([patiently, "-b\(bytes.count)"])
        return Caller(try RunningProcess(command, input: .bytes(bytes), leavesOutputUnread: true))
    }
}
