// A user's sessions page by page, the one that began last first: each is met once, whatever goes while a caller turns
// the pages.

import Testing

@testable import Sessions

@Suite("Store: listing")
struct StoreListTests {
    private let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .zero))

    /// Sessions of a user, a millisecond apart, the newest first.
    private func sessions(_ count: Int, of user: UserID = .ann) -> [Session] {
        let tokens = (0..<count)
            .map { _ in
                scenario.pass(Milliseconds(1))
                return scenario.create(user: user)
            }
        return tokens.reversed().compactMap { scenario.session($0) }
    }

    @Test("sessions come newest first")
    func newestFirst() {
        let sessions = sessions(10)
        #expect(sessions.count == 10)
        #expect(scenario.list(.ann) == sessions)
    }

    @Test("only the user's own sessions come")
    func onlyOwn() {
        let mine = sessions(3, of: .ann)
        let others = sessions(2, of: .bob)
        scenario.create(user: nil)
        #expect(scenario.list(.ann) == mine)
        #expect(scenario.list(.bob) == others)
        #expect(scenario.list(UserID(named: "an")).isEmpty)
    }

    @Test("pages follow each other without gap or repetition", arguments: 1...11)
    func pages(limit: Int) {
        let sessions = sessions(10)
        var (seen, cursor): ([Session], ListCursor?) = ([], nil)
        while seen.count <= 10 {
            let page = scenario.list(.ann, after: cursor, limit: limit)
            #expect(page.count == min(limit, 10 - seen.count))
            guard let last = page.last else { break }
            seen += page
            cursor = last.cursor
        }
        #expect(seen == sessions)
    }

    @Test("behind the oldest session comes nothing, whether or not it is still there")
    func behindTheLast() throws {
        let sessions = sessions(3)
        #expect(scenario.list(.ann, after: sessions[2].cursor).isEmpty)
        scenario.revoke(.session(sessions[2].id))
        #expect(scenario.list(.ann, after: sessions[2].cursor).isEmpty)
    }

    @Test("a page goes on where the one before ended though its last session was revoked meanwhile", arguments: 0..<10)
    func revokedCursor(place: Int) {
        let sessions = sessions(10)
        scenario.revoke(.session(sessions[place].id))
        #expect(scenario.list(.ann, after: sessions[place].cursor) == Array(sessions.dropFirst(place + 1)))
    }

    @Test("a page goes on though the session that it follows has ended meanwhile", arguments: [false, true])
    func endedCursor(isSwept: Bool) throws {
        let sessions = sessions(10)
        try scenario.refresh(sessions[4].tokenHash, end: .ttl(.seconds(1)))
        scenario.pass(.seconds(2))
        if isSwept { #expect(scenario.sweep() == [sessions[4].id]) }
        #expect(scenario.list(.ann, after: sessions[4].cursor) == Array(sessions.dropFirst(5)))
        #expect(scenario.list(.ann) == Array(sessions[0..<4] + sessions[5...]))
    }

    @Test("a page goes on though the session that it follows belongs to another user now")
    func movedCursor() throws {
        let sessions = sessions(10)
        try scenario.put(sessions[4].tokenHash, user: .bob)
        #expect(scenario.list(.ann, after: sessions[4].cursor) == Array(sessions.dropFirst(5)))
    }

    @Test("sessions that begin meanwhile are on no later page")
    func newSessionsMeanwhile() {
        let before = sessions(5)
        _ = sessions(3)
        #expect(scenario.list(.ann, after: before[1].cursor) == Array(before.dropFirst(2)))
    }

    @Test("a page is filled up although sessions in between have ended")
    func filledUp() throws {
        let sessions = sessions(10)
        for place in 1...6 { try scenario.refresh(sessions[place].tokenHash, end: .ttl(.seconds(1))) }
        scenario.pass(.seconds(1))
        #expect(scenario.list(.ann, limit: 3) == [sessions[0], sessions[7], sessions[8]])
    }

    @Test("a session that moves to a user has the place of its age in that user's list", arguments: 0..<5)
    func movedSessionKeepsItsAge(place: Int) throws {
        var sessions = sessions(5)
        try scenario.put(sessions[place].tokenHash, user: .bob)
        try scenario.put(sessions[place].tokenHash, user: .ann)
        sessions[place] = try #require(scenario.session(sessions[place].tokenHash))
        #expect(scenario.list(.ann) == sessions)
    }

    @Test("no session is left out or repeated after a moved one that the page ended with was revoked")
    func movedAndRevokedCursor() throws {
        let moved = sessions(1, of: .bob)[0]
        let others = sessions(3, of: .ann)
        try scenario.put(moved.tokenHash, user: .ann)
        var (seen, cursor): ([SessionID], ListCursor?) = ([], nil)
        // The last session of each page is revoked before the next page is asked for.
        while let last = scenario.list(.ann, after: cursor, limit: 1).last, seen.count < 10 {
            seen.append(last.id)
            cursor = last.cursor
            scenario.revoke(.session(last.id))
        }
        #expect(seen == others.map(\.id) + [moved.id])
    }

    @Test("sessions of one millisecond are met once each, whichever of them is revoked meanwhile", arguments: 0..<6)
    func sameMillisecond(place: Int) {
        for _ in 0..<6 { scenario.create() }
        let sessions = scenario.list(.ann)
        #expect(sessions.count == 6)
        scenario.revoke(.session(sessions[place].id))
        #expect(scenario.list(.ann, after: sessions[place].cursor) == Array(sessions.dropFirst(place + 1)))
    }

    @Test("touching, refreshing and updating leave the order")
    func changesLeaveTheOrder() throws {
        let ids = sessions(5).map(\.id)
        scenario.pass(.seconds(30))
        for session in scenario.list(.ann).shuffled(using: &scenario.generator) {
            scenario.lookup(session.tokenHash)
            try scenario.refresh(session.tokenHash)
            try scenario.update(session.tokenHash, data: #"{"a":1}"#)
        }
        #expect(scenario.list(.ann).map(\.id) == ids)
    }
}
