// What an administrator can set: a flat TOML file whose every key has a default. A key that is not known is an error
// that names the nearest known one, so that a misspelt limit is never silently not in force.

internal import Durability
internal import Glibc
internal import Sessions
internal import TOMLKit

/// The settings that are in force.
public struct Configuration: Equatable, Sendable {
    var policy = Policy()
    var sync = SyncPolicy.always
    var snapshotInterval = Milliseconds.seconds(300)
    var maxConnections = 4096
    var maxBuffered = MemorySize.bytes(1 << 26)
    var maxWatchers = 1024
    var maxWaiting = 8192
    /// In percent.
    var uidShare = 50
    var lineTimeout = Milliseconds.seconds(30)
    var watchHistory = 65_536
    var maxMemory = MemorySize.percent(25)

    /// Where the configuration is when none is named; it need not exist.
    public static let defaultPath = "/etc/sessiond/sessiond.toml"

    /// The defaults.
    public init() {}

    /// Reads a file.
    ///
    /// - Throws: With the file, the line and what is expected there.
    public init(path: String) throws(ConfigurationError) {
        try self.init(text: Self.read(path), file: path)
    }

    /// Reads the text of a file.
    init(text: String, file: String) throws(ConfigurationError) {
        // TOMLKit passes strings on as C strings, which end at a NUL: what is behind one would be passed over.
        for nul in ["\0", "\\u0000", "\\U00000000"] where text.contains(nul) {
            throw ConfigurationError(file: file, line: text.line { $0.contains(nul) }, problem: "a NUL character")
        }
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw ConfigurationError(file: file, line: error.source.begin.line, problem: error.description)
        } catch {
            throw ConfigurationError(file: file, line: nil, problem: "\(error)")
        }
        for key in table.keys {
            guard let setting = Setting.all.first(where: { $0.key == key }) else {
                let nearest = Setting.all.map(\.key).min { $0.distance(to: key) < $1.distance(to: key) } ?? ""
                throw ConfigurationError(
                    file: file,
                    line: text.line(ofKey: key),
                    problem: "unknown key \(String(reflecting: key)) (did you mean \"\(nearest)\"?)"
                )
            }
            guard let value = table[key], setting.set(value, &self) else {
                throw ConfigurationError(
                    file: file,
                    line: text.line(ofKey: key),
                    problem: "\(key): expected \(setting.expectation)"
                )
            }
        }
    }

    /// The settings as a configuration file, with the defaults spelt out.
    public var text: String {
        Setting.all.map { "\($0.key) = \($0.show(self))\n" }.joined()
    }

    /// The keys in which another configuration differs and that take effect only at a start.
    func changesThatNeedRestart(from other: Configuration) -> [String] {
        Setting.all.filter { !$0.isReloadable && $0.show(self) != $0.show(other) }.map(\.key)
    }

    private static func read(_ path: String) throws(ConfigurationError) -> String {
        func failure(_ code: Int) -> ConfigurationError {
            ConfigurationError(file: path, line: nil, problem: SystemError("cannot read", code: CInt(-code)).message)
        }
        let descriptor = systemCall { unsafe Int(open(path, O_RDONLY | O_CLOEXEC)) }
        guard descriptor >= 0 else { throw failure(descriptor) }
        defer { close(CInt(descriptor)) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = systemCall {
                unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(CInt(descriptor), $0.baseAddress, $0.count) }
            }
            guard count >= 0 else { throw failure(count) }
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, line: nil, problem: "not UTF-8")
        }
        return text
    }
}

/// Why a configuration was refused.
public struct ConfigurationError: Error, Equatable, Sendable {
    /// The file.
    public let file: String
    /// The line, counted from 1, as far as it is known.
    public let line: Int?
    /// What is wrong, and what is expected.
    public let problem: String

    /// A sentence for a person.
    public var message: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(problem)" }
}

/// One key of the file.
private struct Setting: Sendable {
    let key: String
    let expectation: String
    let isReloadable: Bool
    /// Returns false for a value that is not what is expected.
    let set: @Sendable (any TOMLValueConvertible, inout Configuration) -> Bool
    /// The value in force, as TOML.
    let show: @Sendable (Configuration) -> String

