// One of the writers that keep the daemon busy while it is killed. It asks for whatever a web application asks for, a
// request at a time, pipelined or in a batch, and checks every answer against what it knows: nobody else touches its
// sessions, and a connection's requests are carried out in order.

import Foundation
import TestSupport

final class LoadWriter {
    private enum Expectation {
        /// The session with this data.
        case session(data: Int)
        /// Nothing, since it was revoked.
        case absence
        /// Error 410.
        case gone
        /// So many sessions at least were revoked, durably.
        case revocation(of: Int)
    }

    private struct Question {
        let id: Int
        let request: String
        let expectation: Expectation
        /// The sessions that are in their next state once this is answered.
        let changed: [Int]
        /// The session that it creates, whose token the answer tells.
        let created: Int?
    }

    private static let users = 25
    /// How many sessions it begins between two kills.
    private static let creationLimit = 14

    private let name: String
    var sessions = KnownSessions()
    /// How many changes it knows to be acknowledged.
    private(set) var acknowledgements = 0
    /// What was answered otherwise than it had to be.
    private(set) var problems: [String] = []
    private(set) var socket: LoadSocket?
    private var unanswered: ArraySlice<Question> = []
    private var lastID = 0
    private var lastData = 0
    private var creations = 0

    init(name: String) { self.name = name }

    func connect(to socket: Socket) throws {
        self.socket = try LoadSocket(to: socket)
        unanswered = []
        creations = 0
    }

    func disconnect() { socket = nil }

    /// Takes what was answered, and asks for more when little is left to be answered.
    func proceed(asking: Bool, using generator: inout SplitMix64) {
        guard let socket else { return }
        socket.flush()
        for answer in socket.receive().flatMap({ $0.parts }) { take(answer) }
        if asking, unanswered.count < 4, !socket.hasUnsent { ask(using: &generator) }
    }

    private func ask(using generator: inout SplitMix64) {
        let isBatch = generator.chance(15)
        let count = isBatch || generator.chance(40) ? generator.number(in: 2...16) : 1
        let requests = (0..<count)
            .map { _ in
                let question = nextQuestion(using: &generator)
                unanswered.append(question)
                return question.request
            }
        socket?.send(isBatch ? "[\(requests.joined(separator: ","))]\n" : requests.map { "\($0)\n" }.joined())
    }

