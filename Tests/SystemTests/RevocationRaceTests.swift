// No resurrection, by brute force: callers on several connections use the same sessions as fast as the daemon answers,
// while another one revokes all of a user's sessions, or everybody's, and logs in again at once; then the daemon is killed.

import Foundation
import TestSupport
import Testing

@Suite("Revocation under load", .serialized)
struct RevocationRaceTests {
    @Test("no session that was revoked under load lives, every login after that does, and a kill changes neither")
    func hammered() async throws {
        var generator = SplitMix64(seed: seed(for: "RevocationRaceTests"))
        // The tokens of a session all go on naming it, so that any of them can be used.
        let daemon = try await DaemonUnderTest(
            [.application, .administrator],
            configuration: "rotationGrace = \"1h\"\ntouchInterval = \"0\"\n"
        )
        let race = RevocationRace(callers: 5)
        for _ in 1...3 {
            try race.run(on: daemon, for: .milliseconds(700), using: &generator)
            try race.compare(through: LoadSocket(to: daemon.socket))
            try race.run(on: daemon, for: .milliseconds(generator.number(in: 50...300)), kills: true, using: &generator)
            try await daemon.start()
            try race.compare(through: LoadSocket(to: daemon.socket))
        }
        #expect(race.problems.isEmpty, "\(race.problems.prefix(5).joined(separator: "\n"))")
        #expect(race.revocations > 10 && race.refusals > 100, "hardly any race: this test shows nothing")
        print(
            """
            RevocationRaceTests: \(race.revocations) revocations while \(race.answers) answers were given, \
            \(race.refusals) of them to users of revoked sessions; \(race.tokens) tokens
            """
        )
    }
}

/// Callers that share sessions, and the one that ends them.
private final class RevocationRace {
    /// One session of one user, by all the tokens that are known to name it.
    private struct Login {
        let user: Int
        let id: String
        var tokens: [String]
        /// Its revocation was acknowledged.
        var isRevoked = false
    }

    private struct Question {
        let text: String
        /// Which session it uses.
        let login: Int
        /// Whether that was known to be revoked when this was asked.
        let isTooLate: Bool
    }

    private static let users = 4
    /// A session remembers no more tokens than this.
    private static let tokenLimit = 12

    private let callers: Int
    private var sockets: [LoadSocket] = []
    private var questions: [ArraySlice<Question>] = []
    private var logins: [Login] = []
    private(set) var problems: [String] = []
    private(set) var revocations = 0
    private(set) var answers = 0
    /// How many answers said that a session was revoked.
    private(set) var refusals = 0
    var tokens: Int { logins.reduce(0) { $0 + $1.tokens.count } }

    init(callers: Int) { self.callers = callers }

    /// Uses sessions on every connection while they are revoked on another one; at the end all is answered, or killed.
    func run(
        on daemon: DaemonUnderTest,
        for duration: Duration,
        kills: Bool = false,
        using generator: inout SplitMix64
    ) throws {
        sockets = try (0..<callers).map { _ in try LoadSocket(to: daemon.socket) }
        questions = Array(repeating: [], count: callers)
        let admin = try LoadSocket(to: daemon.admin)
        let end = ContinuousClock.now + duration
        for user in 0..<Self.users where living(of: user).isEmpty { try begin(user, through: admin) }
        while ContinuousClock.now < end {
            let user = generator.chance(15) ? nil : generator.number(in: 0...(Self.users - 1))
            try revoke(user, through: admin, using: &generator)
            for _ in 0..<generator.number(in: 1...20) { try use(asking: true, using: &generator) }
        }
        if kills { daemon.kill() }
        while zip(sockets, questions).contains(where: { !$0.hasEnded && !$1.isEmpty }) {
            try use(asking: false, using: &generator)
        }
    }

