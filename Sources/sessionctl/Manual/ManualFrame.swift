// What a manual page says besides: what the definition of a command line does not know, or keeps in a sentence.

/// Sections by the names of the programs that they belong to.
enum ManualFrame {
    static func sections(of name: String, exits: String?) -> [String] {
        var lines: [String] = []
        if let exits {
            lines.append(".Sh EXIT STATUS")
            lines += exitList(exits)
        }
        return lines + (name == "sessiond" ? daemon : client)
    }

    /// `0 done, 64 bad usage` as a list.
    private static func exitList(_ text: String) -> [String] {
        let items = text.split(separator: /,\s+(?=\d)/)
            .map { item in
                let parts = item.split(separator: " ", maxSplits: 1)
                let words = parts.count > 1 ? String(parts[1]) : ""
                return ".It \(parts.first ?? "")\n\(Mdoc.text(words.hasSuffix(".") ? String(words.dropLast()) : words))"
            }
        return [".Bl -tag -width Ds"] + items + [".El"]
    }

    private static let client = [
        ".Sh ENVIRONMENT",
        ".Bl -tag -width Ds",
        ".It Ev SESSIOND_SOCKET", "The socket to ask on, where none is named.",
        ".It Ev NO_COLOR", "When set, output has no colours on a terminal either.",
        ".El",
        ".Sh FILES",
        ".Bl -tag -width Ds",
        ".It Pa /run/sessiond/admin.sock", "The administrator's socket: root may open it.",
        ".It Pa /run/sessiond/sessiond.sock", "The socket of applications: members of the group sessiond may open it.",
        ".It Pa /run/sessiond/reader.sock",
        "The socket of readers: members of the group sessiond\\-reader may open it.",
        ".It Pa $XDG_RUNTIME_DIR/sessiond.sock",
        "The socket of a daemon that a user runs; without a runtime directory it is in",
        ".Pa /tmp/sessiond\\-UID .",
        ".El",
        ".Sh SEE ALSO",
        ".Xr jq 1 ,", ".Xr sessiond 8",
    ]

    private static let daemon = [
        ".Sh SIGNALS",
        ".Bl -tag -width SIGTERM",
        ".It Dv SIGHUP", "Read the configuration again; what is refused changes nothing.",
        ".It Dv SIGTERM", "Answer what was read, write a snapshot and end.",
        ".El",
        ".Sh FILES",
        ".Bl -tag -width Ds",
        ".It Pa /etc/sessiond/sessiond.toml", "The configuration; each of its keys has a default.",
        ".It Pa /var/lib/sessiond", "Journals and snapshots, under systemd.",
        ".It Pa /run/sessiond", "The sockets, under systemd: sessiond.sock, reader.sock and admin.sock.",
        ".El",
        ".Sh SEE ALSO",
        ".Xr sessionctl 1 ,", ".Xr journalctl 1 ,", ".Xr systemd.socket 5",
    ]
}
