// The name of a history. Each start begins a new one, and so does each failure of the journal, so that a number of a change
// means the same to all who have it with the same epoch, whatever became of the files. Each journal says in which one
// it was written: so a later start knows how far that history is also its own.

internal import Sessions

/// The name of a history: within one, no two changes have the same number.
public struct Epoch: Hashable, Sendable {
    private let name: SessionID

    /// Draws a new name.
    public init(using generator: inout some RandomNumberGenerator) {
        name = SessionID(using: &generator)
    }

    /// Reads a name from its text; nil when it is none.
    public init?(text: Span<UInt8>) {
        guard let name = SessionID(text: text) else { return nil }
        self.name = name
    }

    /// Restores a name from its 16 bytes; nil when there are more or fewer, or only zeros.
    init?(bytes: [UInt8]) {
        guard bytes.contains(where: { $0 != 0 }), let name = SessionID(bytes: bytes.span) else { return nil }
        self.name = name
    }

    /// The 16 bytes.
    var bytes: [UInt8] { name.bytes.indices.map { name.bytes[$0] } }

    /// The 22 characters, base64url.
    public var text: String { String(decoding: name.text.indices.map { name.text[$0] }, as: UTF8.self) }
}
