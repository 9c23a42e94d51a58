// The one place where a test waits: for a condition, and never longer than a limit. Nothing else here sleeps.

import Foundation

/// How long anything may take that normally takes milliseconds: other tests may keep the machine busy meanwhile.
let patience = Duration.seconds(30)

/// A condition that did not come true in time.
struct WaitedInVain: Error, CustomStringConvertible {
    let description: String
}

/// Waits until there is a value.
func wait<Value>(
    for what: @autoclosure () -> String,
    limit: Duration = patience,
    _ value: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await value() { return value }
        guard ContinuousClock.now < deadline else {
            throw WaitedInVain(description: "waited \(limit) in vain for \(what())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Waits until something is so.
func wait(
    until what: @autoclosure () -> String,
    limit: Duration = patience,
    _ isSo: () async throws -> Bool
) async throws {
    _ = try await wait(for: what(), limit: limit) { try await isSo() ? true : nil }
}
