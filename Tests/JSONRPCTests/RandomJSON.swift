// A JSON value as these tests build it: a tree that knows how each of its strings and numbers is spelled, can be
// written with and without white space, and be merged by the pseudocode of RFC 7396. The scanner knows nothing of it.

import TestSupport

/// A JSON value with the spelling of its strings and numbers.
indirect enum RandomJSON {
    case scalar(String)
    case string(Spelled)
    case array([RandomJSON])
    case object([(key: Spelled, value: RandomJSON)])

    /// A string's content and one of the many ways to write it, quotes included.
    struct Spelled {
        let content: String
        let text: String
    }

    /// The text, with `space` called for the white space at each place that may have some.
    func text(_ space: () -> String) -> String {
        switch self {
        case .scalar(let text): text
        case .string(let string): string.text
        case .array(let elements):
            "[" + space() + elements.map { $0.text(space) }.joined(separator: space() + "," + space()) + space() + "]"
        case .object(let members):
            "{" + space()
                + members.map { $0.key.text + space() + ":" + space() + $0.value.text(space) + space() }
                .joined(separator: "," + space()) + "}"
        }
    }

    /// The text without white space.
    var text: String { text { "" } }

    /// RFC 7396, section 2: MergePatch(Target, Patch), with members in order and the target's spelling of keys.
    static func merged(_ patch: RandomJSON, into target: RandomJSON?) -> RandomJSON {
        guard case .object(let changes) = patch else { return patch }
        var members: [(key: Spelled, value: RandomJSON)] = []
        if case .object(let existing) = target { members = existing }
        for (key, value) in changes {
            let index = members.firstIndex { $0.key.content.utf8.elementsEqual(key.content.utf8) }
            if case .scalar("null") = value {
                if let index { members.remove(at: index) }
            } else if let index {
                members[index].value = merged(value, into: members[index].value)
            } else {
                members.append((key, merged(value, into: nil)))
            }
        }
        return .object(members)
    }
}

extension SplitMix64 {
    /// A random value at most `depth` levels deep, with keys from a few when they are to meet those of another value.
    mutating func json(depth: Int, commonKeys: Bool = false) -> RandomJSON {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &self) {
        case 0: return .scalar(["true", "false", "null"].randomElement(using: &self)!)
        case 1, 2: return .scalar(number())
        case 3: return .string(string())
        case 4:
            return .array(
                (0..<Int.random(in: 0...5, using: &self)).map { _ in json(depth: depth - 1, commonKeys: commonKeys) }
            )
        default: return object(depth: depth, commonKeys: commonKeys)
        }
    }

    /// A random object whose keys all differ.
    mutating func object(depth: Int, commonKeys: Bool = false) -> RandomJSON {
        var members: [(key: RandomJSON.Spelled, value: RandomJSON)] = []
        var contents: Set<[UInt8]> = []
        for _ in 0..<Int.random(in: 0...(oneIn(4) ? 20 : 6), using: &self) {
            let key = commonKeys ? spell("abcdefgh".randomElement(using: &self)!.description) : string()
            guard contents.insert(Array(key.content.utf8)).inserted else { continue }
            members.append((key, json(depth: depth - 1, commonKeys: commonKeys)))
        }
        return .object(members)
    }

    /// A random number in any of the forms of RFC 8259.
    mutating func number() -> String {
        var text = oneIn(3) ? "-" : ""
        text += "\(next() >> UInt64.random(in: 0...64, using: &self))"
        if oneIn(3) { text += ".\(UInt32.random(in: 0...999, using: &self))" }
        if oneIn(3) {
            text += ["e", "E", "e+", "E-"].randomElement(using: &self)!
            text += "\(UInt32.random(in: 0...99, using: &self))"
        }
        return text
    }

    /// A random string, some of whose characters are escaped.
    mutating func string() -> RandomJSON.Spelled {
        var content = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...(oneIn(4) ? 40 : 8), using: &self) {
            let highest: UInt32 = [0x7F, 0x7F, 0x7F, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF].randomElement(using: &self)!
            content.append(Unicode.Scalar(UInt32.random(in: 0...highest, using: &self)) ?? "\u{FFFD}")
        }
        return spell(String(content))
    }

    /// One of the ways to write a string.
    mutating func spell(_ content: String) -> RandomJSON.Spelled {
        let short: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r",
            "\t": "\\t",
        ]
        var text = "\""
        for scalar in content.unicodeScalars {
            if let escape = short[scalar], !oneIn(4) {
                text += escape
            } else if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || oneIn(6) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: oneIn(2))
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return RandomJSON.Spelled(content: content, text: text + "\"")
    }

    /// Random white space, often none.
    mutating func space() -> String {
        guard oneIn(3) else { return "" }
        let kinds: [Unicode.Scalar] = [" ", "\t", "\n", "\r"]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...4, using: &self) { text.append(kinds.randomElement(using: &self)!) }
        return String(text)
    }
}
