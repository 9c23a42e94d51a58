// The members of an answer in words. What a member's value means its name says: `createdAt` is an instant, `tookMs` a length
// of time, `dataBytes` a size. So what a newer daemon adds is shown as well as what this one knows.

import SessionClient
import Terminal

/// Names and values for a person.
struct MemberWords {
    private enum Meaning {
        case instant
        case length
        case microseconds
        case size
        case other
    }

    private static let lengths: Set = [
        "ttl", "touchInterval", "lifetime", "freshAge", "rotationGrace", "snapshotInterval", "lineTimeout", "uptime",
    ]

    let output: Output
    var now = Moment.now

    /// A member's name in words: `lifetimeEndsAt` is `lifetime ends`.
    func label(_ name: String) -> String {
        // Names of methods and the like stay what they are.
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }), name.first?.isLetter == true else {
            return printable(name)
        }
        var words = name.reduce(into: "") { $0 += $1.isUppercase ? " \($1.lowercased())" : String($1) }
        for unit in [" at", " ms", " microseconds"] where words.hasSuffix(unit) { words.removeLast(unit.count) }
        return words
    }

    /// A member's value in words.
    func value(of member: JSONTree.Member) -> String {
        switch member.value {
        case .null: "-"
        case .bool(let flag): flag ? "yes" : "no"
        case .string(let text): printable(text)
        case .number(let digits): member.value.integer.map { words(for: $0, meaning(of: member.name)) } ?? digits
        case .array, .object: printable(member.value.text)
        }
    }

    /// A point in time: for people in their own time and by its distance, for programs as RFC 3339 writes it.
    func time(_ milliseconds: Int64) -> String {
        let moment = Moment(milliseconds: milliseconds)
        return output.isTerminal ? "\(moment.local)  \(moment.relative(to: now))" : moment.exact
    }

    /// A point in time by its distance, where a person reads it.
    func distance(_ milliseconds: Int64) -> String {
        let moment = Moment(milliseconds: milliseconds)
        return output.isTerminal ? moment.relative(to: now) : moment.exact
    }

    /// Whether a member of this name is an instant.
    func isInstant(_ name: String) -> Bool { meaning(of: name) == .instant }

    private func words(for number: Int64, _ meaning: Meaning) -> String {
        switch meaning {
        case .instant: time(number)
        case .length: length(number)
        case .microseconds: length(microseconds: number)
        case .size: size(bytes: number)
        case .other: String(number)
        }
    }

    private func meaning(of name: String) -> Meaning {
        if name.hasSuffix("At") || name == "at" || name == "now" { return .instant }
        if name.hasSuffix("Ms") || Self.lengths.contains(name) { return .length }
        if name.hasSuffix("Microseconds") { return .microseconds }
        if name.hasSuffix("Bytes") || name == "bytes" || name.hasPrefix("bytes") { return .size }
        return .other
    }

    /// Members below each other, their names aligned; what is an object becomes a section of its own.
    func fields(_ members: [JSONTree.Member], indent: String = "") -> String {
        var table = Table([Table.Column(""), Table.Column("")])
        var sections = ""
        for member in members {
            let name = indent + label(member.name)
            if case .object(let inner) = member.value, !inner.isEmpty, !Self.isData(member.name) {
                sections += output.styled(name, .bold) + "\n" + fields(inner, indent: indent + "  ")
            } else {
                table.add([Table.Cell(name, .faint), Table.Cell(value(of: member))])
            }
        }
        // Nothing of a value is cut: who wants to see it wants all of it.
        let unlimited = Output(isTerminal: output.isTerminal, isStyled: output.isStyled)
        return table.text(on: unlimited, hasTitles: false) + sections
    }

    /// What an application keeps is shown as the JSON that it is.
    private static func isData(_ name: String) -> Bool { name == "data" }

    /// A session as fields, after other members of the same result.
    func session(in result: JSONTree, skipping skipped: Set<String> = []) -> String {
        let others = result.members.filter { $0.name != "session" && !skipped.contains($0.name) }
        return fields(others + result["session"].members)
    }
}