    private func take(_ answer: Response) {
        guard let question = unanswered.popFirst(), answer.id == question.id else {
            return complain(answer, to: "the next request")
        }
        let isRight =
            switch question.expectation {
            case .session(let data): answer.integer(after: #""data":{"n":"#) == data
            case .absence: answer.contains(#""reason":"revoked""#)
            case .gone: answer.contains(#""error":{"code":410"#)
            case .revocation(let count):
                answer.integer(after: #""revoked":"#) ?? -1 >= count && answer.contains(#""durable":true"#)
            }
        guard isRight else { return complain(answer, to: question.request) }
        for index in question.changed { sessions.acknowledge(index) }
        acknowledgements += question.changed.count
        if let created = question.created {
            sessions.name(
                created,
                token: answer.string(after: #""token":""#),
                id: answer.string(after: #""session":{"id":""#)
            )
        }
    }

    private func complain(_ answer: Response, to request: String) {
        problems.append("\(name): \(request) was answered with \(answer.text)")
    }
}

// What is asked: one draw for the method, others for its parameters.
extension LoadWriter {
    private func nextQuestion(using generator: inout SplitMix64) -> Question {
        guard let place = sessions.randomLiving(using: &generator) else { return creation(using: &generator) }
        switch generator.number(in: 0...99) {
        case ..<30 where creations < Self.creationLimit: return creation(using: &generator)
        case ..<45: return put(place, using: &generator)
        case ..<65: return update(place, using: &generator)
        case ..<75: return refresh(place, using: &generator)
        case ..<88: return lookup(place)
        case ..<94: return revocation(of: place, using: &generator)
        case ..<96: return revocation(ofUser: sessions[place].user, sparing: generator.chance(50) ? place : nil)
        default: return attemptOnRevoked(using: &generator) ?? lookup(place)
        }
    }

    private func question(
        _ method: String,
        _ parameters: String,
        _ expectation: Expectation,
        changed: [Int] = [],
        created: Int? = nil
    ) -> Question {
        lastID += 1
        return Question(
            id: lastID,
            request: #"{"jsonrpc":"2.0","id":\#(lastID),"method":"session.\#(method)","params":{\#(parameters)}}"#,
            expectation: expectation,
            changed: changed,
            created: created
        )
    }

    private func nextData() -> Int {
        lastData += 1
        return lastData
    }

    /// Data of many sizes, so that commits end anywhere in a block.
    private func object(_ data: Int, using generator: inout SplitMix64) -> String {
        guard generator.chance(30) else { return #"{"n":\#(data)}"# }
        return #"{"n":\#(data),"pad":"\#(String(repeating: "x", count: generator.number(in: 1...1500)))"}"#
    }

    /// A session under a token of the daemon's, or of our own.
    private func creation(using generator: inout SplitMix64) -> Question {
        creations += 1
        let user = "\(name)-\(generator.number(in: 1...Self.users))"
        let data = nextData()
        let common = #""userId":"\#(user)","data":\#(object(data, using: &generator))"#
        let isPut = generator.chance(40)
        let token = isPut ? "\(name)-token-of-our-own-\(data)" : nil
        let place = sessions.begin(user: user, token: token, data: data)
        return question(
            isPut ? "put" : "create",
            token.map { #""token":"\#($0)","# + common } ?? common,
            .session(data: data),
            changed: [place],
            created: place
        )
    }

    private func put(_ place: Int, using generator: inout SplitMix64) -> Question {
        guard let token = sessions[place].token else { return creation(using: &generator) }
        let data = nextData()
        sessions.change(place, to: .living(data: data))
        let parameters = #""token":"\#(token)","data":\#(object(data, using: &generator))"#
        return question("put", parameters, .session(data: data), changed: [place])
    }

    private func update(_ place: Int, using generator: inout SplitMix64) -> Question {
        guard let name = sessions[place].name(using: &generator) else { return creation(using: &generator) }
        let data = nextData()
        sessions.change(place, to: .living(data: data))
        let member = generator.chance(70) ? "data" : "replace"
        return question("update", #"\#(name),"\#(member)":{"n":\#(data)}"#, .session(data: data), changed: [place])
    }

    private func refresh(_ place: Int, using generator: inout SplitMix64) -> Question {
        guard let token = sessions[place].token else { return creation(using: &generator) }
        let ttl = generator.chance(50) ? #","ttl":\#(generator.number(in: 86_400_000...604_800_000))"# : ""
        guard generator.chance(60), case .living = sessions[place].newest else {
            return question("refresh", #""token":"\#(token)"\#(ttl)"#, expectation(of: place))
        }
        let data = nextData()
        sessions.change(place, to: .living(data: data))
        let parameters = #""token":"\#(token)"\#(ttl),"data":{"n":\#(data)}"#
        return question("refresh", parameters, .session(data: data), changed: [place])
    }

    private func lookup(_ place: Int) -> Question {
        guard let token = sessions[place].token else { return revocationOfNothing() }
        return question("lookup", #""token":"\#(token)""#, expectation(of: place))
    }

    private func revocation(of place: Int, using generator: inout SplitMix64) -> Question {
        guard let name = sessions[place].name(using: &generator) else { return revocationOfNothing() }
        sessions.change(place, to: .revoked)
        return question("revoke", name, .revocation(of: 1), changed: [place])
    }

    private func revocation(ofUser user: String, sparing spared: Int?) -> Question {
        let token = spared.flatMap { sessions[$0].token }
        let places = sessions.living(of: user).filter { token == nil || $0 != spared }
        for place in places { sessions.change(place, to: .revoked) }
        let except = token.map { #","except":"\#($0)""# } ?? ""
        return question("revoke", #""userId":"\#(user)"\#(except)"#, .revocation(of: places.count), changed: places)
    }

    /// For a session that has no name yet: its token is on its way.
    private func revocationOfNothing() -> Question {
        question("revoke", #""userId":"\#(name)-nobody""#, .revocation(of: 0))
    }

    /// What was revoked stays so, whatever is asked for.
    private func attemptOnRevoked(using generator: inout SplitMix64) -> Question? {
        guard let place = sessions.randomRevoked(using: &generator), let token = sessions[place].token else {
            return nil
        }
        switch generator.number(in: 0...2) {
        case 0: return question("put", #""token":"\#(token)","data":{"n":0}"#, .gone)
        case 1: return question("update", #""token":"\#(token)","data":{"n":0}"#, .absence)
        default: return question("refresh", #""token":"\#(token)","data":{"n":0}"#, .absence)
        }
    }

    private func expectation(of place: Int) -> Expectation {
        if case .living(let data) = sessions[place].newest { return .session(data: data) }
        return .absence
    }
}
