// Naming the rule of the protocol that a test proves, so that who changes the rule finds the test by its words, and a test
// that fails says which promise is broken. SessionServerTests/ProtocolRulesTests.swift checks that the names are right.

package import Testing

/// The words of the protocol that a test or suite proves, as they stand in the article `Protocol.md`.
package struct Rule: TestTrait, SuiteTrait {
    private let words: String

    /// Shown with each failure of the test.
    package var comments: [Comment] { [Comment(rawValue: "the protocol says: \(words)")] }

    fileprivate init(words: String) {
        self.words = words
    }
}

extension Trait where Self == Rule {
    /// Names some words of the protocol, of one line of a table, item of a list or paragraph. Markup, where lines are
    /// broken and full stops make no difference.
    package static func rule(_ words: String) -> Self { Rule(words: words) }
}
