// A daemon among callers of several uids: letting them in, and what it holds for them.

import Foundation

extension DaemonUnderTest {
    /// What it has at a moment.
    struct Holdings {
        let descriptors: Int
        /// In memory, in bytes.
        let memory: Int
        /// What `server.stats` answers.
        let stats: JSON
    }

    /// Lets callers of every uid connect to its sockets.
    func letEveryoneIn() throws {
        let permissions: [FileAttributeKey: Any] = [.posixPermissions: 0o711]
        try FileManager.default.setAttributes(permissions, ofItemAtPath: folder.path)
        let everyone: [FileAttributeKey: Any] = [.posixPermissions: 0o666]
        try FileManager.default.setAttributes(everyone, ofItemAtPath: socket.path)
    }

    /// The token of a new session with 60 KB of data.
    func largeSession() async throws -> String {
        let data: JSON = ["x": .string(String(repeating: "x", count: 60_000))]
        let token = try await socket.create(for: "ann", ["data": data]).string
        guard let token else { throw NoAnswers(description: "there is no token in the answer") }
        return token
    }

    /// What it holds for its callers.
    func holdings(_ administrator: LoadSocket) async throws -> Holdings {
        administrator.send(request("server.stats") + "\n")
        let answer = try administrator.waitForLines().first?.text ?? ""
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd").count
        let stats = try JSON(parsing: answer)["result"]
        return Holdings(descriptors: descriptors, memory: try residentMemory(), stats: stats)
    }

    /// The memory that it has, in bytes.
    func residentMemory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * Int(getpagesize())
    }
}
