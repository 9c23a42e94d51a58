// The names of the state files. Each snapshot and each journal belongs to a generation: journal n holds what was changed
// from the moment at which snapshot n was begun, so a state is a snapshot and all journals from its generation on.

/// The name of a state file: what it is, and its generation in sixteen hexadecimal digits, so that names sort by age.
struct StateFileName: Equatable, Comparable {
    /// What a state file holds.
    enum Kind: String {
        case snapshot
        case journal

        /// What such a file is called until it is whole.
        var temporary: String { "\(rawValue).tmp" }
    }

    let kind: Kind
    let generation: UInt64

    init(_ kind: Kind, _ generation: UInt64) {
        self.kind = kind
        self.generation = generation
    }

    init?(_ kind: Kind, _ text: String) {
        guard text.hasPrefix("\(kind.rawValue)-"), text.utf8.count == kind.rawValue.utf8.count + 17,
            let generation = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(kind, generation)
        // Capital digits or a sign would make a second name of the same file.
        if self.text != text { return nil }
    }

    var text: String {
        let digits = String(generation, radix: 16)
        return "\(kind.rawValue)-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func < (one: StateFileName, other: StateFileName) -> Bool { one.generation < other.generation }

    /// The files of one kind among these, oldest first.
    static func all(_ kind: Kind, in names: [String]) -> [StateFileName] {
        names.compactMap { StateFileName(kind, $0) }.sorted()
    }
}
