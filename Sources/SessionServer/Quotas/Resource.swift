// What callers share: there is so much of each for all of them together.

/// Something that one caller has only at the expense of others.
enum Resource: Int, CaseIterable, Sendable {
    case connections
    /// Bytes that are kept between turns: what was sent and not carried out, answered and not taken, or waits for the disk.
    case memory
    /// Connections that are told of changes.
    case watchers
    /// Answers that wait for the disk.
    case waiting
}

/// So much of each resource.
struct Amounts: Equatable, Sendable {
    var connections = 0
    var memory = 0
    var watchers = 0
    var waiting = 0

    subscript(resource: Resource) -> Int {
        get {
            switch resource {
            case .connections: connections
            case .memory: memory
            case .watchers: watchers
            case .waiting: waiting
            }
        }
        set {
            switch resource {
            case .connections: connections = newValue
            case .memory: memory = newValue
            case .watchers: watchers = newValue
            case .waiting: waiting = newValue
            }
        }
    }
}
