// What becomes of a test on a machine that lets nobody mount what it needs.

import Foundation
import Testing

extension OwnMounts {
    /// Skips the test that asks; in CI it fails.
    static func missing(_ what: String) throws {
        if ProcessInfo.processInfo.environment["CI"] == "true" { throw CannotMount(reason: what) }
        try Test.cancel("\(what)")
    }
}
