// What a configuration is refused for: each time the message names the file, the line, and what would do.

import Sessions
import Testing

@testable import SessionServer

@Suite("Configurations that are refused")
struct ConfigurationErrorTests {
    private func refusal(_ text: String) throws -> ConfigurationError {
        let error = #expect(throws: ConfigurationError.self) { try Configuration(text: text, file: "/etc/s.toml") }
        return try #require(error)
    }

    @Test(
        "an unknown key is named with the nearest one that there is",
        arguments: [
            ("tll", "ttl"), ("TTL", "ttl"), ("touchinterval", "touchInterval"), ("touch_interval", "touchInterval"),
            ("lifeTime", "lifetime"), ("freshage", "freshAge"), ("fresh", "freshAge"),
            ("snapshotInt", "snapshotInterval"),
            ("snapshotIntervall", "snapshotInterval"), ("maxConnection", "maxConnections"),
            ("connections", "maxConnections"),
        ]
    )
    func unknownKey(_ key: String, _ nearest: String) throws {
        let error = try refusal("# one\nttl = \"1d\"\n\n  \(key) = \"1d\"\n")
        #expect(error.message == "/etc/s.toml:4: unknown key \"\(key)\" (did you mean \"\(nearest)\"?)")
    }

    @Test(
        "an unknown key is found in all its spellings",
        arguments: [
            "||[tll]|", "||[tll.x]|a = 1|", "||[[tll]]|", "||tll.x = 1|", #"||"tll" = 1|"#, "||'tll' = 1|", "||tll=1",
            #"ttl = "1d"|#tll = 1|    tll = 1|"#,
        ]
    )
    func spellings(_ text: String) throws {
        let error = try refusal(text.replacing("|", with: "\n"))
        #expect(error.line == 3)
        #expect(error.problem.hasPrefix("unknown key \"tll\""))
    }

    @Test("a value that stands in a table of its own is an unknown key")
    func table() throws {
        let error = try refusal("[policy]\nttl = \"1d\"\n")
        #expect(error.line == 1)
        #expect(error.problem.hasPrefix("unknown key \"policy\""))
    }

    @Test("lines are counted in files with carriage returns too")
    func carriageReturns() throws {
        #expect(try refusal("ttl = \"1d\"\r\n\r\ntll = \"1d\"\r\n").line == 3)
        #expect(try refusal("# x\r\nttl = 1\r\n").line == 2)
    }

    @Test("a key that other keys begin with is found on its own line")
    func longerKeyFirst() throws {
        #expect(try refusal("ttlx = 1\nttl = 1\n").line != nil)
        #expect(try refusal("# ttl\nlifetime = \"1d\" # ttl = 1\nttl = 1\n").line == 3)
    }

    static let expectations = [
        "ttl": #"a length of time such as "7d", "1h30m" or "500ms", at most 100 years, at least 1ms"#,
        "touchInterval": #"a length of time such as "7d", "1h30m" or "500ms", at most 100 years"#,
        "lifetime": #"a length of time such as "7d", "1h30m" or "500ms", at most 100 years"#,
        "freshAge": #"a length of time such as "7d", "1h30m" or "500ms", at most 100 years"#,
        "rotationGrace": #"a length of time such as "7d", "1h30m" or "500ms", at most 100 years"#,
        "maxSessionsPerUser": "a whole number from 0 to 1000000",
        "watchHistory": "a whole number from 0 to 10000000",
        "whenFull": #""evictOldest" or "refuse""#,
        "maxMemory": #"an amount of memory such as "512M", "2G" or "50%", or "infinity""#,
        "sync": #""always" or "everysec""#,
        "snapshotInterval": #"a length of time such as "7d", "1h30m" or "500ms", at most 100 years, at least 1s"#,
        "maxConnections": "a whole number from 1 to 1000000",
    ]

    /// Values of all TOML types that no key takes, or only `maxConnections`.
    static let values = [
        "0", "-1", "1.0", "4096.0", "inf", "nan", "true", "false", "[]", "[1]", "[\"7d\"]", "{}", "{ x = 1 }",
        "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "\"\"", "\"7\"", "\"seven days\"", "\"1.5h\"", "\"-1d\"",
        "\"36526d\"", "\"4096\"", "1000001", "9223372036854775807", "\"7d\\n\"",
    ]

    /// What of `values` some keys do take.
    static let taken: [String: Set<String>] = [
        "maxMemory": ["\"7\"", "\"4096\""], "maxSessionsPerUser": ["0"], "watchHistory": ["0", "1000001"],
    ]

