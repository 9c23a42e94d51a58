// At home in the shell: completions and manual pages, made by the programs themselves.

import Foundation
import Testing

@Suite("Completions and manuals", .serialized)
struct ShellTests {
    private static func has(_ program: String) -> Bool {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    private func manual(_ section: Int) async throws -> String {
        let program = section == 1 ? try Package.tool() : try Package.binary()
        let description = try await run(program, "--experimental-dump-help").output
        let result = try await run(
            Package.tool(),
            "manual",
            "--section",
            "\(section)",
            input: Data(description.utf8)
        )
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test("bash completes commands and options")
    func bash() async throws {
        let folder = try TemporaryDirectory()
        let script = try await run(Package.tool(), "--generate-completion-script", "bash").output
        let file = try folder.write(script, to: "sessionctl")
        let ask = """
            source \(file)
            COMP_WORDS=(sessionctl rev) COMP_CWORD=1 COMP_LINE='sessionctl rev' COMP_POINT=14
            $(complete -p sessionctl | sed 's/.*-F \\([^ ]*\\) .*/\\1/') sessionctl rev sessionctl
            echo "${COMPREPLY[@]}"
            """
        let result = try await run("bash", "-c", ask)
        #expect(result.output.contains("revoke"), "\(result.errors)")
    }

    @Test("there are completions for each shell", arguments: ["bash", "zsh", "fish"])
    func shells(_ shell: String) async throws {
        for program in [try Package.tool(), try Package.binary()] {
            let script = try await run(program, "--generate-completion-script", shell)
            #expect(script.status == 0)
            #expect(script.output.contains(URL(fileURLWithPath: program).lastPathComponent))
        }
    }

    @Test("the manual of sessionctl has every command, every option and every exit code")
    func client() async throws {
        let page = try await manual(1)
        #expect(page.contains("\n.Nd asks the session service of this host\n"))
        for command in [
            "create", "show", "list", "refresh", "rotate", "update", "revoke", "put", "watch", "bench", "call",
        ] {
            #expect(page.contains("\n.Ss \\&\(command)\n"))
        }
        for option in ["socket", "dry\\-run", "except", "if\\-version", "expires\\-at"] {
            #expect(page.contains("Fl \\-\(option)"))
        }
        #expect(page.contains("\n.It 77\nno permission\n"))
        #expect(page.matches(of: /\n\.It Fl \\-json\n/).count <= 2)
        #expect(!page.contains("\\&figures") && !page.contains("\\&manual"))
    }

    @Test("the manual of sessiond has its options, its signals and its files")
    func daemon() async throws {
        let page = try await manual(8)
        for words in [".Dt SESSIOND 8", ".It Fl \\-check\\-config", ".It Dv SIGHUP", ".It 78\nconfiguration refused"] {
            #expect(page.contains(words))
        }
    }

    @Test("the manuals are mdoc that groff has nothing to say against", .enabled(if: has("groff")), arguments: [1, 8])
    func wellFormed(_ section: Int) async throws {
        let page = try await manual(section)
        let result = try await run("groff", "-mdoc", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u", input: Data(page.utf8))
        #expect(result.status == 0)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(result.output.contains("EXIT STATUS"))
    }
}
