// What `sessionctl state load` and `dump` refuse, and how they say so: a dump that is none, with the line that is wrong, and
// directories that cannot be read or written. Nothing is left of what was refused.

import Foundation
import Testing

@Suite("Refusing to dump or load a state", .serialized)
struct RefusedDumpTests {
    /// A change of a dump, and what is said of it.
    struct Wrong: Sendable {
        let text: String
        let other: String
        let words: String

        init(_ text: String, _ other: String, _ words: String) {
            (self.text, self.other, self.words) = (text, other, words)
        }
    }

    @Test(
        "a dump with something wrong in it is refused with the line, and leaves nothing",
        arguments: [
            Wrong(#""version":1,"seq"#, #""version":2,"seq"#, "line 1: a dump of version 2"),
            Wrong(#""format":"#, #""form":"#, "line 1: this is not a dump"),
            Wrong(#""sequence":3,"e"#, #""sequence":2,"e"#, "line 4: sequence must be an integer from 1 to 2"),
            Wrong(#""ttl""#, #""tll""#, "line 2: ttl is missing"),
            Wrong(#""ip":null"#, #""ip":null,"pi":null"#, "line 2: pi is not known here"),
            Wrong(#""ip":null"#, #""ip":5"#, "line 2: ip must be a string of 1 to 64 bytes, or null"),
            Wrong(#""ip":null"#, #""ip":"""#, "line 2: ip must be a string of 1 to 64 bytes, or null"),
            Wrong(#""n":1}"#, #""n":1,"n":2}"#, "line 3: not a JSON object: a key that stands twice"),
            Wrong(#"{"n":1}"#, "[]", "line 3: data must be an object"),
            Wrong(#""touchedAt":1"#, #""touchedAt":-1"#, "line 2: touchedAt must be an integer from 0"),
            Wrong(#"01","userId""#, #"00","userId""#, "line 3: this tokenHash stands in a line before"),
            Wrong(#"01","userId""#, #"0G","userId""#, "line 3: tokenHash must be a SHA-256"),
            Wrong(#""sequence":2,"#, #""sequence":2,"sequence":2,"#, "line 3: not a JSON object"),
            Wrong("AAAAAAAAAQ", "AAAAAAAAAA", "line 3: this id stands in a line before"),
            Wrong("AAAAAAAAAQ", "AAAAAAAAAR", "line 3: id must be the 22 characters"),
            Wrong(#""session","id":"AAAAAAAAAAAAAAAAAAAAAQ"#, #""cookie","id":"#, "line 3: "),
            Wrong("{\"type\":\"end\"}\n", "", "the dump has no end"),
            Wrong("\"end\"}\n", "\"end\"}\n{\"type\":\"end\"}\n", "line 6: something after the end"),
            Wrong("user-2", String(repeating: "x", count: 300_000), "line 4 is longer than"),
            Wrong("user-2", "\u{0}", "line 4: not a JSON object: an unescaped control character"),
        ]
    )
    func wrong(_ wrong: Wrong) async throws {
        let dump = madeDump(3)
        try #require(dump.contains(wrong.text))
        try await isRefused(dump.replacing(wrong.text, with: wrong.other), wrong.words)
    }

    @Test("what is no dump at all is refused", arguments: ["", "\n\n", "{}", "[]\n", "session\n"])
    func nothing(_ text: String) async throws {
        try await isRefused(text, text.contains { $0 != "\n" } ? "line 1: " : "there is no dump")
    }

    private func isRefused(_ dump: String, _ words: String) async throws {
        let folder = try TemporaryDirectory()
        let result = try await load(dump, into: folder.path(of: "state"))
        #expect(result.status == 65)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("what root loads into another's directory is that one's", .enabled(if: geteuid() == 0, "only root may"))
    func owner() async throws {
        let folder = try TemporaryDirectory()
        let state = folder.path(of: "state")
        _ = try CommandFailed.check(try await run("install", "-d", "-o", "65534", "-m", "0700", state), ["install"])
        #expect(try await load(madeDump(2), into: state).status == 0)
        for file in try FileManager.default.contentsOfDirectory(atPath: state) {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(state)/\(file)")
            #expect(attributes[.ownerAccountID] as? Int == 65534)
        }
    }

    @Test("who may not read a directory is told so", .enabled(if: geteuid() == 0, "only root may become somebody else"))
    func permission() async throws {
        let folder = try TemporaryDirectory()
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
        let result = try await dump(folder.path, through: nobody)
        #expect(result.status == 77)
        #expect(result.errors.contains("Permission denied (run this as the directory's owner, or as root)"))
        #expect(try await load(madeDump(1), into: folder.path(of: "state"), through: nobody).status == 77)
    }

    @Test("a full disk is said to be one, and leaves no state", .enabled(if: geteuid() == 0, "only root may mount"))
    func fullDisk() async throws {
        let folder = try TemporaryDirectory()
        let state = folder.path(of: "state")
        let mounts = try await OwnMounts("mkdir \(state)\nmount -t tmpfs -o size=1m,mode=0700 tmpfs \(state)")
        let result = try await load(madeDump(20_000), into: state, through: mounts.entrance)
        #expect(result.status == 74)
        #expect(result.errors.contains("No space left on device (nothing was changed: make room and run this again)"))
        let listing = try await RunningProcess(mounts.entrance + ["ls", state]).end()
        #expect(listing.output.isEmpty)
        try await mounts.call("mount", "-o", "remount,size=32m", state)
        #expect(try await load(madeDump(20_000), into: state, through: mounts.entrance).status == 0)
        let script = "\"$0\" state dump \(state) >/dev/full"
        let full = try await RunningProcess(mounts.entrance + ["sh", "-c", script, try Package.tool()]).end()
        #expect(full.status == 74)
        #expect(full.errors.contains("write the dump: No space left on device"))
    }
}
