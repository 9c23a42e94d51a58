// The rules of the protocol's article and the names that tests give them, as words: markup, punctuation at the
// edges of words and the places where lines are broken make no difference.

import Foundation

/// A line of a table, an item of a list or a paragraph of the article.
struct RuleText {
    /// Where it begins in the article.
    let line: Int
    /// The words of the head of the table that it is a row of; none for other text.
    let table: [String]
    private let words: [String]

    /// All of an article.
    static func all(in article: String) -> [RuleText] {
        var blocks: [(line: Int, table: String, text: String)] = []
        var head = ""
        var isRule = false
        var isCode = false
        var goesOn = false
        let lines = article.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        for (index, line) in lines.enumerated() {
            let next = index + 1 < lines.count ? lines[index + 1] : ""
            if line.hasPrefix("#") { isRule = isRule || line == "## Overview" }
            if line.hasPrefix("```") { isCode.toggle() }
            let isTable = line.hasPrefix("|")
            if next.hasPrefix("|---") { head = line }
            let explains = ["#", ">", "```", "|---"].contains { line.hasPrefix($0) } || next.hasPrefix("|---")
            guard isRule, !isCode, !explains, !line.isEmpty else {
                goesOn = false
                continue
            }
            if goesOn, !isTable, !line.hasPrefix("- ") {
                blocks[blocks.count - 1].text += " " + line
            } else {
                blocks.append((index + 1, isTable ? head : "", line))
            }
            goesOn = !isTable
        }
        return blocks.map {
            RuleText(line: $0.line, table: ruleWords(of: $0.table), words: ruleWords(of: $0.text))
        }
    }

    /// Where these words stand in it.
    func places(of wanted: [String]) -> [Range<Int>] {
        guard let first = wanted.first, wanted.count <= words.count else { return [] }
        return (0...(words.count - wanted.count)).filter { words[$0] == first }.map { $0..<($0 + wanted.count) }
            .filter { words[$0].elementsEqual(wanted) }
    }

    /// What of it is in none of these, in pieces.
    func rest(without names: [RuleName]) -> [String] {
        if names.contains(where: { $0.isTable && table.starts(with: $0.words) }) { return [] }
        var isNamed = words.map { _ in false }
        for index in names.filter({ !$0.isTable }).flatMap({ places(of: $0.words) }).joined() { isNamed[index] = true }
        return words.indices.split { isNamed[$0] }.map { $0.map { words[$0] }.joined(separator: " ") }
    }
}

/// What a test names.
struct RuleName {
    let file: String
    let line: Int
    /// Whether it names all rows of the table whose head begins with the words.
    let isTable: Bool
    let words: [String]

    /// How often it stands in an article.
    func count(in rules: [RuleText]) -> Int {
        guard isTable else { return rules.reduce(0) { $0 + $1.places(of: words).count } }
        return Set(rules.map(\.table)).count { $0.starts(with: words) }
    }

    /// The names in all tests in a folder.
    static func all(under folder: URL) throws -> [RuleName] {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? []
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
            .flatMap { names(in: try String(contentsOf: $0, encoding: .utf8), of: $0.lastPathComponent) }
    }

    /// The names in the text of a file: the literals behind `.rule`.
    static func names(in text: String, of file: String) -> [RuleName] {
        var line = 1
        return text.components(separatedBy: ".rule" + "(").enumerated()
            .compactMap { index, piece in
                defer { line += piece.count { $0 == "\n" } }
                let argument = piece.drop { $0.isWhitespace }
                let isTable = argument.hasPrefix("table:")
                let literal = argument.dropFirst(isTable ? "table:".count : 0).drop { $0.isWhitespace }
                guard index > 0, literal.first == "\"" else { return nil }
                let text = literal.dropFirst().replacing("\\\"", with: "").prefix { $0 != "\"" }
                return RuleName(file: file, line: line, isTable: isTable, words: ruleWords(of: String(text)))
            }
    }
}

/// The words of a text without its markup.
func ruleWords(of text: String) -> [String] {
    text.replacing(/\]\([^)]*\)/, with: "").filter { !"`*\"[".contains($0) }.split(separator: " ")
        .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: ".,;:()")) }
        .filter { $0.contains { $0.isLetter || $0.isNumber } }
}
