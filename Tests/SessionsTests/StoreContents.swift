// All that can be seen of a store at an instant, as a value: two stores with equal contents answer alike. What has
// ended shows in the counts only, as long as it is not swept.

@testable import Sessions

struct StoreContents: Equatable {
    /// What has not ended, with its sequence numbers, in the order of the ids.
    let entries: [SnapshotEntry]
    /// The ids that each user's list names, in its order.
    let lists: [UserID: [SessionID]]
    /// The entries that their token or their id does not lead to.
    let lost: [SessionID]
    let sequence: UInt64
    let sessionCount: Int
    let tombstoneCount: Int
    let replacedTokenCount: Int
    let userCount: Int
    let payloadBytes: Int
}

extension Scenario {
    var contents: StoreContents {
        let entries = snapshot().sorted { $0.order < $1.order }
        let users = Set(entries.compactMap(\.session?.userID))
        return StoreContents(
            entries: entries,
            lists: Dictionary(uniqueKeysWithValues: users.map { user in (user, list(user).map(\.id)) }),
            lost: entries.filter { !isFound($0) }.map(\.id),
            sequence: store.sequence,
            sessionCount: store.sessionCount,
            tombstoneCount: store.tombstoneCount,
            replacedTokenCount: store.replacedTokenCount,
            userCount: store.userCount,
            payloadBytes: store.payloadBytes
        )
    }

    private func isFound(_ entry: SnapshotEntry) -> Bool {
        switch entry {
        case .session(let session, _):
            return self.session(session.tokenHash) == session && self.session(session.id) == session
        case .tombstone(let tombstone, _):
            let absence = Absence.revoked(at: tombstone.revokedAt, cause: tombstone.cause)
            return self.absence(tombstone.tokenHash) == absence && self.absence(tombstone.id) == absence
        case .replaced(let token, _):
            return store.slot(of: token.tokenHash) != .none
        }
    }
}

extension SnapshotEntry {
    var id: SessionID {
        switch self {
        case .session(let session, _): session.id
        case .tombstone(let tombstone, _): tombstone.id
        case .replaced(let token, _): token.id
        }
    }

    /// Sessions and tombstones by their ids, each followed by the tokens that it had, oldest first.
    fileprivate var order: (String, UInt64) {
        if case .replaced(let token, let sequence) = self { return (token.id.string, sequence) }
        return (id.string, 0)
    }

    var session: Session? {
        guard case .session(let session, _) = self else { return nil }
        return session
    }
}
