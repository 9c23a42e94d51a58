// session.list: a user's sessions page by page, newest first, each of them exactly once, and pages that end early rather
// than grow long.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.list")
struct ListTests {
    let tested = ServiceUnderTest()

    /// All pages, with the ids of each one's sessions.
    private func pages(limit: Int?, between: () throws -> Void = {}) throws -> [[String]] {
        var pages: [[String]] = []
        var after = "null"
        while true {
            let limitMember = limit.map { #","limit":\#($0)"# } ?? ""
            let page = try tested.call("session.list", #"{"userId":"ann","after":\#(after)\#(limitMember)}"#)
            #expect(page.names == ["sessions", "next"])
            pages.append(try #require(page["sessions"]).elements.compactMap { $0["id"]?.string })
            guard let next = page["next"]?.string, pages.count < 10_000 else { return pages }
            after = "\"\(next)\""
            try between()
        }
    }

    /// Creates sessions of ann, several in one millisecond, and returns their ids, newest first.
    private func create(_ count: Int) throws -> [String] {
        var sessions: [(createdAt: Int64, id: String)] = []
        for index in 0..<count {
            if index % 7 == 0 { tested.pass(Milliseconds(1)) }
            sessions.append((tested.now.milliseconds, try tested.createNamed().id))
            if index % 10 == 0 { _ = try tested.create(#"{"userId":"bob"}"#) }
        }
        return sessions.sorted { $0.createdAt > $1.createdAt }.map(\.id)
    }

    @Test(
        "2500 sessions are listed exactly once each, whatever the limit",
        .rule("Pass `next` as `after` to go on; it is null on the last page."),
        arguments: [1, 100, 999, 1000]
    )
    func everyOne(_ limit: Int) throws {
        let ids = try create(2500)
        let pages = try pages(limit: limit)
        #expect(pages.count == (2500 + limit - 1) / limit)
        #expect(pages.dropLast().allSatisfy { $0.count == limit })
        #expect(pages.joined().count == 2500)
        #expect(Set(pages.joined()) == Set(ids))
    }

    @Test("the newest session comes first", .rule("The user's sessions, newest first"))
    func newestFirst() throws {
        let tested = tested
        for _ in 0..<50 {
            tested.pass(Milliseconds(3))
            _ = try tested.create()
        }
        let page = try #require(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"])
        let times = page.elements.compactMap { $0["createdAt"]?.integer }
        #expect(times.count == 50)
        #expect(times == times.sorted(by: >))
    }

    @Test("an old session that changes hands takes its place by age")
    func changedHands() throws {
        _ = try tested.call("session.put", #"{"token":"the-oldest-of-them","data":{}}"#)
        tested.pass(Milliseconds(1))
        let newest = try tested.createNamed().id
        _ = try tested.call("session.put", #"{"token":"the-oldest-of-them","userId":"ann","data":{}}"#)
        let ids = try pages(limit: nil)[0]
        #expect(ids.count == 2)
        #expect(ids.first == newest)
    }

    @Test(
        "a page has 100 sessions when no limit is given",
        .rule("`userId`, `limit`? (1 to 1000; 100), `after`? → `{sessions, next}`")
    )
    func defaultLimit() throws {
        _ = try create(250)
        #expect(try pages(limit: nil).map(\.count) == [100, 100, 50])
    }

    @Test("a page that just holds the rest is the last one", arguments: [0, 1, 10])
    func exactFit(_ count: Int) throws {
        _ = try create(count)
        #expect(try pages(limit: max(count, 1)).map(\.count) == [count])
    }

    @Test("a listed session looks as a lookup shows it, and has no token", .rule("newest first, without tokens"))
    func sameAsLookup() throws {
        let (token, session) = try tested.create(#"{"userId":"ann","data":{"a":1},"ip":"::1"}"#)
        let page = try tested.call("session.list", #"{"userId":"ann"}"#)
        #expect(page["sessions"] == .array([session]))
        #expect(page["next"] == .null)
        #expect(try tested.lookup(token)["session"] == session)
    }

    @Test("expired and revoked sessions are not listed")
    func onlyLiving() throws {
        let living = try tested.createNamed().id
        _ = try tested.create(#"{"userId":"ann","ttl":1000}"#)
        _ = try tested.call("session.revoke", #"{"id":"\#(tested.createNamed().id)"}"#)
        tested.pass(Milliseconds(1000))
        #expect(try pages(limit: nil) == [[living]])
    }

    @Test(
        "while many that were revoked are in the list still, pages pass over them, and come to what is left",
        .rule("and even none when very many have just been revoked.")
    )
    func revoked() throws {
        let (_, oldest) = try tested.createNamed()
        tested.pass(Milliseconds(1))
        let one = #"{"jsonrpc":"2.0","method":"session.create","params":{"userId":"ann"}}"#
        let hundred = "[" + (0..<100).map { _ in one }.joined(separator: ",") + "]"
        for _ in 0..<50 { #expect(tested.text(hundred).isEmpty) }
        let revoked = try tested.call("session.revoke", #"{"userId":"ann","except":"\#(oldest)"}"#)["revoked"]
        #expect(revoked == 5000)
        #expect(try pages(limit: 10) == [[], [], [oldest]])
        tested.carryOutRevocations()
        #expect(try pages(limit: 10) == [[oldest]])
    }

    @Test("a user without sessions has one empty page")
    func nobody() throws {
        let page = try tested.call("session.list", #"{"userId":"nobody"}"#)
        #expect(page == .object([.init(name: "sessions", value: .array([])), .init(name: "next", value: .null)]))
    }

    @Test(
        "a page ends early when the data is large, and the list goes on behind it",
        .rule("A page may hold fewer than `limit` sessions when their data is large."),
        arguments: [10_000, 65_000]
    )
    func largeData(_ size: Int) throws {
        let data = #"{"x":"\#(String(repeating: "x", count: size))"}"#
        let ids = try (0..<30).map { _ in try tested.createNamed(#"{"userId":"ann","data":\#(data)}"#).id }
        let answer = tested.bytes(Array(request("session.list", #"{"userId":"ann","limit":1000}"#).utf8))
        #expect(answer.count < 350_000)
        let pages = try pages(limit: 1000)
        #expect(pages.count > 1)
        #expect(pages.allSatisfy { !$0.isEmpty })
        #expect(pages.joined().count == 30)
        #expect(Set(pages.joined()) == Set(ids))
    }

    @Test(
        "no session is left out or listed twice when the last one of each page is revoked or expires meanwhile",
        .rule("A session that ends between two pages does not disturb the order.")
    )
    func changesMeanwhile() throws {
        let ids = Set(try create(200))
        var last: String?
        var listed: [String] = []
        var after = "null"
        repeat {
            let page = try tested.call("session.list", #"{"userId":"ann","after":\#(after),"limit":9}"#)
            let found = try #require(page["sessions"]).elements.compactMap { $0["id"]?.string }
            listed += found
            last = found.last
            after = page["next"]?.string.map { "\"\($0)\"" } ?? "null"
            _ = try tested.call("session.revoke", #"{"id":"\#(try #require(last))"}"#)
        } while after != "null" && listed.count < 1000
        #expect(listed.count == 200)
        #expect(Set(listed) == ids)
    }

    @Test("sessions that begin while a list is read do not upset it")
    func newOnesMeanwhile() throws {
        let ids = Set(try create(100))
        let pages = try pages(limit: 13) {
            tested.pass(Milliseconds(1))
            _ = try tested.create()
        }
        #expect(pages.joined().count == 100)
        #expect(Set(pages.joined()) == ids)
    }
}
