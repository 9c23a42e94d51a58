// What the good callers can be told to do, a line each, and what they answer once it is done.

import Foundation
import LoadGenerator

extension GoodCallers {
    /// What is answered later.
    enum Order {
        case fill
        case pause
        case confirm
    }

    /// Carries out a line.
    func obey(_ words: [String]) throws {
        switch words[0] {
        case "fill":
            for connection in changes {
                for _ in 0..<(Self.size / changes.count) { create(through: connection) }
            }
            pending = .fill
        case "begin":
            isPaused = false
            answer([:])
        case "pause":
            isPaused = true
            pending = .pause
        case "expect":
            mayFail = words[1] == "trouble"
            answer([:])
        case "measure":
            let start = monotonicTime()
            measured = (words[2], start..<(start + (UInt64(words[1]) ?? 0) * 1_000_000))
        case "confirm":
            // In the place of changes, of which there are none meanwhile.
            for place in soft {
                changes[0].ask("revoke", #""token":"\#(sessions[place].token ?? "")""#, .confirmation(place: place))
            }
            soft = []
            pending = .confirm
        case "compare":
            tally.unnamed += sessions.unnamedCount
            let problems = try sessions.compare(through: LoadSocket(to: admin))
            for problem in problems { complain("after a start: \(problem)") }
            soft = []
            tally.looked += sessions.count
            answer([:])
        case "report": answer(report)
        default: throw NoAnswers(description: "there is no order \(words)")
        }
    }

    /// Answers what has been done meanwhile.
    func proceed() throws {
        // What was sent within this time is waited for, however long it takes.
        if let (name, time) = measured, lookups.allSatisfy({ ($0.oldestLookup ?? monotonicTime()) >= time.upperBound })
        {
            measured = nil
            answer(["p99": .number(latencies[name]?.microseconds(percentile: 99) ?? 0)])
        }
        guard pending != nil, isQuiet else { return }
        pending = nil
        answer([:])
    }

    private var report: JSON {
        let figures = latencies.mapValues { some -> JSON in
            let percentiles = [50, 99, 99.9].map { JSON.number(some.microseconds(percentile: $0)) }
            return ["count": .integer(Int64(some.count)), "microseconds": .array(percentiles)]
        }
        return [
            "latencies": .object(figures),
            "acknowledged": .integer(Int64(tally.acknowledged)),
            "refused": .integer(Int64(tally.refused)),
            "revocations": .integer(Int64(tally.revocations)),
            "told": .integer(Int64(tally.told)),
            "resyncs": .integer(Int64(tally.resyncs)),
            "connections": .integer(Int64(tally.connections)),
            "looked": .integer(Int64(tally.looked)),
            "soft": .integer(Int64(soft.count)),
            "unnamed": .integer(Int64(tally.unnamed)),
            "living": .integer(Int64(sessions.livingCount)),
            "sessions": .integer(Int64(sessions.count)),
            "problems": .array(tally.problems.map { .string($0) }),
        ]
    }

    private func answer(_ answer: JSON) { FileHandle.standardOutput.write(Data("\(answer.text)\n".utf8)) }
}
