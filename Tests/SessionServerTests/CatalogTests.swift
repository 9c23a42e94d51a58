// The catalog of the journal: what the daemon sends is explained there, and nothing else is.

import Foundation
import Testing

@testable import SessionServer

@Suite("The catalog of the journal")
struct CatalogTests {
    private let catalog: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        catalog = try String(contentsOf: root.appending(path: "systemd/sessiond.catalog"), encoding: .utf8)
    }

    /// The entry with an id, from its subject on.
    private func entry(_ event: LogEvent) -> Substring? {
        catalog.range(of: "-- \(event.rawValue)\n")
            .map { start in
                let rest = catalog[start.upperBound...]
                return rest.range(of: "\n-- ").map { rest[..<$0.lowerBound] } ?? rest
            }
    }

    @Test("every kind of event that the daemon sends has an entry, and every entry is of one")
    func complete() {
        let ids = catalog.matches(of: /(?m)^-- ([0-9a-f]{32})$/).map { String($0.output.1) }
        #expect(Set(ids) == Set(LogEvent.allCases.map(\.rawValue)))
        #expect(ids.count == LogEvent.allCases.count)
    }

    @Test("an offence is one of two kinds: too much of what is shared, or a rule about lines that was broken")
    func offences() throws {
        for offence in Offence.allCases {
            let subject = offence.isOverQuota ? "more than its share" : "was disconnected"
            let entry = try #require(entry(offence.event)?.split(separator: "\n").first)
            #expect(entry.contains(subject), "\(offence): \(entry)")
        }
    }
}
