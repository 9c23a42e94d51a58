// Values to test with, each with a default for all that a test does not care about, and the texts of values that are
// bytes in the store.

@testable import Sessions

extension Instant {
    /// When scenarios begin: a whole second, so that tests can say what lies on either side of one.
    static let start = Instant(milliseconds: 1_700_000_000_000)

    /// The instant so many milliseconds after this one, or before it.
    func plus(_ milliseconds: Int64) -> Instant { Instant(milliseconds: self.milliseconds + milliseconds) }
}

extension UserID {
    static let ann = UserID(named: "ann")
    static let bob = UserID(named: "bob")

    init(named name: String) {
        self.init(Array(name.utf8))!
    }
}

extension TokenHash {
    /// The hash of a token that a caller chose.
    init(text: String) {
        let bytes = Array(text.utf8)
        self.init(of: bytes.span)
    }

    /// A hash of nothing in particular.
    static func random(using generator: inout some RandomNumberGenerator) -> TokenHash {
        TokenHash(words: .init(a: generator.next(), b: generator.next(), c: generator.next(), d: generator.next()))
    }
}

extension SessionID {
    var string: String {
        let text = text
        return String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
    }
}

extension Token {
    var string: String { String(decoding: text.indices.map { text[$0] }, as: UTF8.self) }
}

extension Session {
    /// A session that began at `start` and ends after `ttl`, without an absolute limit.
    static func sample(
        id: SessionID = SessionID(high: 1, low: 1),
        token: TokenHash = TokenHash(text: "sample"),
        user: UserID? = .ann,
        start: Instant = .start,
        ttl: Milliseconds = .seconds(60),
        data: String = "{}"
    ) -> Session {
        Session(
            id: id,
            tokenHash: token,
            userID: user,
            createdAt: start,
            authenticatedAt: start,
            touchedAt: start,
            expiresAt: start.advanced(by: ttl),
            lifetimeEndsAt: .distantFuture,
            ttl: ttl,
            version: 1,
            ip: [],
            userAgent: [],
            data: Array(data.utf8)
        )
    }
}
