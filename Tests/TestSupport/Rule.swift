// Naming the rule of the protocol that a test proves, so that who changes the rule finds the test by its words, and a test
// that fails says which promise is broken. SessionServerTests/ProtocolRulesTests.swift compares the names with the article.

package import Testing

extension Trait where Self == Comment {
    /// Names what a test or suite proves, in words of the article `Protocol.md` as they stand there.
    ///
    /// - Parameter words: One literal. The words stand in the article once, within a line of a table, an item of a list or
    ///   a paragraph; markup, line breaks and punctuation at the edges of words make no difference.
    package static func rule(_ words: String) -> Self { Comment(rawValue: "the protocol says: \(words)") }

    /// Names all rows of a table of the article, of which a test compares every row with what the code declares.
    ///
    /// - Parameter words: One literal: the words that the head of one table in the article begins with.
    package static func rule(table words: String) -> Self { Comment(rawValue: "the protocol has the table: \(words)") }
}
