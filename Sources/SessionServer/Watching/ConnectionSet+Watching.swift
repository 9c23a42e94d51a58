// Telling watchers: after every turn in which something became visible, each one that takes what it is told is told the
// next of it. Who takes nothing costs nothing but its place in the ring.

internal import Durability
internal import JSONRPC
internal import Sessions

extension ConnectionSet {
    func setWatcher(_ request: WatchRequest, of connection: Connection) {
        switch request {
        case .begin(let watcher):
            charge(connection, 1, of: .watchers)
            connection.watcher = watcher
            connection.isQuiet = false
            watchers.insert(connection.descriptor)
        case .end:
            charge(connection, 0, of: .watchers)
            connection.watcher = nil
            connection.hasNews = false
            watchers.remove(connection.descriptor)
        }
        service.statistics.watchers = Int64(watchers.count)
    }

    /// Appends what a watcher has not been told yet, as far as there is room.
    func tellWatcher(_ connection: Connection, limit: Int, to output: inout ByteBuffer) {
        guard connection.watcher != nil else { return }
        if limit > 0 { service.tell(&connection.watcher!, limit: limit, to: &output) }
        if let watcher = connection.watcher { connection.hasNews = service.hasNews(for: watcher) }
    }

    /// Tells everyone what has become visible since the last time.
    func tellWatchers() {
        let (visible, end) = (service.visibleSequence, service.eventEnd)
        guard visible > toldSequence || end != toldEnd else { return }
        (toldSequence, toldEnd) = (visible, end)
        guard !watchers.isEmpty else { return }
        serve { round in
            for descriptor in watchers {
                guard let connection = self[descriptor], let watcher = connection.watcher, connection.isFree,
                    connection.output.isEmpty, connection.unfinished == nil, service.hasNews(for: watcher)
                else { continue }
                serve(connection, mayRead: false, &round)
                if round.answers.count >= Self.outputLimit { deliver(&round) }
            }
            deliver(&round)
        }
    }
}
