// What a directory is, by the names in it: so that nobody takes the wrong one for a state, or writes one among other files.

/// What a directory is.
public enum StateDirectoryKind: Sendable {
    /// There is nothing in it, or only what an interrupted writing has left.
    case empty
    /// It has files of a state.
    case state
    /// It has other files, and none of a state.
    case foreign

    /// Looks at a directory.
    public init(of disk: some Disk) throws(SystemError) {
        let kinds = [StateFileName.Kind.snapshot, .journal]
        // Every ext4 has one of its own.
        let names = try disk.list().filter { name in name != "lost+found" && !kinds.contains { $0.temporary == name } }
        let isState = names.contains { name in kinds.contains { name.hasPrefix("\($0.rawValue)-") } }
        self = isState ? .state : names.isEmpty ? .empty : .foreign
    }
}

extension Disk {
    /// Under which name a damaged file is kept: one that no other has.
    func nameAside(of name: String) throws(SystemError) -> String {
        let names = Set(try list())
        var aside = "\(name).damaged"
        var number = 1
        while names.contains(aside) {
            number += 1
            aside = "\(name).damaged-\(number)"
        }
        return aside
    }

    /// Keeps a damaged file for a person to look at.
    func setAside(_ name: String) throws(SystemError) -> String {
        let aside = try nameAside(of: name)
        try rename(name, to: aside)
        return aside
    }
}
