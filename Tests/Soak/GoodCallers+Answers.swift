// What the good callers make of answers: each is compared with what is known of the sessions.

import Foundation
import LoadGenerator

extension GoodCallers {
    /// Takes what a connection was answered.
    func serve(_ connection: CallerConnection) {
        guard let socket = connection.socket else { return }
        socket.flush()
        let answers = socket.receive()
        let now = monotonicTime()
        for answer in answers { take(answer, from: connection, now) }
        guard socket.hasEnded else { return }
        if !mayFail { complain("a good caller was disconnected") }
        connection.disconnect()
    }

    private func take(_ answer: Response, from connection: CallerConnection, _ now: UInt64) {
        if answer.contains(#""method":"session."#) { return takeNotification(answer) }
        guard let question = connection.next() else { return complain("unasked: \(answer.text)") }
        switch question {
        case .lookup(let place, let state, let sentAt):
            if let measured, measured.time.contains(sentAt) {
                latencies[measured.name, default: Latencies()].record(now - sentAt)
            }
            let session = sessions[place]
            let found = answer.state(of: session)
            if found != state, !session.states.contains(found), !isRefusal(answer) {
                complain("not \(session.states): \(answer.text)")
            }
        case .change(let place, let data):
            if answer.integer(after: #""data":{"n":"#) == data {
                acknowledge(place)
                if let token = answer.string(after: #""result":{"token":""#) {
                    sessions.name(place, token: token, id: answer.string(after: #""session":{"id":""#))
                }
            } else {
                if !isRefusal(answer) { complain("a change was answered with \(answer.text)") }
                sessions.takeBack(place)
                tally.refused += 1
            }
        case .revocation(let place):
            tally.revocations += 1
            if answer.contains(#""revoked":1,"durable":true"#) { return acknowledge(place) }
            guard mayFail, answer.contains(#""revoked":1,"durable":false"#) else {
                return complain("a revocation was answered with \(answer.text)")
            }
            soft.append(place)
        case .confirmation(let place):
            guard answer.contains(#""revoked":0,"durable":true"#) else {
                return complain("a revocation was confirmed with \(answer.text)")
            }
            acknowledge(place)
        case .watch:
            if !answer.contains(#""resync":"#) { complain("a watcher was answered with \(answer.text)") }
        }
    }

    private func acknowledge(_ place: Int) {
        sessions.acknowledge(place)
        tally.acknowledged += 1
    }

    /// The disk is full, or the daemon is about to stop.
    private func isRefusal(_ answer: Response) -> Bool { mayFail && answer.contains(#""error":{"code":503"#) }

    private func takeNotification(_ notification: Response) {
        if notification.contains(#""method":"session.resync""#) {
            tally.resyncs += 1
        } else if notification.contains(#""change":"revoked""#) {
            tally.told += 1
        }
    }

    func complain(_ problem: String) { tally.problems.append(problem) }
}
