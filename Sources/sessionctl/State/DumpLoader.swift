// Loading a dump: line by line into a snapshot, with as much kept in memory as it takes to notice what comes twice.

import Durability
import Sessions
import Terminal

/// A dump that was loaded.
struct DumpLoader {
    /// After how many lines the progress is shown.
    private static let stride = 16_384
    /// The generation of a state that has no files before it.
    private static let generation: UInt64 = 1

    private(set) var sessions = 0
    private(set) var tombstones = 0
    private(set) var replaced = 0
    private var ids: Set<SessionID> = []
    private var tokens: Set<TokenHash> = []

    /// Reads a dump from a descriptor and writes what it holds.
    init(from descriptor: CInt, into disk: FileDisk, progress: Progress) throws(StateFailure) {
        var lines = InputLines(of: descriptor)
        guard try lines.advance() else { throw StateFailure(.damaged, "there is no dump on standard input") }
        let header: DumpHeader
        do { header = try DumpHeader(lines.line) } catch { throw lines.failure(error) }
        let now = now()
        var writer: StateWriter<FileDisk>
        do {
            writer = try StateWriter(on: disk, generation: Self.generation, sequence: header.sequence, now: now)
        } catch {
            throw StateFailure(error)
        }
        do throws(StateFailure) {
            try load(&lines, header, into: &writer, progress)
        } catch {
            writer.abandon()
            throw error
        }
        do throws(SystemError) {
            _ = try writer.finish()
            try writeEpochs(header.epochs, generation: Self.generation, on: disk, now: now)
        } catch {
            throw StateFailure(error)
        }
    }

    private mutating func load(
        _ lines: inout InputLines,
        _ header: DumpHeader,
        into writer: inout StateWriter<FileDisk>,
        _ progress: Progress
    ) throws(StateFailure) {
        while try lines.advance() {
            let line: DumpLine
            do throws(LineError) {
                line = try DumpLine(lines.line, upTo: header.sequence)
                if case .entry(let entry) = line { try note(entry) }
            } catch {
                throw lines.failure(error)
            }
            guard case .entry(let entry) = line else { return try end(&lines) }
            do { try writer.append(entry) } catch { throw StateFailure(error) }
            if lines.number % Self.stride == 0 {
                progress.show(progressBar("loading", lines.bytesRead, of: lines.size))
            }
        }
        throw StateFailure(.damaged, "the dump has no end: it was cut short. Nothing was loaded")
    }

    private func end(_ lines: inout InputLines) throws(StateFailure) {
        if try lines.advance() { throw lines.failure(LineError("something after the end of the dump")) }
    }

    /// Counts an entry, and refuses one that cannot be beside those before it.
    private mutating func note(_ entry: SnapshotEntry) throws(LineError) {
        let token: TokenHash
        switch entry {
        case .session(let session, _):
            token = session.tokenHash
            try note(session.id)
            sessions += 1
        case .tombstone(let tombstone, _):
            token = tombstone.tokenHash
            try note(tombstone.id)
            tombstones += 1
        case .replaced(let one, _):
            token = one.tokenHash
            guard ids.contains(one.id) else {
                throw LineError("a replaced token of a session that has no line before it")
            }
            replaced += 1
        }
        guard tokens.insert(token).inserted else { throw LineError("this tokenHash stands in a line before") }
    }

    private mutating func note(_ id: SessionID) throws(LineError) {
        guard ids.insert(id).inserted else { throw LineError("this id stands in a line before") }
    }
}
