// What can be written on the command line, each by its own rule: lengths of time, points in time, JSON.

import ArgumentParser
import Glibc
import JSONRPC
import SessionClient
import Sessions
import Terminal

/// A length of time as people write it: `7d`, `1h30m`.
struct LengthOfTime: ExpressibleByArgument, Comparable {
    let milliseconds: Milliseconds

    init(_ milliseconds: Milliseconds) { self.milliseconds = milliseconds }

    init?(argument: String) {
        guard let milliseconds = DurationText.parse(argument) else { return nil }
        self.milliseconds = milliseconds
    }

    static func < (one: LengthOfTime, other: LengthOfTime) -> Bool { one.milliseconds < other.milliseconds }

    var duration: Duration { .milliseconds(milliseconds.count) }
    var defaultValueDescription: String { DurationText.format(milliseconds) }
}

/// A point in time: `2026-12-01`, `2026-12-01 12:00`, the same with a `Z` for UTC, or milliseconds since the Unix epoch.
struct PointInTime: ExpressibleByArgument {
    let milliseconds: Int64

    init?(argument: String) {
        if let milliseconds = Int64(argument) {
            self.milliseconds = milliseconds
            return
        }
        let pattern = /(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(Z?)/
        guard let found = try? pattern.wholeMatch(in: argument)?.output else { return nil }
        func number(_ text: Substring?) -> CInt { text.flatMap { CInt($0) } ?? 0 }
        var parts = unsafe tm()
        let (month, day) = (number(found.2) - 1, number(found.3))
        unsafe (parts.tm_year, parts.tm_mon, parts.tm_mday) = (number(found.1) - 1900, month, day)
        unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(found.4), number(found.5), number(found.6))
        // Whether that is summer time, the system knows.
        unsafe parts.tm_isdst = -1
        guard number(found.4) < 24, number(found.5) < 60, number(found.6) < 60 else { return nil }
        let seconds = found.7.isEmpty ? unsafe mktime(&parts) : unsafe timegm(&parts)
        // A thirteenth month or a 30th of February would have become another day.
        guard unsafe (parts.tm_mon, parts.tm_mday) == (month, day) else { return nil }
        milliseconds = Int64(seconds) * 1000
    }
}

/// A JSON object, or `@FILE` or `@-` for one that a file or standard input holds.
struct JSONArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) { text = argument }

    /// The object.
    ///
    /// - Throws: `ValidationError` that says what is wrong with it.
    func object() throws -> JSONTree {
        let tree = try JSONArgument.parse(try content(), from: text)
        guard case .object = tree else { throw ValidationError("expected a JSON object, such as {\"theme\":\"dark\"}") }
        return tree
    }

    private func content() throws -> [UInt8] {
        text.hasPrefix("@") ? try contents(of: String(text.dropFirst())) : Array(text.utf8)
    }

    static func parse(_ bytes: [UInt8], from source: String) throws -> JSONTree {
        do {
            return try JSONTree(parsing: bytes)
        } catch {
            throw ValidationError("\(source) is not JSON: \(error.message)")
        }
    }
}

/// `NAME=TEXT`, or `NAME:=JSON` for what is no string.
struct Setting: ExpressibleByArgument {
    let name: String
    let value: JSONTree

    init?(argument: String) {
        guard let mark = argument.firstIndex(of: "="), mark > argument.startIndex else { return nil }
        let text = String(argument[argument.index(after: mark)...])
        let before = argument[..<mark]
        if before.last == ":" {
            guard let json = try? JSONTree(parsing: text), before.count > 1 else { return nil }
            (name, value) = (String(before.dropLast()), json)
        } else {
            (name, value) = (String(before), .string(text))
        }
    }
}

/// What becomes of a session's data, said without JSON or with it.
struct DataOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Set a member of the data.",
            discussion: "NAME=TEXT, or NAME:=JSON for a number, true, a list; can be repeated.",
            valueName: "name=text"
        )
    )
    var settings: [Setting] = []

    @Option(
        help: ArgumentHelp(
            "The data as JSON, or @FILE, or @- for standard input.",
            valueName: "json"
        )
    )
    var data: JSONArgument?

    /// The object that was asked for; nil for none.
    func object(removing names: [String] = []) throws -> JSONTree? {
        guard data != nil || !settings.isEmpty || !names.isEmpty else { return nil }
        var members = try data?.object().members ?? []
        for setting in settings + names.map({ Setting(removing: $0) }) {
            members.removeAll { $0.name == setting.name }
            members.append(JSONTree.Member(setting.name, setting.value))
        }
        return .object(members)
    }
}

extension Setting {
    /// In a merge patch (RFC 7396) null takes a member away.
    fileprivate init(removing name: String) { (self.name, value) = (name, .null) }
}

/// All that a file holds, or for `-` standard input until its end.
func contents(of name: String) throws -> [UInt8] {
    let descriptor = name == "-" ? 0 : unsafe open(name, O_RDONLY | O_CLOEXEC)
    defer { if descriptor > 0 { close(descriptor) } }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe read(descriptor, &chunk, chunk.count)
        if count == 0 { return content }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            throw unsafe ValidationError("cannot read \(name): \(String(cString: strerror(errno)))")
        }
        content += chunk[..<count]
    }
}
