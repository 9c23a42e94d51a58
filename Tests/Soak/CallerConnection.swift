// One connection of a good caller, under a uid of its own, with what it was not answered yet. It is made again when the
// daemon is gone, and what was asked for then may or may not have happened.

import Foundation

final class CallerConnection {
    /// What was asked, in the order of the answers.
    enum Question {
        /// Who is this? The answer is that state, unless it is changed meanwhile.
        case lookup(place: Int, state: KnownSession.State, sentAt: UInt64)
        /// The session is then so.
        case change(place: Int, data: Int)
        case revocation(place: Int)
        /// A revocation that was not durable, once more.
        case confirmation(place: Int)
        case watch
    }

    private let uid: uid_t
    private let path: Socket
    private(set) var socket: LoadSocket?
    private(set) var unanswered: ArraySlice<Question> = []

    init(uid: uid_t, to path: Socket) {
        self.uid = uid
        self.path = path
    }

    /// Connects, if it is not connected and somebody listens.
    ///
    /// - Returns: Whether it is connected now and was not before.
    func connect() -> Bool {
        guard socket == nil else { return false }
        // The daemon sees the effective uid of whoever connects: SO_PEERCRED in unix(7). This process has one thread.
        guard seteuid(uid) == 0 else { return false }
        defer { _ = seteuid(0) }
        socket = try? LoadSocket(to: path)
        return socket != nil
    }

    func disconnect() {
        socket = nil
        unanswered = []
    }

    func ask(_ method: String, _ parameters: String, _ question: Question) {
        guard let socket else { return }
        socket.send(#"{"jsonrpc":"2.0","id":1,"method":"session.\#(method)","params":{\#(parameters)}}"# + "\n")
        unanswered.append(question)
    }

    /// When the oldest lookup was sent that was not answered; nil when all were.
    var oldestLookup: UInt64? {
        guard case .lookup(_, _, let sentAt) = unanswered.first else { return nil }
        return sentAt
    }

    /// What the next answer is to; nil when nothing was asked.
    func next() -> Question? { unanswered.popFirst() }
}
