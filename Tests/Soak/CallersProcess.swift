// The process of the good callers, as the soak sees it: it is given an order at a time and answers when that is done.

import Foundation

final class CallersProcess {
    private let process: RunningProcess
    private var answered = 0

    /// Starts it: this program, once more, before all others.
    init(to daemon: DaemonUnderTest) throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        // Before all others means at once: among ordinary processes one that wakes up may wait for milliseconds.
        let command = ["chrt", "--fifo", "1", program, "--callers", daemon.socket.path, daemon.admin.path]
        process = try RunningProcess(command, input: .sent)
    }

    /// Gives an order and waits until it is carried out.
    ///
    /// - Parameter meanwhile: Called now and then until it is.
    @discardableResult
    func order(_ words: String, meanwhile: () throws -> Void = {}) async throws -> JSON {
        try process.send(Data("\(words)\n".utf8))
        let line = try await wait(for: "the good callers to \(words)", limit: patience * 4) { () -> Substring? in
            try meanwhile()
            guard process.isRunning else {
                throw NoAnswers(description: "the good callers have ended: \(process.errors)")
            }
            let lines = String(decoding: process.output, as: UTF8.self).split(separator: "\n")
            return lines.count > answered ? lines[answered] : nil
        }
        answered += 1
        return try JSON(parsing: line)
    }
}
