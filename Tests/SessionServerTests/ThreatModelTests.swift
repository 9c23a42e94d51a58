// The threat model and the tests that it names. Its rows speak of other standards' requirements, which several tests show
// together, so the names stand in the article and not with the tests: each row that claims something names at least one
// test, each name is a test's, and each requirement of the chapter that it goes through is there once.

import Foundation
import Testing

@testable import SessionServer

@Suite("The threat model")
struct ThreatModelTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let article =
        (try? String(
            contentsOf: root.appending(path: "Sources/SessionServer/SessionServer.docc/ThreatModel.md"),
            encoding: .utf8
        )) ?? ""

    let rows = ArticleRow.all(in: Self.article)

    @Test("each row that claims something names tests, and each of them is there, once")
    func claims() throws {
        let tests = try NamedTests.all(under: Self.root.appending(path: "Tests"))
        #expect(tests.count > 500)
        let claims = rows.filter { $0.heads.last == "shown by" }
        #expect(claims.count > 35)
        for row in claims {
            let named = ArticleRow.code(in: row.cells.last ?? "")
            #expect(!named.isEmpty, "ThreatModel.md:\(row.line) names no test")
            for name in named {
                let count = tests.count { $0 == name }
                #expect(count == 1, "ThreatModel.md:\(row.line): \(count) tests are named \(name)")
            }
        }
    }

    @Test("each requirement of chapter V7 of the ASVS is there once: supplied, or left to the application")
    func everyRequirement() {
        // Of its sections, how many requirements each has.
        let counts = [3, 4, 2, 5, 3, 2]
        let all = counts.enumerated().flatMap { section, count in (1...count).map { "7.\(section + 1).\($0)" } }
        #expect(rows.compactMap { $0.cell("requirement") }.sorted() == all)
    }

    @Test("the methods that it names are those that there are")
    func methods() {
        let known = Set(Method.table.map { "\($0.name)" })
        let named = Set(ArticleRow.code(in: Self.article).filter { $0.contains(/^(session|server)\.[a-z]+$/) })
        #expect(named.count > 5)
        #expect(named.subtracting(known) == [])
    }

    @Test("a row without a test is found, and a name that is no test's")
    func finds() {
        let rows = ArticleRow.all(
            in: """
                | a | shown by |
                |---|---|
                | 1 | `X/y`, `Z/w` |
                | 2 | |
                text
                | b |
                |---|
                | 3 |
                """
        )
        #expect(rows.map(\.line) == [3, 4, 8])
        #expect(rows.map { $0.cell("shown by").map(ArticleRow.code) } == [["X/y", "Z/w"], [], nil])
        let text = """
            struct X {
                struct Case {
                    func none() {}
                }
                @Test("one", .bug("struct W {"))
                func y() async throws {
                    func inner() {}
                }
            }
            extension V {
                @Suite final class Z {
                    @Test func w() {}
                }
            }
            """
        #expect(NamedTests.names(in: text) == ["X/y", "Z/w"])
    }
}
