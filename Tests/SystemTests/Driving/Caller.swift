// A caller that stays connected, sends when told and looks at what has come: socat between a pipe and a file.

import Foundation

/// A connection that ended before the answers came that were waited for.
struct Disconnected: Error {
    let errors: String
}

final class Caller {
    private let process: RunningProcess
    private var taken = 0

    init(_ process: RunningProcess) { self.process = process }

    /// The connection is still there.
    var isConnected: Bool { process.isRunning }

    func send(_ bytes: Data) throws { try process.send(bytes) }

    func send(_ text: String) throws { try send(Data(text.utf8)) }

    /// Sends whole lines.
    func send(lines requests: String...) throws { try process.send(lines(requests)) }

    /// Waits for this many answers more.
    func answers(_ count: Int = 1) async throws -> [JSON] {
        let new = try await wait(for: "\(count) answers; came: \(arrived)") { () -> [Substring]? in
            let mayComeMore = isConnected
            let whole = arrived.dropFirst(taken)
            if whole.count < count, !mayComeMore { throw Disconnected(errors: process.errors) }
            return whole.count >= count ? Array(whole.prefix(count)) : nil
        }
        taken += count
        return try new.map { try JSON(parsing: $0) }
    }

    /// Sends a line and waits for its answer.
    func answer(to request: String) async throws -> JSON {
        try send(lines: request)
        return try await answers()[0]
    }

    /// Says that nothing more will be sent.
    func halfClose() throws { try process.closeInput() }

    /// Is gone at once, without a good-bye.
    func vanish() { process.kill() }

    /// Waits until the daemon has closed the connection; returns the answers that were not taken yet.
    func closed() async throws -> [JSON] {
        _ = try await process.end()
        let rest = arrived.dropFirst(taken)
        return try rest.map { try JSON(parsing: $0) }
    }

    /// The whole lines that come until the connection ends, for a caller that left its answers unread until now.
    func readAll() async throws -> [Substring] {
        let text = try await process.readOutput().end(limit: patience * 2).output
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }

    /// The whole lines that came.
    private var arrived: [Substring] {
        let text = String(decoding: process.output, as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }
}
