// How a person names a session: by its token or its id, told apart by their lengths. A token is a secret, and every user of
// the machine can see the words of a command line; so it can be given on standard input.

import ArgumentParser
import Glibc
import SessionClient
import Terminal

/// What names a session.
enum SessionName {
    case token(String)
    case id(String)

    private static let tokenLength = 43
    private static let idLength = 22

    /// Takes a word for what its length says.
    init?(_ word: String) {
        guard word.utf8.allSatisfy(\.isBase64URL) else { return nil }
        switch word.utf8.count {
        case Self.tokenLength: self = .token(word)
        case Self.idLength: self = .id(word)
        default: return nil
        }
    }

    /// The parameter that names it.
    var parameter: (name: String, value: String) {
        switch self {
        case .token(let token): ("token", token)
        case .id(let id): ("id", id)
        }
    }

    /// Takes a word of the command line, or, for `-`, what stands on standard input.
    static func read(_ word: String) throws -> SessionName {
        if word == "-" {
            let secret = try readSecret()
            return SessionName(secret) ?? .token(secret)
        }
        guard let name = SessionName(word) else {
            throw ValidationError(
                """
                "\(word)" is neither a token that sessiond has made (43 characters) nor an id (22 characters); another \
                token is given as --token, or as - on standard input
                """
            )
        }
        return name
    }

    /// A token from standard input: its first line, which is not shown where somebody types it.
    static func readSecret() throws -> String {
        let isTyped = isatty(0) == 1
        let line = isTyped ? try typedSecret("Token: ") : readLine()
        let secret = line?.trimmed ?? ""
        guard !secret.isEmpty else { throw ValidationError("expected a token on standard input") }
        return secret
    }
}

/// The argument and the options that name one session.
struct SessionOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A session's token (43 characters) or its id (22 characters), or - to read either from standard input.",
            discussion: "What stands on the command line other users can see while the command runs.",
            valueName: "session"
        )
    )
    var session: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A token that an application has chosen, or - as above.", valueName: "token")
    )
    var token: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("A session's id.", valueName: "id"))
    var id: String?

    /// Whether anything names a session.
    var isGiven: Bool { session != nil || token != nil || id != nil }

    func validate() throws {
        guard [session, token, id].compactMap(\.self).count <= 1 else {
            throw ValidationError("name one session: by its token or by its id")
        }
    }

    func name() throws -> SessionName {
        if let session { return try .read(session) }
        if let token { return .token(token == "-" ? try SessionName.readSecret() : token) }
        if let id { return .id(id) }
        throw ValidationError("name a session: by its token, its id, or - for a token on standard input")
    }

    /// The session's token, for what can only be done with it.
    func requireToken() throws -> String {
        guard case .token(let token) = try name() else {
            throw ValidationError("this takes the session's token: its id names it, and proves nothing")
        }
        return token
    }
}

/// The words of a command line so that a token or an id that begins with a hyphen, as one in 64 does, is not taken for an
/// option.
func withNamesMarked(_ words: [String]) -> [String] {
    var result: [String] = []
    var before = ""
    for word in words {
        if word == "--" { return result + words.suffix(words.count - result.count) }
        let takesAny = ["--token", "--id", "--except"].contains(before)
        if word.hasPrefix("-"), !takesAny, let name = SessionName(word) {
            result.append("--\(name.parameter.name)=\(word)")
        } else {
            result.append(word)
        }
        before = word
    }
    return result
}

/// A line that is typed at a terminal without being shown there. Ctrl-C ends it as it ends a line, so that the terminal is
/// put in order before the program ends.
private func typedSecret(_ prompt: String) throws -> String {
    writeToStandardError(prompt)
    let interrupt: UInt8 = 3
    var modes = termios()
    let isKnown = unsafe tcgetattr(0, &modes) == 0
    var hidden = modes
    hidden.c_lflag &= ~tcflag_t(ECHO | ISIG)
    unsafe withUnsafeMutableBytes(of: &hidden.c_cc) { unsafe $0[Int(VEOL)] = interrupt }
    if isKnown { unsafe tcsetattr(0, TCSAFLUSH, &hidden) }
    var line = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(0, &line, line.count)
    if isKnown { unsafe tcsetattr(0, TCSAFLUSH, &modes) }
    writeToStandardError("\n")
    line.removeLast(line.count - max(count, 0))
    if line.last == interrupt { throw ExitCode(128 + SIGINT) }
    return String(decoding: line, as: UTF8.self)
}

extension UInt8 {
    fileprivate var isBase64URL: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
