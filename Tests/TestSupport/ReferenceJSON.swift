// A second opinion on what is valid JSON here, made by other means than the scanner: the standard library decodes the text,
// it is cut into symbols, and brackets are reduced to values on a stack until one is left. Slow, and short enough to be seen
// to be RFC 8259 with the protocol's own rules.

/// Reads JSON by the book.
package enum ReferenceJSON {
    /// A rule that a text breaks.
    package enum Fault: Hashable, Sendable {
        case notUTF8
        case notJSON
        case loneSurrogate
        case duplicateKey
        case tooDeep
    }

    private enum Symbol: Equatable {
        case mark(Unicode.Scalar)
        /// A string by its UTF-16 code units, which may be a key or a value.
        case string([UInt16])
        case value
    }

    /// The rules that a text breaks; none for what is accepted. Of a text that is not JSON no more is said than that.
    package static func faults(in bytes: [UInt8]) -> Set<Fault> {
        guard let text = String(validating: bytes, as: UTF8.self) else { return [.notUTF8] }
        var faults: Set<Fault> = []
        guard let symbols = symbols(of: Array(text.unicodeScalars), &faults) else { return [.notJSON] }
        var stack: [Symbol] = []
        var depth = 0
        for symbol in symbols {
            switch symbol {
            case .mark("["), .mark("{"):
                depth += 1
                if depth > 64 { faults.insert(.tooDeep) }
                stack.append(symbol)
            case .mark("]"), .mark("}"):
                depth -= 1
                let opening: Symbol = symbol == .mark("]") ? .mark("[") : .mark("{")
                guard let start = stack.lastIndex(where: { $0 == .mark("[") || $0 == .mark("{") }),
                    stack[start] == opening, isContent(stack[(start + 1)...], of: opening, &faults)
                else { return [.notJSON] }
                stack.removeSubrange(start...)
                stack.append(.value)
            default: stack.append(symbol)
            }
        }
        return stack.count == 1 && isValue(stack[0]) ? faults : [.notJSON]
    }

    private static func isValue(_ symbol: Symbol) -> Bool {
        if case .mark = symbol { return false }
        return true
    }

    /// Whether symbols without brackets are what may stand between two of them.
    private static func isContent(_ content: ArraySlice<Symbol>, of opening: Symbol, _ faults: inout Set<Fault>) -> Bool
    {
        if content.isEmpty { return true }
        var keys: Set<[UInt16]> = []
        for part in content.split(separator: .mark(","), omittingEmptySubsequences: false).map({ Array($0) }) {
            if opening == .mark("[") {
                guard part.count == 1, isValue(part[0]) else { return false }
            } else {
                guard part.count == 3, case .string(let key) = part[0], part[1] == .mark(":"), isValue(part[2]) else {
                    return false
                }
                if !keys.insert(key).inserted { faults.insert(.duplicateKey) }
            }
        }
        return true
    }

    /// Cuts a text into symbols; nil when a part of it is none.
    private static func symbols(of text: [Unicode.Scalar], _ faults: inout Set<Fault>) -> [Symbol]? {
        var symbols: [Symbol] = []
        var rest = text[...]
        while let first = rest.first {
            switch first {
            case " ", "\t", "\n", "\r": rest.removeFirst()
            case "[", "]", "{", "}", ":", ",": symbols.append(.mark(rest.removeFirst()))
            case "\"":
                rest.removeFirst()
                guard let units = string(&rest) else { return nil }
                if hasLoneSurrogate(units) { faults.insert(.loneSurrogate) }
                symbols.append(.string(units))
            default:
                let word = rest.prefix {
                    ("a"..."z").contains($0) || ("0"..."9").contains($0) || "+-.E".unicodeScalars.contains($0)
                }
                rest.removeFirst(word.count)
                guard isLiteral(String(String.UnicodeScalarView(word))) else { return nil }
                symbols.append(.value)
            }
        }
        return symbols
    }

    private static func isLiteral(_ word: String) -> Bool {
        if ["true", "false", "null"].contains(word) { return true }
        let parts = word.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        if parts.count == 2 {
            let exponent = parts[1].first.map { "+-".contains($0) } == true ? parts[1].dropFirst() : parts[1]
            guard isDigits(exponent) else { return false }
        }
        let number = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if number.count == 2, !isDigits(number[1]) { return false }
        let integer = number[0].first == "-" ? number[0].dropFirst() : number[0]
        return isDigits(integer) && (integer == "0" || integer.first != "0")
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { ("0"..."9").contains($0) }
    }

    /// Takes the rest of a string, with its closing quote; nil when it is none.
    private static func string(_ rest: inout ArraySlice<Unicode.Scalar>) -> [UInt16]? {
        let short: [Unicode.Scalar: UInt16] = [
            "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9,
        ]
        var units: [UInt16] = []
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return units }
            if scalar.value < 0x20 { return nil }
            guard scalar == "\\" else {
                units += Array(String(scalar).utf16)
                continue
            }
            guard let kind = rest.popFirst() else { return nil }
            if let unit = short[kind] {
                units.append(unit)
            } else {
                let digits = rest.prefix(4)
                let isHexadecimal = digits.allSatisfy { $0.isASCII && $0.properties.isASCIIHexDigit }
                guard kind == "u", digits.count == 4, isHexadecimal else { return nil }
                guard let unit = UInt16(String(String.UnicodeScalarView(digits)), radix: 16) else { return nil }
                units.append(unit)
                rest.removeFirst(4)
            }
        }
        return nil
    }

    private static func hasLoneSurrogate(_ units: [UInt16]) -> Bool {
        String(validating: units, as: UTF16.self) == nil
    }
}
