// The README's table of methods and the protocol article against the method table and the figures: what people read is what
// rpc.discover says.

import Foundation
import TestSupport
import Testing

@testable import SessionServer

@Suite("README and protocol article")
struct DocumentedTextTests {
    let readme: String
    let article: String
    static let methods = (try? DiscoveredDocument.usual.get().methods) ?? []

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let path = "Sources/SessionServer/SessionServer.docc/Protocol.md"
        article = try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The cells of the rows of the table that begins with this heading.
    private func rows(of text: String, under heading: String) throws -> [[String]] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0 == heading })
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }
            .map { line in
                line.dropFirst(2).dropLast(2).split(separator: " | ").map { String($0) }
            }
    }

    @Test("the README lists every method with the words of the table")
    func readmeTable() throws {
        let rows = try rows(of: readme, under: "| method | what it does |")
        let listed = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
        #expect(rows.count == Self.methods.count)
        for method in Self.methods { #expect(listed["`\(method.name)`"] == method.json["summary"]?.string) }
    }

    @Test(
        "the article has every method, with its parameters and its result",
        .rule("all of this as an OpenRPC 1.3 document: each method with its parameters, its result and its errors."),
        arguments: methods
    )
    func articleSections(_ method: DiscoveredMethod) throws {
        let section = try #require(article.firstRange(of: "\n### \(method.name)\n\n"), "no section")
        let paragraph = article[section.upperBound...].prefix(through: try #require(article.end(after: section)))
        let parts = paragraph.split(separator: "→", maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "no arrow: \(paragraph)")

        let named = parts[0].matches(of: /`([a-zA-Z]+)`(\?)?/)
            .filter { method.parameter(String($0.output.1)) != nil }
        #expect(Set(named.map { String($0.output.1) }) == Set(method.parameters.map(\.name)))
        let alternatives = method.rules.filter { $0.kind == "exactlyOneOf" }.flatMap(\.names)
        for match in named {
            let parameter = try #require(method.parameter(String(match.output.1)))
            let isMarked = match.output.2 != nil
            #expect(isMarked != (parameter.isRequired || alternatives.contains(parameter.name)), "\(parameter.name)")
            let note = parts[0][match.range.upperBound...].prefixMatch(of: /\s\(([^)]*)\)/).map { String($0.output.1) }
            switch parameter.schema["default"] {
            case .flag(let flag): #expect(note == "\(flag)", "\(parameter.name)")
            case .number(let digits) where parameter.name == "limit": #expect(note?.hasSuffix("; \(digits)") == true)
            default: break
            }
            if let most = parameter.schema["x-maxBytes"]?.integer, let note, note.contains("bytes") {
                #expect(note.contains("\(most) bytes"), "\(parameter.name)")
            }
        }

        let schema = method.result["oneOf"]?.elements.first ?? method.result
        guard let properties = schema["properties"] else { return }
        // Long results are told in words.
        guard let result = parts[1].firstMatch(of: /`\{([^}]*)\}`/), properties.names.count < 6 else { return }
        let required = Set(schema["required"]?.elements.compactMap(\.string) ?? [])
        let members = properties.names.map { required.contains($0) ? $0 : "\($0)?" }
        #expect(result.output.1.split(separator: ", ").map { String($0) } == members)
    }

    @Test("the article has no section of a method that there is not")
    func noOthers() {
        let sections = article.matches(of: /\n### ([a-z]+\.[a-z]+)\n/).map { String($0.output.1) }
        #expect(sections.sorted() == Self.methods.map(\.name).sorted())
    }

    @Test("the article's table of errors has every code with its meaning")
    func errors() throws {
        #expect(
            try rows(of: article, under: "| code | meaning |")
                == ErrorCode.allCases.map { ["\($0.rawValue)", $0.meaning] }
        )
    }

    @Test("the article's table of sockets names what each role may call")
    func roles() throws {
        let rows = try rows(of: article, under: "| socket | mode | may call |")
        func named(_ row: Int) -> Set<String> {
            Set(rows[row][2].matches(of: /`([a-z]+\.[a-z]+)`/).map { String($0.output.1) })
        }
        func callable(_ role: Role) -> Set<String> { Set(Self.methods.filter { $0.roles.contains(role) }.map(\.name)) }
        let all = Set(Self.methods.map(\.name))
        #expect(rows[0][2].hasPrefix("everything but"))
        #expect(named(0).subtracting(["session.revoke"]) == all.subtracting(callable(.application)))
        #expect(named(1) == callable(.reader))
        #expect(rows[2][2] == "everything")
        #expect(callable(.administrator) == all)
    }

    @Test("the article's table of a session has its members")
    func session() throws {
        let document = try DiscoveredDocument.usual.get().json
        let members = document["components"]?["schemas"]?["Session"]?["properties"]?.names
        let rows = try rows(of: article, under: "| member | meaning |")
        #expect(rows.flatMap { $0[0].matches(of: /`([a-zA-Z]+)`/).map { String($0.output.1) } } == members)
    }

    @Test(
        "the article's table of metrics has every figure, in order, under both its names",
        .rule(table: "metric | type | in `server.stats` | meaning")
    )
    func figures() throws {
        let rows = try rows(of: article, under: "| metric | type | in `server.stats` | meaning |")
        let expected = Figure.all.map { figure in
            let label: String? =
                switch figure.reading {
                case .numbers(let label, _), .histograms(let label, _), .words(let label, _): label
                case .number, .histogram, .state: nil
                }
            let ending = figure.kind == .counter ? "_total" : ""
            let member = [figure.group, figure.member].compactMap { $0 }.joined(separator: ".")
            return [
                "`\(figure.metric)\(ending)\(label.map { "{\($0)}" } ?? "")`", figure.kind.rawValue, "`\(member)`",
                figure.meaning,
            ]
        }
        #expect(rows == expected)
    }
}

extension String {
    /// The end of the paragraph after a heading.
    fileprivate func end(after heading: Range<Index>) -> Index? {
        self[heading.upperBound...].firstRange(of: "\n\n")?.lowerBound
    }
}
