// Watchers on connections of their own, and others that do what these are told of.

import Testing

@testable import SessionServer

/// Tests of what a server tells watchers.
protocol WatchersUnderTest {
    var server: ConnectionsUnderTest { get }
}

extension WatchersUnderTest {
    var tested: ServiceUnderTest { server.tested }

    /// Asks for every kind of change.
    static var all: String { ConnectionsUnderTest.everyKind }

    func watcher(_ params: String = "{}", as role: Role = .reader) throws -> (CallerUnderTest, JSON) {
        try server.watcher(params, as: role)
    }

    @discardableResult
    func call(_ method: String, _ params: String) throws -> JSON { try server.call(method, params) }

    func create(_ user: String = "ann") throws -> (token: String, id: String) { try server.create(user) }

    func told(_ caller: CallerUnderTest) throws -> [JSON] { try caller.told() }

    func changes(_ caller: CallerUnderTest) throws -> [String] { try caller.changes() }
}

extension ConnectionsUnderTest {
    /// The parameters of who wants to be told of every kind of change.
    static let everyKind = #"{"changes":["created","updated","touched","rotated","revoked","expired"]}"#

    /// A watcher, after the answer to its request.
    func watcher(_ params: String = "{}", as role: Role = .reader) throws -> (CallerUnderTest, JSON) {
        let caller = try connect(role)
        caller.send(request("session.watch", params) + "\n")
        serve()
        return (caller, try #require(try caller.answers().first?["result"]))
    }

    /// Calls methods on a connection of their own.
    @discardableResult
    func call(_ method: String, _ params: String) throws -> JSON {
        let caller = try connect(.administrator)
        caller.send(request(method, params) + "\n")
        serve()
        let answer = try #require(try caller.answers().first)
        return try #require(answer["result"], "\(answer)")
    }

    func create(_ user: String = "ann") throws -> (token: String, id: String) {
        let result = try call("session.create", #"{"userId":"\#(user)"}"#)
        return (try #require(result["token"]?.string), try #require(result["session"]?["id"]?.string))
    }
}

extension CallerUnderTest {
    /// What a watcher has been told, without the answer to its request.
    func told() throws -> [JSON] {
        let told = try answers().filter { $0["method"] != nil }
        let document = try DiscoveredDocument.usual.get()
        for notification in told { #expect(document.faults(ofNotification: notification) == []) }
        return told
    }

    /// The kinds of the changes that it has been told of.
    func changes() throws -> [String] {
        try told().map { $0["params"]?["change"]?.string ?? $0["method"]?.string ?? "?" }
    }
}
