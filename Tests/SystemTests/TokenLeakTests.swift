// Where tokens are not: in what the daemon says, in what it writes, in what the system shows of it, and, when they have been
// used, in its memory.

import Foundation
import TestSupport
import Testing

@Suite("Where no token is", .serialized)
struct TokenLeakTests {
    @Test(
        "no token is in answers, logs and state files, nor in what /proc shows of the daemon, however often it starts",
        .rule("no method lists a token and no log shows it")
    )
    func outside() async throws {
        let life = try await TokenLife()
        let daemon = life.daemon
        var shown: [(String, [UInt8])] = []
        func look() throws {
            shown.append(("the log", Array(daemon.log.utf8)))
            shown += try daemon.stateContents().map { ($0.key, Array($0.value)) }
            for name in ["cmdline", "environ", "comm", "status"] {
                let path = "/proc/\(daemon.id)/\(name)"
                if let content = FileManager.default.contents(atPath: path) { shown.append((path, Array(content))) }
            }
        }
        try await life.live()
        try look()
        #expect(shown.contains { String(decoding: $0.1, as: UTF8.self).contains(life.marker) }, "nothing was written")
        try await daemon.restart()
        try look()
        daemon.kill()
        try await daemon.start()
        try look()

        let search = TokenSearch(for: life.tokens)
        #expect(life.tokens.count > 8)
        let token = try #require(life.tokens.first)
        #expect(search.finding(in: "a log line with \(token) in it") != nil)
        #expect(life.told.contains(#""reason":"revoked""#) && life.told.contains("sessiond_sessions"))
        #expect(search.finding(in: life.told) == nil, "in an answer")
        for (name, content) in shown { #expect(search.finding(in: content) == nil, "in \(name)") }
    }

    @Test(
        "a second after they were used no token is in the daemon's memory, though its callers stay connected",
        .enabled(if: geteuid() == 0, "only root may read it")
    )
    func memory() async throws {
        let life = try await TokenLife()
        try await life.live()
        let search = TokenSearch(for: life.tokens)
        var findings: [String] = []
        do {
            try await wait(until: "memory without tokens") {
                let regions = try SystemTests.memory(of: life.daemon.id)
                findings = regions.compactMap { region in
                    search.finding(in: region.bytes).map { "\(region.name) \($0)" }
                }
                return findings.isEmpty
            }
        } catch let error as WaitedInVain {
            Issue.record("\(error): \(findings)")
        }
    }

    @Test(
        "what a session holds is found in the daemon's memory, so that a token would be",
        .enabled(if: geteuid() == 0)
    )
    func memoryIsRead() async throws {
        let daemon = try await DaemonUnderTest()
        let marker = "marker-\(UInt64.random(in: .min ... .max))"
        _ = try await daemon.socket.create(for: "ann", ["data": ["x": .string(marker)]])
        let search = TokenSearch(for: [marker])
        #expect(try SystemTests.memory(of: daemon.id).contains { search.finding(in: $0.bytes) != nil })
    }

    @Test(
        "the daemon's own user can neither read its memory nor have a core of it",
        .enabled(if: ForeignCaller.isPossible, "root and \(ForeignCaller.python) are needed")
    )
    func sameUser() async throws {
        let uid = 20_003
        let folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.path(of: "state"), withIntermediateDirectories: false)
        for path in [folder.path, folder.path(of: "state")] { #expect(unsafe chown(path, uid_t(uid), gid_t(uid)) == 0) }
        let identity = ["setpriv", "--reuid=\(uid)", "--regid=\(uid)", "--clear-groups"]
        let dumping = ["sh", "-c", #"ulimit -c unlimited; cd "$0"; exec "$@""#, folder.path]
        let daemon = try await DaemonUnderTest(in: folder, through: identity + dumping)
        let program = """
            import ctypes
            told = {}
            for name in ['mem', 'environ', 'maps']:
                try:
                    open(f'/proc/{arguments[0]}/{name}', 'rb').read(1)
                    told[name] = 'read'
                except PermissionError: told[name] = 'refused'
            attach = 16
            refused = ctypes.CDLL(None).ptrace(attach, int(arguments[0]), 0, 0) == -1
            told['ptrace'] = 'refused' if refused else 'attached'
            # Its own memory it may read.
            open('/proc/self/mem', 'rb').close()
            tell(**told)
            """
        let spy = try ForeignCaller(program, uid: uid, to: daemon.socket, "\(daemon.id)")
        let refused: JSON = ["mem": "refused", "environ": "refused", "maps": "refused", "ptrace": "refused"]
        #expect(try await spy.finish() == refused)
        // It can itself still see what it shows.
        #expect(try await daemon.socket.call("server.stats")["process"]["residentBytes"].integer ?? 0 > 0)
        daemon.signal(SIGABRT)
        #expect(try await daemon.end() == -SIGABRT)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!files.contains { $0.hasPrefix("core") }, "\(files)")
    }
}