    @Test("a value of the wrong type or size is refused on its line", arguments: expectations.keys.sorted(), values)
    func wrongValue(_ key: String, _ value: String) throws {
        if Self.taken[key]?.contains(value) == true {
            #expect(throws: Never.self) { try Configuration(text: "\(key) = \(value)", file: "/etc/s.toml") }
            return
        }
        let error = try refusal("\n# \(key) = 1\n\(key) = \(value)\n")
        let expectation: String = try #require(Self.expectations[key])
        #expect(error.message == "/etc/s.toml:3: \(key): expected \(expectation)")
    }

    @Test(
        "a length of time that is too short is refused",
        arguments: [
            ("ttl", "0"), ("ttl", "0s"), ("snapshotInterval", "0"), ("snapshotInterval", "999ms"),
        ]
    )
    func tooShort(_ key: String, _ value: String) throws {
        #expect(try refusal("\(key) = \"\(value)\"").message.contains(":1: \(key): expected a length of time"))
    }

    @Test(
        "what is no TOML is refused on the line where it breaks, in one line",
        arguments: [
            (#"ttl = "1d"|lifetime = |"#, 2), (#"ttl = "1d|"#, 1), ("||= 1", 3), (#"ttl = "1d"|ttl = "2d"|"#, 2),
            ("|[ttl|", 2), (#"ttl "1d""#, 1), ("ttl = 7d", 1), (#"||ttl = "\q""#, 3), ("ttl = 07", 1),
        ]
    )
    func broken(_ text: String, _ line: Int) throws {
        let error = try refusal(text.replacing("|", with: "\n"))
        #expect(error.line == line)
        #expect(error.message.hasPrefix("/etc/s.toml:\(line): "))
        #expect(!error.problem.isEmpty)
        #expect(!error.message.contains { $0.isNewline })
    }

    @Test("a NUL byte is no TOML: nothing behind it is passed over in silence")
    func nul() throws {
        #expect(throws: ConfigurationError.self) { try Configuration(text: "ttl = \"1d\"\n\u{0}", file: "f") }
        #expect(throws: ConfigurationError.self) { try Configuration(text: "# \u{0}\nbogus = 1\n", file: "f") }
        for escape in [#"\u0000"#, #"\U00000000"#] {
            let error = try refusal("ttl = \"7d\(escape)\"")
            #expect(error.problem == "a NUL character")
        }
    }

    @Test("a key with a line feed in it does not make the message two lines")
    func keyWithLineFeed() throws {
        #expect(try !refusal("\"a\\nb\" = 1").message.contains { $0.isNewline })
    }

    @Test("nothing of a refused configuration is in force: there is no half of one")
    func whole() throws {
        _ = try refusal("ttl = \"1h\"\nlifetime = 1\n")
        _ = try refusal("aaa = 1\nttl = \"1h\"\n")
    }
}

@Suite("Configuration files")
struct ConfigurationFileTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("a file is read whole, however long")
    func long() throws {
        let text = String(repeating: "# a comment of some length\n", count: 10_000) + "ttl = \"1h\"\n"
        try directory.write(Array(text.utf8), to: "s.toml")
        #expect(try Configuration(path: directory.file("s.toml")).policy.ttl == .seconds(3600))
    }

    @Test("a file that is missing is named, with the reason")
    func missing() throws {
        let error = #expect(throws: ConfigurationError.self) { try Configuration(path: directory.file("none.toml")) }
        #expect(error?.message == "\(directory.file("none.toml")): cannot read: No such file or directory")
    }

    @Test("a folder is no file")
    func folder() throws {
        let error = #expect(throws: ConfigurationError.self) { try Configuration(path: directory.path) }
        #expect(error?.message == "\(directory.path): cannot read: Is a directory")
    }

    @Test("a file that is not UTF-8 is refused as that", arguments: [[0xFF], [0x23, 0xC3, 0x28], [0xED, 0xA0, 0x80]])
    func notUTF8(_ bytes: [UInt8]) throws {
        try directory.write(Array("ttl = \"1h\"\n".utf8) + bytes, to: "s.toml")
        let error = #expect(throws: ConfigurationError.self) { try Configuration(path: directory.file("s.toml")) }
        #expect(error?.message == "\(directory.file("s.toml")): not UTF-8")
    }

    @Test("a named file must be there; the default one need not")
    func defaultFile() throws {
        #expect(throws: ConfigurationError.self) { try loadConfiguration(directory.file("none.toml")) }
        try directory.write(Array("maxConnections = 5\n".utf8), to: "s.toml")
        let (configuration, path) = try loadConfiguration(directory.file("s.toml"))
        #expect(configuration.maxConnections == 5)
        #expect(path == directory.file("s.toml"))
    }
}
