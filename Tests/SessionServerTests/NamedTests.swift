// The tests of this package by the names that `swift test --filter` takes, and the tables of articles that name them.

import Foundation

/// A test as `Suite/function`.
enum NamedTests {
    /// All that there are in a folder.
    static func all(under folder: URL) throws -> [String] {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? []
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .flatMap { names(in: try String(contentsOf: $0, encoding: .utf8)) }
    }

    /// Those in the text of a file. What a test belongs to is less indented than the test.
    static func names(in text: String) -> [String] {
        var types: [(indentation: Int, name: Substring)] = []
        var isAwaited = false
        var names: [String] = []
        for line in text.split(separator: "\n") {
            let content = line.drop { $0 == " " }
            let indentation = line.count - content.count
            if let type = content.firstMatch(of: /^(?:[\w@()]+ )*(?:struct|class|enum|extension) (\w+)/) {
                types.removeAll { $0.indentation >= indentation }
                types.append((indentation, type.1))
            }
            if content.hasPrefix("@Test") { isAwaited = true }
            guard isAwaited, let function = content.firstMatch(of: /\bfunc (\w+)/) else { continue }
            isAwaited = false
            if let type = types.last(where: { $0.indentation < indentation }) {
                names.append("\(type.name)/\(function.1)")
            }
        }
        return names
    }
}

/// A row of a table in an article.
struct ArticleRow {
    /// Where it is in the article.
    let line: Int
    let cells: [String]
    /// The heads of its columns.
    let heads: [String]

    /// The cell under a head; nil where the table has no such column.
    func cell(_ head: String) -> String? {
        heads.firstIndex(of: head).flatMap { cells.indices.contains($0) ? cells[$0] : nil }
    }

    /// What stands in a cell as code.
    static func code(in text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// All rows of an article's tables.
    static func all(in article: String) -> [ArticleRow] {
        var rows: [ArticleRow] = []
        var heads: [String] = []
        let lines = article.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            guard line.hasPrefix("|") else {
                heads = []
                continue
            }
            let cells = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            if heads.isEmpty {
                heads = cells
            } else if !line.hasPrefix("|---") {
                rows.append(ArticleRow(line: index + 1, cells: cells, heads: heads))
            }
        }
        return rows
    }
}