    /// Revokes all of a user's sessions, or everybody's, and logs in again in the same breath, while the others go on.
    private func revoke(_ user: Int?, through admin: LoadSocket, using generator: inout SplitMix64) throws {
        let users = user.map { [$0] } ?? Array(0..<Self.users)
        let scope = user.map { #""userId":"user\#($0)""# } ?? #""all":true"#
        let ended = users.flatMap { living(of: $0) }
        let creations = users.flatMap { [creation($0), creation($0)] }
        let requests = [#"{"jsonrpc":"2.0","id":0,"method":"session.revoke","params":{\#(scope)}}"#] + creations
        let isBatch = generator.chance(50)
        admin.send(isBatch ? "[\(requests.joined(separator: ","))]\n" : requests.map { "\($0)\n" }.joined())
        var results: [Response] = []
        while results.count < requests.count {
            try use(asking: true, using: &generator)
            results += admin.receive().flatMap { $0.parts }
            if admin.hasEnded { throw NoAnswers(description: "the daemon closed the connection") }
        }
        let count = results[0].integer(after: #""revoked":"#)
        if count != ended.count || !results[0].contains(#""durable":true"#) {
            problems.append("revoking \(ended.count) sessions was answered with \(results[0].text)")
        }
        for login in ended { logins[login].isRevoked = true }
        revocations += 1
        for (place, answer) in results.dropFirst().enumerated() { try note(answer, of: users[place / 2]) }
    }

    private func creation(_ user: Int) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"session.create","params":{"userId":"user\#(user)"}}"#
    }

    private func begin(_ user: Int, through admin: LoadSocket) throws {
        admin.send(creation(user) + "\n")
        for answer in try admin.waitForLines() { try note(answer, of: user) }
    }

    private func note(_ answer: Response, of user: Int) throws {
        guard let token = answer.string(after: #""token":""#), let id = answer.string(after: #""session":{"id":""#)
        else {
            throw NoAnswers(description: answer.text)
        }
        logins.append(Login(user: user, id: id, tokens: [token]))
    }

    private func living(of user: Int) -> [Int] {
        logins.indices.filter { !logins[$0].isRevoked && logins[$0].user == user }
    }

    /// Takes what was answered on each connection, and asks for more.
    private func use(asking: Bool, using generator: inout SplitMix64) throws {
        try wait(for: sockets, milliseconds: 1)
        for (place, socket) in sockets.enumerated() {
            socket.flush()
            for answer in socket.receive() { take(answer, at: place) }
            guard asking, questions[place].count < 8, !socket.hasUnsent else { continue }
            for _ in 0..<generator.number(in: 1...8) {
                let question = nextQuestion(using: &generator)
                questions[place].append(question)
                socket.send(question.text + "\n")
            }
        }
    }

    private func take(_ answer: Response, at place: Int) {
        guard let question = questions[place].popFirst() else { return problems.append("unasked: \(answer.text)") }
        answers += 1
        let isRefused = answer.contains(#""reason":"revoked""#) || answer.contains(#""error":{"code":410"#)
        if isRefused { refusals += 1 }
        if isRefused == answer.contains(#""session":{"id":""#) || question.isTooLate && !isRefused {
            problems.append("\(question.text) was answered with \(answer.text)")
        }
        guard let token = answer.string(after: #""token":""#) else { return }
        if !logins[question.login].tokens.contains(token) { logins[question.login].tokens.append(token) }
    }

    /// Mostly about one of the latest sessions: these are about to be revoked, or were a moment ago.
    private func nextQuestion(using generator: inout SplitMix64) -> Question {
        let recent = max(0, logins.count - 3 * Self.users)
        let place = generator.number(in: (generator.chance(90) ? recent : 0)...(logins.count - 1))
        let login = logins[place]
        let token = #""token":"\#(login.tokens[generator.number(in: 0...(login.tokens.count - 1))])""#
        let data = #""data":{"n":\#(generator.number(in: 0...9))}"#
        let mayRotate = login.tokens.count < Self.tokenLimit - callers
        let (method, parameters) =
            switch generator.number(in: 0...9) {
            case 0...1: ("lookup", token)
            case 2...3: ("refresh", token)
            case 4 where mayRotate: ("refresh", token + #","rotate":true"#)
            case 5...6: ("update", "\(token),\(data)")
            case 7: ("update", #""id":"\#(login.id)",\#(data)"#)
            case 8: ("put", #"\#(token),"userId":"user\#(login.user)",\#(data)"#)
            default: ("put", "\(token),\(data)")
            }
        return Question(
            text: #"{"jsonrpc":"2.0","id":1,"method":"session.\#(method)","params":{\#(parameters)}}"#,
            login: place,
            isTooLate: login.isRevoked
        )
    }

    /// Looks for every session by every token, and at every user's list.
    func compare(through socket: LoadSocket) throws {
        for login in logins {
            let params = login.tokens.map { #"{"token":"\#($0)","touch":false}"# }
            let lookups = params.map { #"{"jsonrpc":"2.0","id":1,"method":"session.lookup","params":\#($0)}"# }
            socket.send("[\(lookups.joined(separator: ","))]\n")
            for answer in try socket.waitForLines().flatMap({ $0.parts }) {
                let isRight = login.isRevoked ? answer.contains(#""reason":"revoked""#) : answer.text.contains(login.id)
                if !isRight { problems.append("\(login) is \(answer.text)") }
            }
        }
        for user in 0..<Self.users {
            socket.send(request("session.list", ["userId": .string("user\(user)")]) + "\n")
            let list = try JSON(parsing: socket.waitForLines()[0].text)["result"]["sessions"]
            let ids = Set(list.elements.compactMap { $0["id"].string })
            let expected = Set(living(of: user).map { logins[$0].id })
            if ids != expected { problems.append("user\(user) has \(ids) instead of \(expected)") }
        }
    }
}
