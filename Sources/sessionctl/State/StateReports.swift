// The results of `check` and `repair` for scripts: the same that is printed for people, as JSON.

import Durability
import FoundationEssentials

/// A value as JSON for a script, or a person.
func jsonText(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Only numbers that are none could fail.
    return String(decoding: (try? encoder.encode(value)) ?? Data(), as: UTF8.self)
}

/// What `check --json` prints.
struct CheckReport: Encodable {
    struct File: Encodable {
        let name: String
        let bytes: Int
        let summary: String
        let isDamaged: Bool
    }

    let directory: String
    let isInUse: Bool
    /// The daemon that has it.
    let process: Int32?
    let files: [File]
    let startGoesOn: Bool
    /// What a start makes of it; nil when it is refused.
    let start: StartReport?
    /// What stands in the way of a start.
    let damage: [DamageReport]

    init(_ check: StateCheck, directory: String, isRunning: Bool, process: Int32?) {
        self.directory = directory
        isInUse = isRunning
        self.process = process
        files = check.files.map {
            File(name: $0.name, bytes: $0.bytes, summary: $0.summary, isDamaged: $0.isDamaged)
        }
        switch check.prediction {
        case .goesOn(let report): (startGoesOn, start, damage) = (true, StartReport(report), [])
        case .refused(let damages): (startGoesOn, start, damage) = (false, nil, damages.map { DamageReport($0) })
        }
    }
}

/// Damage to a file.
struct DamageReport: Encodable {
    let file: String
    let offset: Int
    let reason: String
    let isNewer: Bool

    init(_ damage: Damage) {
        (file, offset, reason, isNewer) = (damage.file, damage.offset, damage.reason, damage.isNewer)
    }
}

/// What a start makes of a state.
struct StartReport: Encodable {
    let snapshot: String?
    let journals: [String]
    let sessions: Int
    let tombstones: Int
    let changes: Int
    let cutBytes: Int
    let passedOver: [DamageReport]

    init(_ report: RecoveryReport) {
        snapshot = report.snapshot
        journals = report.journals
        sessions = report.sessions
        tombstones = report.tombstones
        changes = report.changes
        cutBytes = report.cut?.bytes ?? 0
        passedOver = report.damaged.map { DamageReport($0) }
    }
}

/// What `repair --json` prints.
struct RepairReport: Encodable {
    struct Bytes: Encodable {
        let file: String
        let from: Int
        let to: Int
        let reason: String
    }
    struct Entries: Encodable {
        let file: String
        let sessions: Int
        let tombstones: Int
        let replaced: Int
    }
    struct Changes: Encodable {
        let first: UInt64
        let last: UInt64
    }

    let directory: String
    /// The snapshot that was written; nil when nothing had to be repaired.
    let written: String?
    /// The damaged files, with the names under which they are kept.
    let kept: [String: String]
    let unreadable: [Bytes]
    let missing: [String]
    let missingEntries: [Entries]
    let lostChanges: [Changes]
    let mayEndEarly: Bool
    let lostSessions: [String]
    let start: StartReport

    init(_ repair: StateRepair, directory: String) {
        self.directory = directory
        let losses = repair.losses
        written = repair.written?.name
        kept = Dictionary(uniqueKeysWithValues: repair.aside.map { ($0.name, $0.aside) })
        unreadable = losses.unreadable.map {
            Bytes(file: $0.file, from: $0.range.lowerBound, to: $0.range.upperBound, reason: $0.reason)
        }
        missing = losses.missing
        missingEntries = losses.entries.map {
            Entries(file: $0.file, sessions: $0.sessions, tombstones: $0.tombstones, replaced: $0.replaced)
        }
        lostChanges = losses.changes.map { Changes(first: $0.lowerBound, last: $0.upperBound) }
        mayEndEarly = losses.mayEndEarly
        lostSessions = losses.sessions.map(\.name)
        start = StartReport(repair.report)
    }
}
