// The protocol's rules and the tests that prove them. Each word of the article Protocol.md below its heading "Overview" is
// a rule's, but for headings, code blocks, the heads of tables, and asides (lines that begin with `>`), which explain.
// Tests name what they prove by the trait `.rule`, in one literal each, or all rows of a table that they compare with the
// code row by row by `.rule(table:)`. Here the names are compared with the article: no word may be without a test, and
// none named that does not stand there. So who changes a rule is led to its tests.

import Foundation
import Testing

@Suite("The protocol and the tests that name its rules")
struct ProtocolRulesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let rules: [RuleText]
    let names: [RuleName]

    init() throws {
        let article = Self.root.appending(path: "Sources/SessionServer/SessionServer.docc/Protocol.md")
        rules = RuleText.all(in: try String(contentsOf: article, encoding: .utf8))
        names = try RuleName.all(under: Self.root.appending(path: "Tests"))
    }

    @Test("each rule of the article is named by a test")
    func covered() {
        #expect(rules.count > 60)
        for rule in rules {
            let unnamed = rule.rest(without: names)
            #expect(unnamed.isEmpty, "Protocol.md:\(rule.line): no test names \(unnamed)")
        }
    }

    @Test("what tests name stands in the article, once")
    func named() {
        #expect(names.count > 200)
        for name in names {
            let count = name.count(in: rules)
            let words = name.words.joined(separator: " ")
            #expect(count == 1, "\(name.file):\(name.line): \(count) times in Protocol.md: \(words)")
        }
    }

    @Test("a sentence that no test names is found, and a name that stands nowhere")
    func finds() {
        let article = """
            Not yet a rule.
            ## Overview
            - A line ends
              with **LF**; it is short.
            > Tip: Write one.
            ```
            code
            ```
            | name | rule |
            |---|---|
            | `ttl` | 7 days |
            """
        let rules = RuleText.all(in: article)
        #expect(rules.map(\.line) == [3, 11])
        let tests = "@Test(\"x\", .rule(\"A line ends with `LF`\"), .rule(\n\"`ttl` | 7 days\"))\n.rule(\"ends in\")"
        let names = RuleName.names(in: tests, of: "Tests.swift")
        #expect(names.map(\.line) == [1, 1, 3])
        #expect(rules[0].rest(without: names) == ["it is short"])
        let others = RuleName.names(in: ".rule(\"ends\") .rule(\"it is\")", of: "Tests.swift")
        #expect(rules[0].rest(without: others) == ["A line", "with LF", "short"])
        #expect(rules[1].rest(without: names) == [])
        #expect(names.map { $0.count(in: rules) } == [1, 1, 0])
        #expect(rules.flatMap { $0.places(of: ["code"]) + $0.places(of: ["rule"]) } == [])
    }

    @Test("the name of a table names its rows, and nothing else")
    func tables() {
        let article = """
            ## Overview
            name
            | name | rule |
            |---|---|
            | `ttl` | 7 days |
            | `lifetime` | 30 days |

            | setting |
            |---|
            | name |
            """
        let rules = RuleText.all(in: article)
        let names = RuleName.names(in: ".rule(table: \"name\") .rule(table: \"`rule`\")", of: "Tests.swift")
        #expect(names.map { $0.count(in: rules) } == [1, 0])
        #expect(rules.map { $0.rest(without: names) } == [["name"], [], [], ["name"]])
    }
}