    static let all: [Setting] = [
        duration("ttl", atLeast: 1, \.policy.ttl),
        Setting(
            key: "touchInterval",
            expectation: DurationText.expectation,
            isReloadable: true,
            set: { value, configuration in
                guard let duration = value.string.flatMap(DurationText.parse) else { return false }
                configuration.policy.touchInterval = duration
                return true
            },
            show: { "\"\(DurationText.format($0.policy.touchInterval(forTTL: $0.policy.ttl)))\"" }
        ),
        duration("lifetime", atLeast: 0, \.policy.lifetime),
        duration("freshAge", atLeast: 0, \.policy.freshAge),
        duration("rotationGrace", atLeast: 0, \.policy.rotationGrace),
        count("maxSessionsPerUser", 0...1_000_000, isReloadable: true, \.policy.maxSessionsPerUser),
        choice("whenFull", \.policy.whenFull),
        choice("sync", \.sync),
        duration("snapshotInterval", atLeast: 1000, \.snapshotInterval),
        count("maxConnections", 1...1_000_000, isReloadable: false, \.maxConnections),
        memory("maxBuffered", \.maxBuffered),
        count("maxWatchers", 0...1_000_000, isReloadable: true, \.maxWatchers),
        count("maxWaiting", 1...1_000_000, isReloadable: true, \.maxWaiting),
        Setting(
            key: "uidShare",
            expectation: #"a percentage from "1%" to "100%""#,
            isReloadable: true,
            set: { value, configuration in
                guard case .percent(let share)? = value.string.flatMap({ MemorySize($0) }) else { return false }
                configuration.uidShare = share
                return true
            },
            show: { "\"\($0.uidShare)%\"" }
        ),
        duration("lineTimeout", atLeast: 0, \.lineTimeout),
        count("watchHistory", 0...10_000_000, isReloadable: false, \.watchHistory),
        memory("maxMemory", \.maxMemory),
    ]

    private static func memory(
        _ key: String,
        _ path: any WritableKeyPath<Configuration, MemorySize> & Sendable
    ) -> Setting {
        Setting(
            key: key,
            expectation: MemorySize.expectation,
            isReloadable: true,
            set: { value, configuration in
                guard let size = value.string.flatMap({ MemorySize($0) }) else { return false }
                configuration[keyPath: path] = size
                return true
            },
            show: { "\"\($0[keyPath: path].text)\"" }
        )
    }

    private static func count(
        _ key: String,
        _ range: ClosedRange<Int>,
        isReloadable: Bool,
        _ path: any WritableKeyPath<Configuration, Int> & Sendable
    ) -> Setting {
        Setting(
            key: key,
            expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            isReloadable: isReloadable,
            set: { value, configuration in
                guard let count = value.int, range.contains(count) else { return false }
                configuration[keyPath: path] = count
                return true
            },
            show: { String($0[keyPath: path]) }
        )
    }

    private static func choice<Value: CaseIterable & RawRepresentable<String> & Sendable>(
        _ key: String,
        _ path: any WritableKeyPath<Configuration, Value> & Sendable
    ) -> Setting {
        Setting(
            key: key,
            expectation: Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "),
            isReloadable: true,
            set: { value, configuration in
                guard let choice = value.string.flatMap({ Value(rawValue: $0) }) else { return false }
                configuration[keyPath: path] = choice
                return true
            },
            show: { "\"\($0[keyPath: path].rawValue)\"" }
        )
    }

    private static func duration(
        _ key: String,
        atLeast least: Int64,
        _ path: any WritableKeyPath<Configuration, Milliseconds> & Sendable
    ) -> Setting {
        let bound = least > 0 ? ", at least \(DurationText.format(Milliseconds(least)))" : ""
        return Setting(
            key: key,
            expectation: DurationText.expectation + bound,
            isReloadable: true,
            set: { value, configuration in
                guard let duration = value.string.flatMap(DurationText.parse), duration.count >= least else {
                    return false
                }
                configuration[keyPath: path] = duration
                return true
            },
            show: { "\"\(DurationText.format($0[keyPath: path]))\"" }
        )
    }
}

extension String {
    /// The line, counted from 1, on which a key of a flat TOML file is set; TOMLKit keeps no places of keys.
    fileprivate func line(ofKey key: String) -> Int? {
        line { line in
            let start = line.drop { $0 == " " || $0 == "\t" || $0 == "\"" || $0 == "'" || $0 == "[" }
            guard start.hasPrefix(key) else { return false }
            return start.dropFirst(key.count).first.map { " \t=\"'.]".contains($0) } ?? false
        }
    }

    /// The first line, counted from 1, that fits.
    fileprivate func line(where fits: (Substring) -> Bool) -> Int? {
        split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).firstIndex(where: fits).map { $0 + 1 }
    }

    /// How many letters have to be changed, added or removed to make one key of another (Levenshtein).
    fileprivate func distance(to other: String) -> Int {
        let theirs = Array(other.lowercased())
        var row = Array(0...theirs.count)
        for (index, letter) in lowercased().enumerated() {
            var previous = row
            previous[0] = index + 1
            for column in theirs.indices {
                let change = row[column] + (letter == theirs[column] ? 0 : 1)
                previous[column + 1] = Swift.min(change, row[column + 1] + 1, previous[column] + 1)
            }
            row = previous
        }
        return row[theirs.count]
    }
}
