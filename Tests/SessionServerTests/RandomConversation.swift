// Random requests for the fuzzer: good ones, drawn from everything that methods take, over sessions that exist, existed
// or never did; and the damage that is done to them on the way.

import TestSupport
import Testing

@testable import SessionServer

/// What is said to the daemon, at random.
struct RandomConversation {
    var generator: SplitMix64
    /// Tokens and ids that were seen in answers.
    private(set) var tokens = ["0123456789abcdef", "AAAAAAAAAAAAAAAAAAAAAA"]
    private(set) var ids = ["AAAAAAAAAAAAAAAAAAAAAA"]
    private(set) var cursors = ["1700000000000.AAAAAAAAAAAAAAAAAAAAAA"]
    private var previous: [UInt8] = []

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    private mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
        choices[choices.index(choices.startIndex, offsetBy: Int.random(in: 0..<choices.count, using: &generator))]
    }

    mutating func role() -> Role { pick(Role.allCases) }

    /// Takes note of the names in an answer.
    mutating func hear(_ answer: JSON) {
        guard let result = answer["result"] else { return }
        note(result["token"]?.string, in: \.tokens)
        note(result["session"]?["id"]?.string, in: \.ids)
        note(result["next"]?.string, in: \.cursors)
    }

    private mutating func note(_ name: String?, in names: WritableKeyPath<Self, [String]>) {
        guard let name else { return }
        if self[keyPath: names].count < 64 {
            self[keyPath: names].append(name)
        } else {
            self[keyPath: names][Int.random(in: 0..<64, using: &generator)] = name
        }
    }

    /// The next line: a request, a notification or a batch, whole or damaged; never with a line feed.
    mutating func line() -> [UInt8] {
        var line = Array(message().utf8)
        if generator.oneIn(4) == false {
            for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&line) }
        }
        previous = line
        return line.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
    }

    private mutating func message() -> String {
        guard generator.oneIn(8) else { return request() }
        return "[" + (0..<Int.random(in: 0...6, using: &generator)).map { _ in request() }.joined(separator: ",") + "]"
    }

    private mutating func request() -> String {
        let method = pick(Method.table)
        var members: [String] = []
        for parameter in method.parameters where parameter.isRequired || generator.oneIn(3) {
            members.append(#""\#(parameter.name.rawValue)":\#(value(of: parameter.kind))"#)
        }
        let id = generator.oneIn(8) ? "" : #""id":\#(pick(["1", "null", #""x""#, "-0.5e7", #""\u00e9""#])),"#
        return #"{"jsonrpc":"2.0",\#(id)"method":"\#(method.name)","params":{\#(members.joined(separator: ","))}}"#
    }

    private mutating func value(of kind: Parameter.Kind) -> String {
        switch kind {
        case .presentedToken, .chosenToken: #""\#(pick(tokens))""#
        case .sessionID: #""\#(pick(ids))""#
        case .tokenOrID: #""\#(generator.oneIn(2) ? pick(tokens) : pick(ids))""#
        case .userID: #""\#(pick(["ann", "bob", #"\ud83d\ude00"#]))""#
        case .object: pick([#"{}"#, #"{"a":1}"#, #"{"a":{"b":[1,2.50,null]}}"#, #"{"a":null}"#, #"{"é":"\n"}"#])
        case .text: pick([#""x""#, "null", #""10.0.0.1""#])
        case .duration: pick(["1", "1000", "60000", "3155760000000", "0"])
        case .instant: pick(["1700000001000", "1800000000000", "9007199254740991", "1"])
        case .integer: pick(["1", "2", "1000", "4294967295"])
        case .flag: pick(["true", "false"])
        case .onlyTrue: "true"
        case .changes: pick([#"["revoked"]"#, "[]", #"["created","touched","created"]"#, #"["x"]"#])
        case .cursor: generator.oneIn(3) ? "null" : #""\#(pick(cursors))""#
        }
    }

    private mutating func damage(_ line: inout [UInt8]) {
        guard !line.isEmpty else { return }
        let place = Int.random(in: 0..<line.count, using: &generator)
        let end = min(line.count, place + Int.random(in: 1...12, using: &generator))
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: line[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: line[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 2: line[place] = pick(Array(#"{}[]":,\0-.eE+ntfu "#.utf8))
        case 3: line.removeSubrange(place..<end)
        case 4: line.insert(contentsOf: line[place..<end], at: place)
        case 5: line.removeSubrange(place...)
        case 6:
            // The beginning of this line and the end of the one before.
            line.replaceSubrange(place..., with: previous.suffix(Int.random(in: 0...previous.count, using: &generator)))
        default:
            let wild = [
                "1e999", "[[[[[[[[", #""\ud800""#, "\u{0}", #"{"":"#, "null", "18446744073709551616", "\u{feff}",
            ]
            line.replaceSubrange(place..<end, with: Array(pick(wild).utf8))
        }
    }
}
