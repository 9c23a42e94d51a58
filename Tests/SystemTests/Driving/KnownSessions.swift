// What the only writer of some sessions knows of them: of each one the state that was acknowledged last, and the states
// that were asked for since then. After a crash a session is in one of these, and in none from before.

import Foundation

struct KnownSession {
    enum State: Hashable {
        case unknown
        case living(data: Int)
        case revoked
    }

    let user: String
    /// Nil until the daemon has told.
    fileprivate(set) var token: String?
    fileprivate(set) var id: String?
    /// First what was acknowledged, then what was asked for, in order.
    fileprivate(set) var states: [State]

    /// What it is once everything is carried out that was asked for.
    var newest: State { states[states.count - 1] }

    /// A parameter that names it; nil while nothing does.
    func name(using generator: inout some RandomNumberGenerator) -> String? {
        if let id, generator.chance(50) { return #""id":"\#(id)""# }
        return token.map { #""token":"\#($0)""# }
    }
}

struct KnownSessions {
    private var all: [KnownSession] = []
    private var living: [Int] = []
    private var revoked: [Int] = []
    private var byUser: [String: [Int]] = [:]

    var count: Int { all.count }
    var livingCount: Int { living.count }
    /// How many there may be whose tokens were not told.
    var unnamedCount: Int { all.count { $0.token == nil && $0.newest != .unknown } }

    subscript(place: Int) -> KnownSession { all[place] }

    mutating func begin(user: String, token: String?, data: Int) -> Int {
        all.append(KnownSession(user: user, token: token, id: nil, states: [.unknown, .living(data: data)]))
        living.append(all.count - 1)
        byUser[user, default: []].append(all.count - 1)
        return all.count - 1
    }

    /// Notes that a session is asked to become this.
    mutating func change(_ place: Int, to state: KnownSession.State) {
        all[place].states.append(state)
        guard state == .revoked else { return }
        living.removeAll { $0 == place }
        revoked.append(place)
    }

    /// Notes that what was asked for last was refused. A revocation never is.
    mutating func takeBack(_ place: Int) {
        all[place].states.removeLast()
        if all[place].newest == .unknown { living.removeAll { $0 == place } }
    }

    /// Notes that the oldest of what was asked for is acknowledged.
    mutating func acknowledge(_ place: Int) { all[place].states.removeFirst() }

    mutating func name(_ place: Int, token: String?, id: String?) {
        all[place].token = token ?? all[place].token
        all[place].id = id
    }

    func living(of user: String) -> [Int] {
        (byUser[user] ?? []).filter { if case .living = all[$0].newest { true } else { false } }
    }

    func randomLiving(using generator: inout some RandomNumberGenerator) -> Int? {
        living.randomElement(using: &generator)
    }

    /// One of the living, each in its turn.
    func living(inTurn turn: Int) -> Int? { living.isEmpty ? nil : living[turn % living.count] }

    func randomRevoked(using generator: inout some RandomNumberGenerator) -> Int? {
        revoked.randomElement(using: &generator)
    }

    /// Looks all of them up and compares.
    ///
    /// - Returns: What is otherwise than it may be.
    mutating func compare(through socket: LoadSocket) throws -> [String] {
        // Nobody can look for those whose tokens were not told.
        let findable = all.filter { $0.token != nil }
        all = []
        var problems: [String] = []
        for start in stride(from: 0, to: findable.count, by: 100) {
            let some = findable[start..<min(start + 100, findable.count)]
            let found = try lookUp(some, through: socket)
            for (session, answer) in zip(some, found) {
                let state = answer.state(of: session)
                if !session.states.contains(state) {
                    let token = session.token ?? ""
                    problems.append("\(token) should be one of \(session.states) and is \(state): \(answer.text)")
                }
                if state != .unknown { keep(session, as: state) }
            }
        }
        index()
        return problems
    }

    private func lookUp(_ some: ArraySlice<KnownSession>, through socket: LoadSocket) throws -> [Response] {
        let lookups = some.enumerated()
            .map { place, session in
                let parameters = #"{"token":"\#(session.token ?? "")","touch":false}"#
                return #"{"jsonrpc":"2.0","id":\#(place),"method":"session.lookup","params":\#(parameters)}"#
            }
        socket.send("[\(lookups.joined(separator: ","))]\n")
        let answers = try socket.waitForLines().flatMap { $0.parts }
        guard answers.map({ $0.id }) == lookups.indices.map({ $0 }) else {
            throw NoAnswers(description: "\(answers.count) answers to \(lookups.count) lookups")
        }
        return answers
    }

    private mutating func keep(_ session: KnownSession, as state: KnownSession.State) {
        var kept = session
        kept.states = [state]
        all.append(kept)
    }

    private mutating func index() {
        living = all.indices.filter { all[$0].newest != .revoked }
        revoked = all.indices.filter { all[$0].newest == .revoked }
        byUser = Dictionary(grouping: all.indices) { all[$0].user }
    }
}

extension Response {
    /// What a lookup has found.
    func state(of session: KnownSession) -> KnownSession.State {
        if contains(#""reason":"revoked""#) { return .revoked }
        guard let data = integer(after: #""data":{"n":"#), string(after: #""userId":""#) == session.user else {
            return .unknown
        }
        return .living(data: data)
    }
}
