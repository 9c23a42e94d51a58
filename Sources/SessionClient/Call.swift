// What is asked of the daemon: a method with its parameters by name, as a line of JSON-RPC 2.0.

/// A request.
public struct Call: Equatable, Sendable {
    /// Which method.
    public let method: String
    /// Its parameters: an object, if the method is to take them.
    public private(set) var parameters: JSONTree

    /// Makes a request.
    public init(_ method: String, _ parameters: JSONTree = [:]) {
        self.method = method
        self.parameters = parameters
    }

    /// Adds a parameter; one that is nil is left out.
    public mutating func set(_ name: String, json value: JSONTree?) {
        guard let value else { return }
        parameters = .object(parameters.members + [JSONTree.Member(name, value)])
    }

    /// Adds a parameter that is a string.
    public mutating func set(_ name: String, _ text: String?) { set(name, json: text.map { JSONTree.string($0) }) }

    /// Adds a parameter that is an integer.
    public mutating func set(_ name: String, _ number: Int64?) {
        set(name, json: number.map { JSONTree.number(String($0)) })
    }

    /// The request as a line, without its line feed.
    public func line(id: Int) -> String {
        let request: JSONTree = [
            "jsonrpc": "2.0", "id": .number(String(id)), "method": .string(method), "params": parameters,
        ]
        return request.text
    }
}
