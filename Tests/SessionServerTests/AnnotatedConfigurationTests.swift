// The annotated configuration file that is installed: it must say what is true.

import Foundation
import Sessions
import Testing

@testable import SessionServer

@Suite("systemd/sessiond.toml")
struct AnnotatedConfigurationTests {
    /// The text of the file in this repository.
    private func annotated() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "systemd/sessiond.toml"), encoding: .utf8)
    }

    /// The settings that stand in it as comments, without their number signs.
    private func settings() throws -> [String] {
        try annotated().split(separator: "\n").filter { $0.hasPrefix("#") && $0.dropFirst().first?.isLetter == true }
            .map { String($0.dropFirst()) }
    }

    @Test("as it is installed it changes nothing")
    func asInstalled() throws {
        #expect(try Configuration(text: annotated(), file: "sessiond.toml") == Configuration())
    }

    @Test("it shows every key once")
    func everyKey() throws {
        let shown = try settings().map { String($0.prefix { $0 != " " }) }
        #expect(shown.sorted() == ConfigurationTests.keys.sorted())
    }

    @Test("each setting that it shows is the default")
    func defaults() throws {
        for setting in try settings() {
            #expect(try Configuration(text: setting, file: "sessiond.toml").text == Configuration().text, "\(setting)")
        }
    }

    @Test("all that it shows together are the defaults")
    func together() throws {
        let all = try settings().joined(separator: "\n")
        #expect(try Configuration(text: all, file: "sessiond.toml").text == Configuration().text)
    }

    @Test("every setting is explained above it")
    func explained() throws {
        let lines = try annotated().split(separator: "\n", omittingEmptySubsequences: false)
        for setting in try settings() {
            let place = try #require(lines.firstIndex { $0 == "#" + setting })
            #expect(lines[place - 1].hasPrefix("# "), "\(setting)")
        }
    }
}
