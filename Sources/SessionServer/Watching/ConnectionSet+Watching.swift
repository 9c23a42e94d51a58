// Telling watchers: when something became visible, each one that takes what it is told is told the next of it, so many in a
// turn of the loop. Who takes nothing costs nothing but its place in the ring.

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

    /// How many are told in a turn: about as long as ten lookups of others take.
    private static let watchersAtOnce = 16

    /// Tells what has become visible since the last time: some in this turn, and the others in those that follow.
    func tellWatchers() {
        if untold.isEmpty { noteNews() }
        guard !untold.isEmpty else { return }
        serve { round in
            var told = 0
            while told < Self.watchersAtOnce, let descriptor = untold.popLast() {
                guard let connection = self[descriptor], let watcher = connection.watcher, connection.isFree,
                    connection.output.isEmpty, connection.unfinished == nil, service.hasNews(for: watcher)
                else { continue }
                serve(connection, mayRead: false, &round)
                told += 1
            }
            deliver(&round)
        }
        // What has become visible meanwhile is news to those who were told before that.
        if untold.isEmpty { noteNews() }
        stayAwakeAsNeeded()
    }

    private func noteNews() {
        let (visible, end) = (service.visibleSequence, service.eventEnd)
        guard visible > toldSequence || end != toldEnd else { return }
        (toldSequence, toldEnd) = (visible, end)
        untold.append(contentsOf: watchers)
    }
}
