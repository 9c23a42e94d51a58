// The files of a daemon's state directory, as a person would look at them or damage them.

import Foundation

extension DaemonUnderTest {
    /// The names in its state directory.
    func stateFiles() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: state).sorted() }

    /// The names of its snapshots, oldest first.
    func snapshots() throws -> [String] {
        try stateFiles().filter { $0.hasPrefix("snapshot-") && !$0.hasSuffix(".damaged") }
    }

    /// The names of its journals, oldest first.
    func journals() throws -> [String] {
        try stateFiles().filter { $0.hasPrefix("journal-") && !$0.hasSuffix(".damaged") }
    }

    /// What the state directory holds, byte for byte.
    func stateContents() throws -> [String: Data] {
        let files = try stateFiles().map { ($0, try Data(contentsOf: url(ofState: $0))) }
        return Dictionary(uniqueKeysWithValues: files)
    }

    func change(_ name: String, _ body: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: url(ofState: name))
        body(&bytes)
        try bytes.write(to: url(ofState: name))
    }

    private func url(ofState name: String) -> URL { URL(fileURLWithPath: "\(state)/\(name)") }
}
