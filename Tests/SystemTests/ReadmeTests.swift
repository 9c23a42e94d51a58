// What the README shows is what happens: its session is pasted into a shell, and its answers are compared.

import Foundation
import Testing

@Suite("README")
struct ReadmeTests {
    @Test("the socat session prints what the README says")
    func session() async throws {
        let readme = try String(contentsOfFile: "\(Package.root)/README.md", encoding: .utf8)
        let shellBlocks = readme.matches(of: /```sh\n([^`]*)```/).map { $0.output.1 }
        let script = try #require(shellBlocks.first { $0.contains("socat") })
        let expected = try #require(readme.firstMatch(of: /```json\n([^`]*)```/)).output.1
        let daemon = try await DaemonUnderTest()
        let environment = ["XDG_RUNTIME_DIR": daemon.folder.path]
        let result = try await run("bash", input: Data(script.utf8), environment: environment)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("\n"))
        #expect(masked(result.output) == masked(expected))
    }

    /// With what is another every time in the same words: tokens, ids and times.
    private func masked(_ text: some StringProtocol) -> String {
        String(text).replacing(/"[A-Za-z0-9_-]{43}"/, with: "TOKEN").replacing(/"[A-Za-z0-9_-]{22}"/, with: "ID")
            .replacing(/\b1[0-9]{12}\b/, with: "TIME")
    }
}
