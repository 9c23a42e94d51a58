// Which socket is used when none is named.

import Foundation
import Testing

@testable import SessionClient

@Suite("Choice of the socket")
struct SocketPathTests {
    private let folder = "/tmp/sessionctl-test.\(UInt64.random(in: .min ... .max))"

    /// Makes a daemon's folder with these sockets in it; files do for that.
    private func daemon(_ name: String, with sockets: KeyPath<SocketPath.Daemon, String>...) throws -> SocketPath.Daemon
    {
        let daemon = SocketPath.ofUser(in: "\(folder)/\(name)")
        try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        for socket in sockets { try Data().write(to: URL(fileURLWithPath: daemon[keyPath: socket])) }
        return daemon
    }

    @Test("the machine's daemon goes before the user's own, and the administrator's socket before the others")
    func order() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let all = try daemon("all", with: \.administrator, \.application, \.reader)
        let some = try daemon("some", with: \.application, \.reader)
        let readers = try daemon("readers", with: \.reader)
        let none = try daemon("none")
        #expect(SocketPath.choose(for: .application, among: [all, some]) == all.administrator)
        #expect(SocketPath.choose(for: .application, among: [some, all]) == some.application)
        #expect(SocketPath.choose(for: .application, among: [none, some]) == some.application)
        #expect(SocketPath.choose(for: .anyone, among: [readers, all]) == readers.reader)
        #expect(SocketPath.choose(for: .administrator, among: [none, all]) == all.administrator)
    }

    @Test("a daemon that is there is not passed over because its socket is missing or closed: that is what to tell of")
    func told() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let all = try daemon("all", with: \.administrator, \.application, \.reader)
        let readers = try daemon("readers", with: \.reader)
        #expect(SocketPath.choose(for: .administrator, among: [readers, all]) == readers.administrator)
        #expect(SocketPath.choose(for: .application, among: [readers, all]) == readers.application)
    }

    @Test("where there is no daemon at all, it is the machine's that is missed")
    func nobody() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let none = try daemon("none")
        #expect(SocketPath.choose(for: .anyone, among: [none]) == SocketPath.application)
        #expect(SocketPath.choose(for: .administrator, among: [none]) == SocketPath.administrator)
        #expect(SocketPath.choose(for: .application, among: []) == SocketPath.application)
    }

    @Test("a socket that is named is used, whether it is there or not")
    func named() {
        #expect(SocketPath.choose(named: "/nowhere", for: .administrator) == "/nowhere")
    }

    @Test("a unit is named where one opens the socket")
    func hints() {
        #expect(SocketPath.startHint(for: SocketPath.application).contains("systemctl start sessiond.socket"))
        #expect(SocketPath.startHint(for: SocketPath.administrator).contains("systemctl start sessiond-admin.socket"))
        #expect(!SocketPath.startHint(for: "/tmp/x").contains("systemctl"))
    }
}
