// What the socket units that are installed say, without a systemd to ask: where each socket is, under which name it is handed
// on, and whom its mode lets in.

import Foundation
import TestSupport
import Testing

@Suite("Socket units")
struct SocketUnitTests {
    @Test(
        "each unit has the path, the name, the mode and the group of its role",
        .rule("`/run/sessiond/sessiond.sock` | 0660, group `sessiond`"),
        .rule("`/run/sessiond/reader.sock` | 0660, group `sessiond-reader`"),
        .rule("`/run/sessiond/admin.sock` | 0600, root"),
        arguments: [
            ("sessiond", SocketRole.application, "0660", "sessiond"),
            ("sessiond-reader", .reader, "0660", "sessiond-reader"), ("sessiond-admin", .administrator, "0600", "root"),
        ]
    )
    func units(_ unit: String, _ role: SocketRole, _ mode: String, _ group: String) throws {
        let text = try String(contentsOfFile: "\(Package.root)/systemd/\(unit).socket", encoding: .utf8)
        let settings = [
            "ListenStream": "/run/sessiond/\(role.name).sock", "FileDescriptorName": role.name, "SocketMode": mode,
            "SocketUser": "root", "SocketGroup": group,
        ]
        for (name, value) in settings {
            let lines = text.split(separator: "\n").filter { $0.hasPrefix("\(name)=") }
            #expect(lines == ["\(name)=\(value)"])
        }
    }
}
