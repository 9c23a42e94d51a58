// A folder of one's own that goes away with its owner. Its path is short: a socket's may have 107 bytes.

import Foundation

final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = "/tmp/sessiond-test.\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false, attributes: mode)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of something in it.
    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Writes a file into it and returns the file's path.
    @discardableResult
    func write(_ content: String, to name: String) throws -> String {
        try Data(content.utf8).write(to: URL(fileURLWithPath: path(of: name)))
        return path(of: name)
    }
}
