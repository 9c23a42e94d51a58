// One hostile uid among good ones: it is held to its share and named in the log, the others and the administrator are
// answered meanwhile, and afterwards everything is back.

import Foundation
import TestSupport
import Testing

@Suite(
    "Hostile callers",
    .serialized,
    .enabled(if: ForeignCaller.isPossible, "root and \(ForeignCaller.python) are needed")
)
struct HostileCallersTests {
    private static let good = 20_001
    private static let hostile = 20_002

    @Test("others are answered, the offender is named, and afterwards everything is back", arguments: Attack.all)
    func attack(_ attack: Attack) async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator], configuration: attack.configuration)
        try daemon.letEveryoneIn()
        let token = try await daemon.largeSession()
        let administrator = try LoadSocket(to: daemon.admin)
        let before = try await daemon.holdings(administrator)

        let good = try ForeignCaller(ForeignCaller.good, uid: Self.good, to: daemon.socket, token)
        let hostile = try ForeignCaller(attack.program, uid: Self.hostile, to: daemon.socket, token)
        let told = try await wait(for: "the end of the attack", limit: patience * 3) { () -> JSON? in
            try hostile.checkRunning()
            try administrator.ping()
            // Who comes anew is let in, too.
            try LoadSocket(to: daemon.socket).ping()
            try LoadSocket(to: daemon.admin).ping()
            return hostile.told
        }
        #expect(attack.isHeld(told), "\(told)")
        if let words = attack.logged {
            #expect(try await daemon.logged(words).contains("of uid \(Self.hostile): "))
        }
        let complaints = daemon.log.split(separator: "\n").filter { $0.contains("uid \(Self.hostile): ") }
        #expect(complaints.count == (attack.logged == nil ? 0 : 1), "\(complaints)")

        let service = try await good.finish()
        #expect((service["count"].integer ?? 0) > 100, "\(service)")
        #expect((service["worst"].integer ?? .max) < 1000, "\(service)")
        hostile.vanish()
        try await wait(until: "all that was held is back") {
            let now = try await daemon.holdings(administrator)
            return now.descriptors == before.descriptors && now.uids == before.uids
        }
        let grown = try daemon.residentMemory() - before.memory
        #expect(grown < 24 << 20, "\(grown) bytes of memory stay")
        #expect(daemon.isRunning)
        #expect(try await daemon.stop() == 0)
    }
}

extension DaemonUnderTest {
    /// Lets callers of every uid connect to its sockets.
    fileprivate func letEveryoneIn() throws {
        let permissions: [FileAttributeKey: Any] = [.posixPermissions: 0o711]
        try FileManager.default.setAttributes(permissions, ofItemAtPath: folder.path)
        let everyone: [FileAttributeKey: Any] = [.posixPermissions: 0o666]
        try FileManager.default.setAttributes(everyone, ofItemAtPath: socket.path)
    }

    /// The token of a session with 60 KB of data.
    fileprivate func largeSession() async throws -> String {
        let data: JSON = ["x": .string(String(repeating: "x", count: 60_000))]
        let token = try await socket.create(for: "ann", ["data": data]).string
        return try #require(token)
    }

    /// What it holds for its callers.
    fileprivate func holdings(_ administrator: LoadSocket) async throws -> (descriptors: Int, memory: Int, uids: JSON) {
        administrator.send(request("server.stats") + "\n")
        let stats = try JSON(parsing: try #require(try administrator.waitForLines().first?.text))
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd").count
        return (descriptors, try residentMemory(), stats["result"]["uids"])
    }

    /// The memory that it has, in bytes.
    fileprivate func residentMemory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8)
        return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * Int(getpagesize())
    }
}

extension LoadSocket {
    /// Asks, and expects the answer.
    fileprivate func ping() throws {
        send(request("server.ping") + "\n")
        let answer = try #require(try waitForLines().first?.text)
        #expect(answer.contains(#""pong":true"#), "\(answer)")
    }
}
