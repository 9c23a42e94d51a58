// Where things are: the package, and the binary that is tested, which is built beforehand by systemd/build.

import Foundation

enum Package {
    /// The package's root folder.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The release binary: `$SESSIOND_BINARY`, else where systemd/build puts it.
    static func binary() throws -> String {
        let named = ProcessInfo.processInfo.environment["SESSIOND_BINARY"]
        let path = named ?? "\(root)/.build/release/sessiond"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw NoBinary(path: path) }
        return path
    }

    /// sessionctl, which is built beside it.
    static func tool() throws -> String {
        let path = URL(fileURLWithPath: try binary()).deletingLastPathComponent().path + "/sessionctl"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw NoBinary(path: path) }
        return path
    }
}

struct NoBinary: Error, CustomStringConvertible {
    let path: String

    var description: String { "no release binary at \(path): run systemd/build first, or set SESSIOND_BINARY" }
}
