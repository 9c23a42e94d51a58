// Damaged snapshots are never half loaded, and cost no data: an older one and the journals since hold the same, or the
// journals alone. Where they do not, the start is refused.

import Foundation
import Testing

@Suite("Damaged state", .serialized)
struct DamagedStateTests {
    enum Damage: CaseIterable {
        case firstByte, header, middle, lastByte, truncated, emptied, lengthened

        func inflict(on bytes: inout Data) {
            switch self {
            case .firstByte: bytes[0] ^= 1
            case .header: bytes[12] ^= 0x80
            case .middle: bytes[bytes.count / 2] ^= 0x10
            case .lastByte: bytes[bytes.count - 1] ^= 1
            case .truncated: bytes.removeLast(bytes.count / 3)
            case .emptied: bytes.removeAll()
            case .lengthened: bytes.append(contentsOf: bytes.suffix(40))
            }
        }
    }

    @Test(
        "a damaged newest snapshot loses nothing: the one before it and the journals since hold the same",
        arguments: Damage.allCases
    )
    func newest(damage: Damage) async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let old = try await daemon.socket.create(for: "ann")
        let revoked = try await daemon.socket.create(for: "bob")
        try await daemon.admin.call("server.snapshot")
        let new = try await daemon.socket.create(for: "ann")
        try await daemon.socket.call("session.update", ["token": old, "data": ["n": 1]])
        try await daemon.socket.call("session.revoke", ["token": revoked])
        let whole = try await daemon.socket.call("session.list", ["userId": "ann"])
        #expect(try await daemon.stop() == 0)
        let snapshots = try daemon.snapshots()
        try #require(snapshots.count == 2)
        try daemon.change(snapshots[1], damage.inflict)
        let damaged = try daemon.stateContents()[snapshots[1]]

        try await daemon.start()
        #expect(try await daemon.socket.call("session.list", ["userId": "ann"]) == whole)
        #expect(try await daemon.socket.call("session.lookup", ["token": new])["session"]["userId"] == "ann")
        #expect(try await daemon.socket.call("session.lookup", ["token": revoked])["reason"] == "revoked")
        let recovery = try await daemon.socket.call("server.info")["recovery"]
        #expect(recovery["snapshot"] == .string(snapshots[0]))
        #expect(recovery["changes"] == 3)
        #expect(recovery["damaged"].elements.count == 1)
        #expect(recovery["damaged"][0].string?.hasPrefix("\(snapshots[1]): ") == true)
        let line = try await daemon.logged("passed over")
        #expect(line.hasPrefix("<3>"))
        #expect(line.contains("\(daemon.state)/\(snapshots[1])"))
        #expect(line.contains("at byte "))
        #expect(try daemon.stateContents()["\(snapshots[1]).damaged"] == damaged)
        #expect(try daemon.snapshots() == [snapshots[0]])

        // Once it is noticed it is over: what comes next is whole again, and the damaged file stays for a person.
        try await daemon.admin.call("server.snapshot")
        try await daemon.restart()
        #expect(try await daemon.socket.call("server.info")["recovery"]["damaged"] == [])
        #expect(try await daemon.socket.call("session.list", ["userId": "ann"]) == whole)
        #expect(try daemon.stateContents()["\(snapshots[1]).damaged"] == damaged)
    }

    @Test("while there is only one snapshot, the journals alone hold everything")
    func only() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let token = try await daemon.socket.create()
        try await daemon.admin.call("server.snapshot")
        try await daemon.socket.call("session.update", ["token": token, "data": ["n": 1]])
        daemon.kill()
        let snapshots = try daemon.snapshots()
        try #require(snapshots.count == 1)
        try daemon.change(snapshots[0], Damage.middle.inflict)
        try await daemon.start()
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["data"] == ["n": 1])
        let recovery = try await daemon.socket.call("server.info")["recovery"]
        #expect(recovery["snapshot"] == .null)
        #expect(recovery["journals"] == ["journal-0000000000000001", "journal-0000000000000002"])
        #expect(try await daemon.logged("passed over").contains("the journals, which hold the same"))
        #expect(try daemon.snapshots().isEmpty)
    }

    @Test("when no snapshot is whole the start is refused with one line, and nothing on the disk is changed")
    func all() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let token = try await daemon.socket.create()
        try await daemon.admin.call("server.snapshot")
        try await daemon.socket.call("session.update", ["token": token, "data": ["n": 1]])
        try await daemon.stop()
        let snapshots = try daemon.snapshots()
        try #require(snapshots.count == 2)
        let whole = try daemon.stateContents()
        for name in snapshots { try daemon.change(name, Damage.middle.inflict) }
        let before = try daemon.stateContents()

        let result = try await daemon.startInVain()
        #expect(result.status == 65)
        let messages = result.errors.split(separator: "\n")
        #expect(messages.count == 1)
        let command = "sessionctl state repair \(daemon.state)"
        for named in snapshots + [command, "backup"] { #expect(result.errors.contains(named)) }
        #expect(result.errors.matches(of: /at byte [0-9]+/).count == 2)
        #expect(try daemon.stateContents() == before)
        for role in daemon.roles { #expect(!FileManager.default.fileExists(atPath: daemon.socket(role).path)) }

        // With a file from a backup it starts again.
        try daemon.change(snapshots[1]) { $0 = whole[snapshots[1]] ?? Data() }
        try await daemon.start()
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["data"] == ["n": 1])
    }

    @Test("what an interrupted snapshot or start has left behind is neither snapshot nor journal, and does not stay")
    func interrupted() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let token = try await daemon.socket.create()
        try await daemon.admin.call("server.snapshot")
        daemon.kill()
        let snapshots = try daemon.snapshots()
        try daemon.folder.write("half of a snapsh", to: "state/snapshot.tmp")
        try daemon.folder.write("half of a jour", to: "state/journal.tmp")
        try await daemon.start()
        let recovery = try await daemon.socket.call("server.info")["recovery"]
        #expect(recovery["snapshot"] == .string(snapshots[0]))
        #expect(recovery["damaged"] == [])
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        try await daemon.admin.call("server.snapshot")
        #expect(try daemon.stateFiles() == daemon.journals() + daemon.snapshots())
    }
}
