// What the log is told of offences: the first of a kind by a uid at once, and then once a minute how many more there were.
// So none is kept quiet, and whoever commits a million of them fills no disk.

/// The log of offences.
struct OffenceLog {
    private struct Key: Hashable {
        let uid: UInt32
        let offence: Offence
    }

    private struct Repetition {
        var ticks = 0
        var count = 0
        var last: Offender
    }

    /// How many ticks, which are seconds, lie between messages about the same.
    static let pause = 60
    /// How many uids' offences are told apart; those of further ones are told as one's.
    private static let limit = 1000

    private var recent: [Key: Repetition] = [:]
    private let write: (String, Offender) -> Void

    /// - Parameter write: Writes a message about an offender.
    init(write: @escaping (String, Offender) -> Void) { self.write = write }

    /// Says so, unless it has been said lately.
    mutating func note(_ offender: Offender) {
        let key = key(offender)
        if recent[key] != nil {
            recent[key]?.count += 1
            recent[key]?.last = offender
            return
        }
        recent[key] = Repetition(last: offender)
        let peer = offender.peer
        let done = offender.offence.disconnects ? "disconnected" : "refused"
        write("\(done) pid \(peer.processID) of uid \(peer.userID): \(offender.reason)", offender)
    }

    /// Says what has gathered; called about once a second.
    mutating func tick() {
        guard !recent.isEmpty else { return }
        for (key, repetition) in recent {
            guard repetition.ticks + 1 >= Self.pause else {
                recent[key]?.ticks += 1
                continue
            }
            guard repetition.count > 0 else {
                recent[key] = nil
                continue
            }
            let last = repetition.last
            recent[key] = Repetition(last: last)
            let done = last.offence.disconnects ? "disconnected" : "refused"
            let times = "\(repetition.count) more times within \(Self.pause) seconds"
            write("\(done) uid \(last.peer.userID) \(times), at last pid \(last.peer.processID): \(last.reason)", last)
        }
    }

    private func key(_ offender: Offender) -> Key {
        let key = Key(uid: offender.peer.userID, offence: offender.offence)
        return recent.count < Self.limit || recent[key] != nil ? key : Key(uid: .max, offence: offender.offence)
    }
}
